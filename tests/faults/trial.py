# SPDX-License-Identifier: ISC
"""One run of culvert in a scenario, with a fault or without: what goes in, what comes out, what it
cost, and what was left behind."""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import socket
import threading
import time
import tty

import peers

HANGS = 15  # seconds: more than every deadline on the command lines
LEFT = 10  # seconds until children, too, have to be gone
TRACE_FD = 9


class World:
    """What surrounds one run. A scenario fills it in."""

    def __init__(self, tools):
        self.tools = tools
        self.tls = tools.tls
        self.directory = tools.directory
        self.listeners = []
        self.received = []  # by targets, in order
        self.over = threading.Event()
        self.lock = threading.Condition()
        self.result = None
        # for the scenario to say:
        self.arguments = []
        self.environment = {}
        self.input = peers.UP
        self.kind = "pipes"  # of standard input and output: an open_... of Running
        self.types = ""  # what a person at the terminal answers
        self.status = 0  # when nothing goes wrong
        self.output = peers.DOWN
        self.given = [peers.UP]  # what the targets get
        self.lines = 0  # on standard error when nothing goes wrong
        self.follows = False  # whether threads and children are looked at
        self.driver = None  # what the clients of a listener do
        self.log = None  # a file that is written
        self.clients = []  # what clients got, in order; None: not all
        self.names = []  # files that are there at the end, too
        self.ways = 1  # each of which may say why it fails
        self.tells_on_output = False  # what failed
        self.steps = 1  # from one of the same calls that fails to the next
        self.leaks = ()  # calls that aren't to be left out
        self.may_be_late = False  # status 8 is no surprise

    def listen(self, play, path=None):
        """A peer; returns where it is."""
        if path is not None:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(16)
        else:
            listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.listeners.append(listener)
        peers.serve(listener, play)
        return path or f"127.0.0.1:{listener.getsockname()[1]}"

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        self.names.append(name)
        return path

    def close(self):
        self.over.set()
        for listener in self.listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class Result:
    """What came of it."""

    def __init__(self):
        self.status = None  # negative: by a signal
        self.output = self.errors = self.trace = b""
        self.seconds = self.cpu = 0.0
        self.hung = self.lingers = False
        self.hits = []  # the calls that were made to fail
        self.files = []
        self.passed = None  # a socket


class Running:
    """The process, its descriptors, and what is done when they are ready."""

    def __init__(self, world, command, shim):
        self.world, self.result = world, Result()
        self.poll = select.poll()
        self.ours = {}  # by descriptor: what to do
        self.terminal = []  # its two sides
        self.answers = {}
        self.writes = None  # the descriptor of the input
        self.close_in_child = []
        self.started = time.monotonic()
        actions = self.open_standard()
        trace, theirs = os.pipe()
        self.close_in_child.append(theirs)
        actions += [(os.POSIX_SPAWN_DUP2, self.open_pipe("errors"), 2),
                    (os.POSIX_SPAWN_DUP2, theirs, TRACE_FD)]
        self.read_from(trace, "trace")
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": world.directory,
                       "ASAN_OPTIONS": "detect_leaks=0", **world.environment, **shim}
        if world.types:
            actions += self.open_terminal_of(world.types)
        self.pid = os.posix_spawn(command[0], command, environment, file_actions=actions,
                                  setsid=True, setsigdef=[signal.SIGPIPE])
        for fd in self.close_in_child:
            os.close(fd)
        self.pidfd = os.pidfd_open(self.pid)
        self.poll.register(self.pidfd, select.POLLIN)

    # The descriptors of the process.

    def open_standard(self):
        return getattr(self, "open_" + self.world.kind)()

    def open_pipe(self, name):
        ours, theirs = os.pipe()
        self.close_in_child.append(theirs)
        self.read_from(ours, name)
        return theirs

    def open_pipes(self):
        theirs, ours = os.pipe()
        self.close_in_child.append(theirs)
        self.write_to(ours)
        return [(os.POSIX_SPAWN_DUP2, theirs, 0),
                (os.POSIX_SPAWN_DUP2, self.open_pipe("output"), 1)]

    def open_files(self):
        with open(self.world.path("input"), "wb") as file:
            file.write(self.world.input)
        source = os.open(self.world.path("input"), os.O_RDONLY)
        sink = os.open(self.world.path("output"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.close_in_child += [source, sink]
        return [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, sink, 1)]

    def open_socket(self):
        ours, theirs = socket.socketpair()
        other = os.dup(ours.fileno())
        self.read_from(other, "output")
        self.write_to(ours.detach())
        fd = theirs.detach()
        self.close_in_child.append(fd)
        return [(os.POSIX_SPAWN_DUP2, fd, 0), (os.POSIX_SPAWN_DUP2, fd, 1)]

    open_passed = open_socket

    def open_to_file(self):
        theirs, ours = os.pipe()
        self.close_in_child.append(theirs)
        self.write_to(ours)
        return [(os.POSIX_SPAWN_DUP2, theirs, 0), self.open_files()[1]]

    def open_from_file(self):
        return [self.open_files()[0], (os.POSIX_SPAWN_DUP2, self.open_pipe("output"), 1)]

    def open_terminal(self):
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.close_in_child.append(theirs)
        self.read_from(os.dup(ours), "output")
        self.write_to(ours)
        return [(os.POSIX_SPAWN_DUP2, theirs, 0), (os.POSIX_SPAWN_DUP2, theirs, 1)]

    def open_terminal_of(self, types):
        """A controlling terminal, with somebody who answers when asked."""
        ours, theirs = pty.openpty()
        self.terminal = [ours, theirs]

        def answer():
            if b": " in os.read(ours, 4096):
                os.write(ours, types.encode())

        self.poll.register(ours, select.POLLIN)
        self.answers = {ours: answer}
        return [(os.POSIX_SPAWN_OPEN, 8, os.ttyname(theirs), os.O_RDWR, 0)]

    # What goes through them.

    def read_from(self, fd, name):
        os.set_blocking(fd, False)
        self.ours[fd] = lambda: self.read(fd, name)
        self.poll.register(fd, select.POLLIN)

    def take_passed(self, fd):
        with socket.socket(fileno=os.dup(fd)) as sock:
            data, descriptors, _, _ = socket.recv_fds(sock, 65536, 1)
        if descriptors:
            self.result.passed = descriptors[0]
        return data

    def read(self, fd, name):
        try:
            passes = self.world.kind == "passed" and name == "output"
            data = self.take_passed(fd) if passes else os.read(fd, 1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        setattr(self.result, name, getattr(self.result, name) + data)
        if not data:
            self.drop(fd)
        if name == "errors" and self.world.driver:
            with self.world.lock:
                self.world.lock.notify_all()

    def write_to(self, fd):
        os.set_blocking(fd, False)
        left = memoryview(self.world.input if self.world.kind != "passed" else b"")

        def write():
            nonlocal left
            try:
                left = left[os.write(fd, left):] if left else left
            except BlockingIOError:
                return
            except OSError:
                left = left[:0]
            if not left:
                if self.world.kind == "socket":
                    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
                        sock.shutdown(socket.SHUT_WR)
                self.drop(fd)

        self.writes = fd
        self.ours[fd] = write
        self.poll.register(fd, select.POLLOUT)

    def drop(self, fd):
        self.poll.unregister(fd)
        os.close(fd)
        del self.ours[fd]

    # The run.

    def note_end(self):
        self.poll.unregister(self.pidfd)
        os.close(self.pidfd)
        self.pidfd = None
        _, status, used = os.wait4(self.pid, 0)
        self.result.status = os.waitstatus_to_exitcode(status)
        self.result.cpu = used.ru_utime + used.ru_stime
        self.result.seconds = time.monotonic() - self.started
        if self.world.kind == "terminal" and self.writes in self.ours:
            self.drop(self.writes)  # its other side is the output's, which isn't over yet
        with self.world.lock:
            self.world.lock.notify_all()

    def turn(self, until):
        """Waits until something is to be done, and does it. False: it is too late."""
        left = until - time.monotonic()
        if left <= 0:
            return False
        for fd, _ in self.poll.poll(left * 1000):
            if fd == self.pidfd:
                self.note_end()
            elif fd in self.ours:
                self.ours[fd]()
            elif fd in self.answers:
                self.answers[fd]()
        return True

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def go(self):
        """To the end of the process, and of all that holds its descriptors."""
        while self.pidfd is not None:
            if not self.turn(self.started + HANGS):
                self.result.hung = True
                self.kill()
                self.turn(time.monotonic() + 5)
                break
        until = time.monotonic() + LEFT
        while self.ours:
            if not self.turn(until):
                self.result.lingers = not self.result.hung
                self.kill()
                break
        for fd in list(self.ours):
            self.drop(fd)
        for fd in self.terminal:
            os.close(fd)
        if self.pidfd is not None:
            self.note_end()


def talk_passed(world, result):
    """Uses the socket that was passed on, as ssh would."""
    with socket.socket(fileno=result.passed) as sock:
        result.passed = None
        blocks = os.get_blocking(sock.fileno())
        sock.settimeout(HANGS)
        result.output = b""
        with contextlib.suppress(OSError):
            threading.Thread(target=send_all, args=(sock, world.input), daemon=True).start()
            while data := sock.recv(65536):
                result.output += data
        if not blocks:
            result.output = b"a socket that doesn't block"


def send_all(sock, data):
    with contextlib.suppress(OSError):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)


INJECTED = re.compile(r"^(?:(\d+) +)?(\w+)\((.*)\(INJECTED(?:: [^)]*)?\)$")


def read_trace(text):
    """The calls of a trace as (pid, name, the line); those that were interrupted are put together."""
    begun = {}
    for line in text.decode("utf-8", "replace").splitlines():
        match = re.match(r"(\d+) +(.*)", line)
        pid, rest = (match[1], match[2]) if match else ("", line)
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest[:-len("<unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
        if resumed:
            rest = begun.pop(pid, "") + resumed[1]
        name = re.match(r"(\w+)\(", rest)
        if name:
            yield pid, name[1], rest


def run(world, scenario, command, shim=None):
    """Runs it. Returns the result; the world knows what the peers saw."""
    scenario(world)
    running = Running(world, [*command(world), world.tools.culvert, *world.arguments], shim or {})
    world.result, world.pid = running.result, running.pid
    driver = None
    if world.driver:
        driver = threading.Thread(target=world.driver, args=(world,), daemon=True)
        driver.start()
    running.go()
    result = running.result
    if world.kind in ("files", "to_file"):
        with open(world.path("output"), "rb") as file:
            result.output = file.read()
    if result.passed is not None:
        talk_passed(world, result)
    if driver:
        driver.join(HANGS)
    wait_for_peers(world, result)
    world.close()
    result.files = sorted(set(os.listdir(world.directory)) - set(world.names))
    result.hits = [(pid, name, line) for pid, name, line in read_trace(result.trace)
                   if line.endswith("(INJECTED)") or name == "shim"]
    return result


def wait_for_peers(world, result):
    """With status 0 the targets have everything, or will have in a moment; those of a listener have
    what came of clients that got all."""
    until = time.monotonic() + 5
    wanted = len(world.given)
    if world.driver:
        wanted = min(wanted, sum(client.endswith(peers.DOWN) for client in world.clients))
    while result.status == 0 and time.monotonic() < until:
        if sum(received.ended for received in world.received) >= wanted:
            return
        time.sleep(0.001)


def clean(directory):
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
