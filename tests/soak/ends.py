# SPDX-License-Identifier: ISC
"""What stands at both ends of culvert: the writer of its standard input, the reader of its standard
output, and the far end of its tunnel. Each does what the plan says and remembers what it saw."""

import array
import asyncio
import contextlib
import errno
import fcntl
import os
import pty
import random
import select
import socket
import ssl
import struct
import tempfile
import termios
import time

BLOCK = 16 << 20
UNSURE = 0.05  # seconds: two things so near each other may have met on the way
RESTS = 40  # so many portions are followed by a rest; then a slow one is as fast as any
OPEN_FOR = 4  # times --linger, before input that says nothing ends after all
END_OF_FILE = b"\x04"  # what is typed for it

now = time.monotonic


def make_blocks():
    """Bytes that look like nothing in particular, and lines of letters for terminals."""
    block = random.Random(1).randbytes(BLOCK)
    letters = block[:40000].translate(bytes(97 + byte % 26 for byte in range(256)))
    lines = b"\n".join(letters[at:at + 63] for at in range(0, len(letters), 63))
    return memoryview(block), memoryview(lines)


def waiting(fd):
    """How many bytes could be read."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


async def ready(fd, write=False):
    """Waits until a descriptor can be read or written."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    add, remove = ((loop.add_writer, loop.remove_writer) if write else
                   (loop.add_reader, loop.remove_reader))
    add(fd, lambda: future.done() or future.set_result(None))
    try:
        await future
    finally:
        remove(fd)


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    return ours, theirs


def socket_pair(kind):
    return socket.socketpair() if kind == "unix" else tcp_pair()


class Descriptors:
    """Owns descriptors, and closes what is left of them."""

    def __init__(self):
        self.owned = []

    def own(self, *things):
        self.owned += things
        return things if len(things) > 1 else things[0]

    def close(self):
        for thing in self.owned:
            with contextlib.suppress(OSError):
                os.close(thing) if isinstance(thing, int) else thing.close()
        self.owned = []


class Source(Descriptors):
    """The writer of standard input. Keeps a descriptor of culvert's end, to see what was left."""

    def __init__(self, plan, data, duplex=None):
        super().__init__()
        self.plan = plan
        self.data = data
        self.written = 0
        self.marks = []  # before and after each write
        self.totals = []  # what was written with it
        self.ended_at = None
        self.left = None
        getattr(self, "open_" + plan.input)(duplex)

    def open_pipe(self, _):
        self.theirs, self.ours = self.own(*os.pipe())
        if self.plan.pipe_size:
            fcntl.fcntl(self.ours, fcntl.F_SETPIPE_SZ, self.plan.pipe_size)

    def open_socket(self, duplex):
        self.socket, self.other = duplex or self.own(*socket_pair(self.plan.input))
        self.ours, self.theirs = self.socket.fileno(), self.other.fileno()

    open_unix = open_tcp = open_socket

    def open_file(self, _):
        file = self.own(tempfile.TemporaryFile())
        file.write(self.data)
        file.seek(0)
        self.theirs, self.ours, self.written = file.fileno(), None, len(self.data)

    def open_null(self, _):
        self.theirs, self.ours = self.own(os.open("/dev/null", os.O_RDONLY)), None

    def open_terminal(self, _):
        self.ours, self.theirs = self.own(*pty.openpty())
        mode = termios.tcgetattr(self.theirs)
        mode[0], mode[1], mode[3] = 0, 0, termios.ICANON
        mode[6] = [0] * len(mode[6])
        mode[6][termios.VEOF] = END_OF_FILE
        termios.tcsetattr(self.theirs, termios.TCSANOW, mode)

    def is_file(self):
        return self.ours is None

    async def write(self, data):
        before = now()
        while data:
            try:
                count = os.write(self.ours, data)
            except BlockingIOError:
                await ready(self.ours, write=True)
                continue
            self.written += count
            self.marks.append((before, now()))
            self.totals.append(self.written)
            data = data[count:]
            before = now()

    async def run(self, output_ended):
        """Says what it has to say, and ends."""
        if self.is_file():
            self.ended_at = now()
            return
        os.set_blocking(self.ours, False)
        for piece in self.plan.pieces:
            if piece.after_end:
                await output_ended.wait()
            await asyncio.sleep(piece.pause)
            data = self.data[self.written:self.written + piece.size]
            await self.write(data)
            if self.plan.input == "terminal" and data[-1] != ord("\n"):
                await self.type_end()
        if not self.plan.input_ends:
            await asyncio.sleep(self.plan.linger * OPEN_FOR)
        self.ended_at = now()
        if self.plan.input == "terminal":
            await self.type_end()
        else:
            self.finish()

    async def type_end(self):
        """Ends a line that has no end, or at the beginning of one the input."""
        while True:
            try:
                return os.write(self.ours, END_OF_FILE)
            except BlockingIOError:
                await ready(self.ours, write=True)

    def finish(self):
        if self.plan.input == "pipe":
            os.close(self.ours)
            self.owned.remove(self.ours)
        else:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    def written_by(self, moment):
        """How much may have been written by then."""
        if self.is_file():
            return self.written
        return max((total for (before, _), total in zip(self.marks, self.totals)
                    if before <= moment), default=0)

    async def count_left(self):
        """How much of what was written culvert has not taken; it is gone by now."""
        if self.plan.input == "file":
            return self.written - os.lseek(self.theirs, 0, os.SEEK_CUR)
        if self.plan.input == "null":
            return 0
        if self.plan.input == "terminal":
            return await self.count_left_on_terminal()
        if self.ended_at is None:
            self.finish()
        os.set_blocking(self.theirs, False)
        left = 0
        while True:
            try:
                data = os.read(self.theirs, 1 << 16)
            except BlockingIOError:
                await ready(self.theirs)
                continue
            except ConnectionResetError:
                return left
            if not data:
                return left
            left += len(data)

    async def count_left_on_terminal(self):
        """The kernel has it in two buffers, and moves it on when the first is read."""
        os.set_blocking(self.theirs, False)
        left = tries = 0
        while tries < 10:
            with contextlib.suppress(BlockingIOError):
                os.write(self.ours, END_OF_FILE)  # the beginning of a line can't be read without
            with contextlib.suppress(BlockingIOError):
                if data := os.read(self.theirs, 1 << 16):
                    left += len(data)
                    tries = 0
                    continue
            await asyncio.sleep(0.01)
            tries += 1
        return left

    @property
    def taken(self):
        return self.written - self.left


class Sink(Descriptors):
    """The reader of standard output."""

    def __init__(self, plan, data, duplex=None):
        super().__init__()
        self.plan = plan
        self.data = data
        self.complaints = []
        self.count = 0  # bytes that were read
        self.lying = 0  # bytes that lay there when the reader left
        self.ended = asyncio.Event()
        self.ended_at = None
        self.left_at = None
        self.waited_for = []  # moments at which it was full, or might have been
        self.file = None
        self.witness = None
        getattr(self, "open_" + plan.output)(duplex)

    def open_pipe(self, _):
        self.ours, self.theirs = self.own(*os.pipe())
        if self.plan.pipe_size:
            fcntl.fcntl(self.ours, fcntl.F_SETPIPE_SZ, self.plan.pipe_size)
        if self.plan.reader_leaves is not None:
            self.witness = self.own(os.dup(self.theirs))  # knows what lies in the pipe

    def open_socket(self, duplex):
        self.socket, other = duplex or self.own(*socket_pair(self.plan.output))
        self.ours, self.theirs = self.socket.fileno(), other.fileno()

    open_unix = open_tcp = open_socket

    def open_file(self, _):
        self.file = self.own(tempfile.TemporaryFile())
        self.ours, self.theirs = None, self.file.fileno()

    def open_appended(self, _):
        self.open_file(None)
        fcntl.fcntl(self.theirs, fcntl.F_SETFL, os.O_APPEND)

    def open_null(self, _):
        self.ours, self.theirs = None, self.own(os.open("/dev/null", os.O_WRONLY))

    def open_terminal(self, _):
        self.ours, self.theirs = self.own(*pty.openpty())
        mode = termios.tcgetattr(self.theirs)
        mode[0] = mode[1] = mode[3] = 0
        termios.tcsetattr(self.theirs, termios.TCSANOW, mode)

    def give_away(self):
        """Culvert has it; whoever else had it would keep the end from being seen."""
        if self.ours is not None and not self.plan.duplex:
            for thing in self.owned[:]:
                fd = thing if isinstance(thing, int) else thing.fileno()
                if fd == self.theirs:
                    self.owned.remove(thing)
                    os.close(thing) if isinstance(thing, int) else thing.close()

    def culvert_is_gone(self):
        """A reader that is still there shall see the end of the pipe."""
        if self.witness is not None and self.left_at is None:
            os.close(self.witness)
            self.owned.remove(self.witness)
            self.witness = None

    def take(self, data):
        if self.data[self.count:self.count + len(data)] != data:
            self.complaints.append(f"the output is wrong somewhere behind byte {self.count}")
        self.count += len(data)

    def read_file(self):
        """What is in the file in the end."""
        self.file.seek(0)
        self.take(self.file.read())

    async def read_some(self, most):
        while True:
            try:
                return os.read(self.ours, most)
            except BlockingIOError:
                await ready(self.ours)
            except OSError as error:
                if error.errno in (errno.EIO, errno.ECONNRESET):
                    return b""
                raise

    def within_reach(self):
        """What was read, and what could be; where nobody can tell, more than there is."""
        if self.plan.output not in ("pipe", "unix") or self.left_at is not None:
            return 1 << 60
        return self.count + waiting(self.ours)

    def look(self, sent):
        """Notes the moment when culvert still has bytes for us."""
        before = now()
        if self.within_reach() < sent:
            self.waited_for.append(before)

    async def run(self, sent, leave):
        """Reads; sent() tells how much is surely on its way."""
        if self.ours is None:
            return
        os.set_blocking(self.ours, False)
        await asyncio.sleep(self.plan.reader_pause)
        portions = 0
        leaves = self.plan.reader_leaves
        while leaves is None or self.count < leaves:
            most = self.plan.reader_portion if portions < RESTS else 1 << 16
            self.look(sent())
            data = await self.read_some(most if leaves is None else min(most, leaves - self.count))
            if not data:
                self.ended_at = now()
                self.ended.set()
                return
            self.take(data)
            portions += 1
            if self.plan.reader_rest and portions < RESTS:
                await asyncio.sleep(self.plan.reader_rest)
        self.leave(leave)

    def leave(self, leave):
        self.lying = waiting(self.ours)
        self.left_at = now()
        leave()
        if self.plan.output == "pipe":
            os.close(self.ours)
            self.owned.remove(self.ours)
        else:
            self.socket.close()

    @property
    def delivered(self):
        """What counts as written; when a pipe was left, what lies in it now."""
        if self.witness is not None:
            return self.count + waiting(self.witness)
        return self.count + self.lying


class Wire:
    """A connection of the far end, in clear."""

    def __init__(self, sock):
        self.sock = sock
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def recv(self, most):
        """Bytes, or none at the end; ConnectionResetError."""
        while True:
            try:
                return self.sock.recv(most)
            except BlockingIOError:
                await ready(self.sock.fileno())

    async def send(self, data, urgent=False):
        """All of it; the last byte may be urgent."""
        await self.send_raw(data[:-1] if urgent else data, 0)
        if urgent:
            await self.send_raw(data[-1:], socket.MSG_OOB)

    async def send_raw(self, data, flags):
        while data:
            try:
                data = data[self.sock.send(data, flags):]
            except BlockingIOError:
                await ready(self.sock.fileno(), write=True)

    async def end(self):
        self.sock.shutdown(socket.SHUT_WR)

    def unread(self):
        return waiting(self.sock.fileno())


class Cut(Exception):
    """TLS ended without close_notify."""


class TlsWire(Wire):
    """A connection of the far end inside TLS."""

    def __init__(self, wire, context):
        super().__init__(wire.sock)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.ahead = b""  # read before close_notify was sent: see end()

    async def feed(self):
        data = await super().recv(1 << 16)
        if not data:
            raise Cut
        self.incoming.write(data)

    async def flush(self, urgent=False):
        data = self.outgoing.read()
        if data:
            await super().send(data, urgent)

    async def handshake(self):
        while True:
            try:
                self.tls.do_handshake()
                return await self.flush()
            except ssl.SSLWantReadError:
                await self.flush()
                await self.feed()

    async def recv(self, most):
        if self.ahead:
            data, self.ahead = self.ahead[:most], self.ahead[most:]
            return data
        while True:
            try:
                return self.tls.read(most)
            except ssl.SSLWantReadError:
                await self.feed()
            except ssl.SSLZeroReturnError:
                return b""

    async def send(self, data, urgent=False):
        self.tls.write(data)
        await self.flush(urgent)

    async def end(self):
        """Sends close_notify. Python also looks for the other side's, and would fail for good at
        anything else that is there: so nothing may be."""
        with contextlib.suppress(ssl.SSLError):
            while data := self.tls.read(1 << 16):
                self.ahead += data
        with contextlib.suppress(ssl.SSLError):
            self.tls.unwrap()
        await self.flush()


class FarEnd(Descriptors):
    """The proxy, and what is behind it."""

    def __init__(self, plan, data, expected, context):
        super().__init__()
        self.plan = plan
        self.data = data
        self.expected = expected
        self.context = context
        self.complaints = []
        self.received = 0
        self.sent = 0  # what was begun to be sent; more than that nobody can have got
        self.sent_whole = 0  # what the kernel has taken of it
        self.marks = []  # before and after each piece, and what was sent by then
        self.sent_before_end = 0
        self.undelivered_at_end = 0
        self.delivered = lambda: 0  # how much the reader has, or could have
        self.busy = []  # moments before a byte was sent, and the other side hadn't ended
        self.progress = asyncio.Event()
        self.end_seen = asyncio.Event()
        self.end_how = None  # "end", "cut", "reset"
        self.end_at = None
        self.not_arrived_at = None  # the last moment at which some input surely wasn't here yet
        self.fin_at = None  # our end
        self.closed_at = None
        self.reset_at = None
        self.unread = 0  # when it was closed
        self.arrived_by_exit = None
        self.gone = asyncio.Event()
        self.opened = False
        self.speech = list(plan.speech)
        self.stops, self.portion, self.rest = plan.far_stops, plan.far_portion, plan.far_rest
        self.sock = self.reader = None
        self.listener = self.own(socket.socket())
        if plan.far_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, plan.far_buffer)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, plan.far_buffer)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(4)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]

    async def open(self):
        """From a connection to an open tunnel."""
        await ready(self.listener.fileno())
        sock, _ = self.listener.accept()
        self.sock = self.own(sock)
        self.wire = Wire(sock)
        if self.plan.tls == "proxy":
            await self.speak_tls()
        head = b""
        while b"\r\n\r\n" not in head:
            data = await self.wire.recv(4096)
            if not data:
                raise ConnectionError
            head += data
        answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
        self.opened = True
        with contextlib.suppress(ConnectionError):  # what it sent before it went is still there
            await self.wire.send(answer + self.first())
            self.sent_whole = self.sent
        if self.plan.tls == "target":
            await self.speak_tls()

    async def speak_tls(self):
        self.wire = TlsWire(self.wire, self.context)
        await self.wire.handshake()

    def first(self):
        """What the far end has said before the proxy has answered."""
        speech = self.speech
        if (not self.plan.first_with_head or self.plan.tls == "target" or not speech or
                speech[0].after_bytes or speech[0].after_end or speech[0].urgent):
            return b""
        before = now()
        self.sent = speech.pop(0).size
        self.marks.append((before, before, self.sent))
        return bytes(self.data[:self.sent])

    async def run(self):
        try:
            await self.open()
        except (ConnectionError, Cut):
            return
        self.reader = asyncio.create_task(self.read(self.plan.far_pause))
        self.speaker = asyncio.create_task(self.speak())
        try:
            if self.plan.both_ways:
                await asyncio.wait((self.reader, self.speaker),
                                   return_when=asyncio.FIRST_COMPLETED)
                if self.end_seen.is_set() and self.closed_at is None:
                    await self.stop(self.speaker)
                    await self.close_wire()
            await asyncio.gather(self.reader, self.speaker, return_exceptions=True)
        finally:
            self.reader.cancel()
            self.speaker.cancel()

    async def read(self, pause=0.0):
        """Reads all, or up to where it stops."""
        portions = 0
        await asyncio.sleep(pause)
        try:
            while self.stops is None or self.received < self.stops:
                before = now()
                if not self.plan.tls and self.received + self.wire.unread() < len(self.expected):
                    self.not_arrived_at = before
                if not await self.read_portion(portions):
                    return self.note_end("end")
                portions += 1
                if self.rest and portions < RESTS:
                    await asyncio.sleep(self.rest)
        except ConnectionError:
            self.note_end("reset")
        except (Cut, ssl.SSLError):
            self.note_end("cut")

    def may_have_ended(self):
        """Whether the end of the input may lie there already, behind bytes that weren't read."""
        if self.plan.tls:
            return (self.plan.far_pause > 0 or self.plan.far_rest > 0 or
                    self.end_seen.is_set() or self.wire.unread() > 0)
        poller = select.poll()
        poller.register(self.sock, select.POLLRDHUP)
        return bool(poller.poll(0))

    def surely_on_its_way(self):
        """What is sent, and has to be delivered before the input's end may be passed on."""
        return 0 if self.closed_at or not self.sock or self.may_have_ended() else self.surely_sent()

    def surely_sent(self):
        return max((sent for _, after, sent in self.marks if after), default=0)

    async def read_portion(self, portions):
        most = self.portion if portions < RESTS else 1 << 16
        if self.stops is not None:
            most = min(most, self.stops - self.received)
        data = await self.wire.recv(most)
        if self.expected[self.received:self.received + len(data)] != data:
            self.complaints.append(f"the input arrives wrong somewhere behind byte {self.received}")
        self.received += len(data)
        self.progress.set()
        return data

    def note_end(self, how):
        self.end_at, self.end_how = now(), how
        surely = [sent for _, after, sent in self.marks
                  if after and after < self.end_at - UNSURE and sent <= self.sent_before_end]
        self.undelivered_at_end = max(surely, default=0) - self.delivered()
        self.end_seen.set()
        self.progress.set()

    async def reach(self, count):
        """Waits until so much has been read."""
        while self.received < count and not self.end_seen.is_set():
            self.progress.clear()
            await self.progress.wait()
        return self.received >= count

    async def speak(self):
        try:
            for piece in self.speech:
                if piece.after_end:
                    await self.end_seen.wait()
                elif not await self.reach(piece.after_bytes):
                    return await self.close_wire()
                await asyncio.sleep(piece.pause)
                before = now()
                open_yet = not self.may_have_ended()
                data = self.data[self.sent:self.sent + piece.size]
                self.sent += piece.size
                if open_yet:
                    self.busy.append(before)
                    self.sent_before_end = self.sent
                self.marks.append((before, None, self.sent))
                await self.wire.send(data, piece.urgent)
                self.sent_whole = self.sent
                self.marks[-1] = (before, now(), self.sent)
            await self.finish()
        except (ConnectionError, Cut):
            pass  # whether culvert may go by then is seen from its status

    async def finish(self):
        """The end, as it is planned."""
        ending = self.plan.ending
        if ending == "close" and self.plan.far_stops is not None:
            await self.wait_unread()
        if ending in ("half", "cut"):
            self.fin_at = now()
            if ending == "half":
                await self.wire.end()
            else:
                self.sock.shutdown(socket.SHUT_WR)
        if ending == "stays" or (ending == "half" and self.stops is not None):
            return await self.gone.wait()
        if ending in ("after-end", "half", "cut"):
            await self.end_seen.wait()
        if ending == "reset":
            await self.reset_wire()
        else:
            await self.close_wire()

    async def wait_unread(self):
        """Until something lies there that nobody will read."""
        for _ in range(100):
            if self.wire.unread() or self.gone.is_set():
                return
            await asyncio.sleep(0.01)

    async def stop(self, task):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close_wire(self):
        if self.closed_at is not None:
            return
        await self.stop(self.reader)
        if self.fin_at is None:
            self.fin_at = now()
            if self.plan.tls:  # in clear closing does it: a FIN, or a reset where bytes are unread
                with contextlib.suppress(ConnectionError):
                    await self.wire.end()
        self.unread = self.wire.unread()
        self.closed_at = now()
        self.sock.close()

    async def reset_wire(self):
        await self.stop(self.reader)
        self.unread = self.wire.unread()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.reset_at = self.closed_at = now()
        self.sock.close()

    async def read_rest(self):
        """Culvert is gone: what had come by then, and what its kernel still sends."""
        if self.reader is None or self.closed_at is not None:
            self.gone.set()
            return
        if not self.plan.tls:
            self.arrived_by_exit = self.received + self.wire.unread()
        self.stops, self.portion, self.rest = None, 1 << 16, 0.0
        if not self.end_seen.is_set():
            await self.stop(self.reader)
            await self.read()
        self.gone.set()
