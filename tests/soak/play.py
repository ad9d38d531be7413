# SPDX-License-Identifier: ISC
"""Plays one round: culvert between the ends, and what was seen of it."""

import asyncio
import contextlib
import dataclasses
import os
import random
import signal

from ends import Descriptors, FarEnd, Sink, Source, now, ready, socket_pair
from verdict import judge

LIMIT = 40  # seconds; no round takes as long unless culvert hangs
REST_LIMIT = 10  # for what the kernel still has when culvert is gone


@dataclasses.dataclass
class Tools:
    """What all rounds share."""

    culvert: str
    block: memoryview
    lines: memoryview
    certificates: str | None
    context: object  # of ssl
    lags: list = dataclasses.field(default_factory=list)  # when this process came late, and by how much


@dataclasses.dataclass
class Seen:
    """What the verdict is made of."""

    source: Source
    sink: Sink
    far: FarEnd
    started_at: float = 0.0
    exited_at: float = 0.0
    status: int | None = None  # negative: the number of a signal; None: it hung
    processor: float = 0.0
    errors: str = ""
    late: float = 0.0


def command(plan, tools, port):
    words = [tools.culvert, *plan.options()]
    if plan.tls == "proxy":
        words += ["-x", f"https://127.0.0.1:{port}", "--proxy-cacert", tools.certificates + "/ca.pem"]
    else:
        words += ["-x", f"http://127.0.0.1:{port}"]
    if plan.tls == "target":
        words += ["--tls", "--cacert", tools.certificates + "/ca.pem"]
    return [*words, "localhost", "22"]


def spawn(words, descriptors):
    actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(descriptors)]
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath, "HOME": "/nonexistent"}
    return os.posix_spawn(words[0], words, environment, file_actions=actions,
                          setsigdef=[signal.SIGPIPE])


class Round(Descriptors):
    def __init__(self, plan, tools):
        super().__init__()
        self.plan = plan
        dice = random.Random(f"{plan.seed}:{plan.number}:bytes")
        block = tools.lines if plan.printable else tools.block
        most = len(block) - plan.input_size
        at = dice.randint(0, min(most, 1 << 20)) if not plan.printable else 0
        said = block[at:at + plan.input_size]
        at = dice.randint(0, 1 << 20)
        answer = tools.block[at:at + plan.speech_size]
        duplex = self.own(*socket_pair(plan.input)) if plan.duplex else None
        self.source = self.own(Source(plan, said, duplex))
        self.sink = self.own(Sink(plan, answer, duplex))
        self.far = self.own(FarEnd(plan, answer, said, tools.context))
        self.far.delivered = self.sink.within_reach
        self.seen = Seen(self.source, self.sink, self.far)
        self.words = command(plan, tools, self.far.port)
        self.errors = self.own(os.memfd_create("errors"))

    async def wait_exit(self, pid):
        """Waits for culvert, and for no longer than LIMIT."""
        pidfd = self.own(os.pidfd_open(pid))
        try:
            await asyncio.wait_for(ready(pidfd), LIMIT)
        except asyncio.TimeoutError:
            os.kill(pid, signal.SIGKILL)
            await ready(pidfd)
            self.seen.exited_at = now()
            os.wait4(pid, 0)
            return
        self.seen.exited_at = now()
        _, status, usage = os.wait4(pid, 0)
        self.seen.status = os.waitstatus_to_exitcode(status)
        self.seen.processor = usage.ru_utime + usage.ru_stime

    async def run(self):
        tasks = [asyncio.create_task(self.far.run()),
                 asyncio.create_task(self.source.run(self.sink.ended))]
        self.seen.started_at = now()
        pid = spawn(self.words, (self.source.theirs, self.sink.theirs, self.errors))
        self.sink.give_away()
        reader = asyncio.create_task(self.sink.run(
            self.far.surely_on_its_way, tasks[1].cancel if self.plan.duplex else lambda: None))
        tasks.append(reader)
        try:
            await self.wait_exit(pid)
            await asyncio.wait_for(self.gather_rest(tasks, reader), REST_LIMIT)
        except asyncio.TimeoutError:
            self.far.complaints.append("what culvert left behind has no end")
        finally:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):
                    raise result
        self.seen.errors = os.pread(self.errors, 1 << 16, 0).decode("utf-8", "replace")

    async def gather_rest(self, tasks, reader):
        """What is still on its way when culvert is gone."""
        self.sink.culvert_is_gone()
        await self.far.read_rest()
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        self.source.left = await self.source.count_left()
        if self.plan.duplex:
            self.source.other.close()
        await reader
        if self.sink.file is not None:
            self.sink.read_file()


async def play(plan, tools):
    """Plays it; returns the complaints and what was seen."""
    with contextlib.closing(Round(plan, tools)) as one:
        await one.run()
        seen = one.seen
        seen.late = max((late for at, late in tools.lags if at > seen.started_at), default=0.0)
        return judge(plan, seen), seen
