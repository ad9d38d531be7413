# SPDX-License-Identifier: ISC
"""What scripted-proxy and target share: a listener on a port that the kernel picks, one connection
(Link), and the parts that a far end can play when somebody is connected (PLAYS)."""

import contextlib
import hashlib
import itertools
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

BANNER = b"SSH-2.0-farend\r\n"
PAUSE = 0.03  # between two segments, so that nobody sees them as one


def pattern(size):
    """SIZE bytes that are the same each time and look like nothing in particular."""
    return hashlib.shake_128(b"culvert").digest(size)


class Events:
    """A line for everything that happened, for tests to look at afterwards."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1) if path else None
        self.lock = threading.Lock()

    def note(self, text):
        with self.lock:
            if self.file:
                self.file.write(text + "\n")


class Link:
    """One accepted connection: bytes in, bytes out, in just the portions that are asked for."""

    def __init__(self, sock, number=1, events=None):
        self.sock = sock
        self.number = number
        self.events = events or Events(None)
        self.unread = b""  # read from the socket, and given back
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def note(self, text):
        self.events.note("%d %s" % (self.number, text))

    def read(self, size=65536):
        """Some bytes, or none at the end of input."""
        if self.unread:
            taken, self.unread = self.unread[:size], self.unread[size:]
            return taken
        return self.sock.recv(size)

    def read_line(self):
        """A line, or what there was of it."""
        text = b""
        while not text.endswith(b"\n"):
            data = self.read(1)
            if not data:
                break
            text += data
        return text

    def pending(self):
        """How many bytes have arrived that nobody has read (at most 64 KiB of them)."""
        readable, _, _ = select.select([self.sock], [], [], 0)
        peeked = self.sock.recv(65536, socket.MSG_PEEK) if readable else b""
        return len(self.unread) + len(peeked)

    def send(self, *parts):
        """Sends each part in a segment of its own."""
        for index, part in enumerate(parts):
            if index:
                time.sleep(PAUSE)
            self.sock.sendall(part)

    def finish(self):
        """No more from this side; the other may go on."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        """Closes so that nothing sent is lost: what is still coming is read first, unless the
        other side leaves its end open for long."""
        try:
            self.finish()
            self.sock.settimeout(5)
            while self.read():
                pass
        except OSError:
            pass
        self.sock.close()

    def reset(self):
        """Ends the connection with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def read_to_end(self, pause=0.0):
        """Reads all there is; notes and returns the SHA-256 of it."""
        count, digest = 0, hashlib.sha256()
        while True:
            data = self.read()
            if not data:
                break
            count += len(data)
            digest.update(data)
            time.sleep(pause)
        self.note("received %d %s" % (count, digest.hexdigest()))
        return digest.hexdigest()

    def wait_forever(self):
        """Neither reads nor writes until this process is ended."""
        threading.Event().wait()


# The parts to play.

PLAYS = {}


def play(name, default=None):
    """Registers a part. It is asked for as NAME or NAME:NUMBER."""

    def register(function):
        PLAYS[name] = (function, default)
        return function

    return register


def find_play(text):
    """From NAME[:NUMBER] to a function that plays on a Link."""
    name, _, argument = text.partition(":")
    if name not in PLAYS:
        sys.exit("no such part: %s (there are: %s)" % (name, " ".join(sorted(PLAYS))))
    function, default = PLAYS[name]
    number = int(argument) if argument else default
    return lambda link: function(link, number)


@play("echo")
def echo(link, _):
    """Sends back what comes, to the end of it."""
    count, digest = 0, hashlib.sha256()
    while True:
        data = link.read()
        if not data:
            break
        count += len(data)
        digest.update(data)
        link.send(data)
    link.note("received %d %s" % (count, digest.hexdigest()))


@play("banner")
def banner(link, _):
    """Speaks first, as a mail or ssh server does, then echoes."""
    link.send(BANNER)
    echo(link, _)


@play("line")
def line(link, _):
    """Sends back one line and closes."""
    link.send(link.read_line())


@play("later", 2000)
def later(link, milliseconds):
    """Reads a line, sends it back after so many milliseconds, and closes."""
    text = link.read_line()
    time.sleep(milliseconds / 1000)
    link.send(text)


@play("page", 100000)
def page(link, size):
    """Answers a request as an HTTP/1.0 server does, with SIZE bytes of the pattern, and closes."""
    while link.read_line().strip():
        pass
    link.send(b"HTTP/1.0 200 OK\r\n\r\n" + pattern(size))


@play("after-eof", 65536)
def after_eof(link, size):
    """Waits for the end of input, and only then answers, with SIZE bytes of the pattern."""
    link.read_to_end()
    time.sleep(PAUSE)
    link.send(pattern(size))


@play("checksum")
def checksum(link, _):
    """Reads to the end and answers with the SHA-256 of it, in hex and on a line."""
    link.send(link.read_to_end().encode() + b"\n")


@play("slow")
def slow(link, _):
    """As checksum, but the receive buffer is small and reading takes its time."""
    link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    link.send(link.read_to_end(pause=0.005).encode() + b"\n")


@play("source", 65536)
def source(link, size):
    """Sends SIZE bytes of the pattern, closes its side, and reads what comes."""
    link.send(pattern(size))
    link.finish()
    link.read_to_end()


@play("exchange", 65536)
def exchange(link, size):
    """Sends SIZE bytes of the pattern while it reads to the end; then the SHA-256 of what it read."""

    def send():
        with contextlib.suppress(OSError):
            link.send(pattern(size))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    read = link.read_to_end()
    sender.join()
    link.send(read.encode() + b"\n")


@play("farewell")
def farewell(link, _):
    """Sends a banner, closes its side, and reads what comes."""
    link.send(BANNER)
    link.finish()
    link.read_to_end()


@play("sink")
def sink(link, _):
    """Reads nothing, ever."""
    link.wait_forever()


@play("idle")
def idle(link, _):
    """Reads, and never says anything, nor closes."""
    link.read_to_end()
    link.wait_forever()


@play("one-byte")
def one_byte(link, _):
    """Says one byte and nothing after it."""
    link.send(b"x")
    idle(link, _)


@play("reset", 0)
def reset(link, size):
    """Sends SIZE bytes of the pattern, then resets the connection."""
    link.send(pattern(size))
    time.sleep(PAUSE)
    link.reset()


@play("reset-after", 100000)
def reset_after(link, size):
    """Reads SIZE bytes and resets the connection."""
    while size > 0:
        size -= len(link.read(min(size, 65536)) or b" " * size)
    link.reset()


@play("shut", 0)
def shut(link, milliseconds):
    """Reads nothing, says nothing, and closes both directions after so many milliseconds."""
    time.sleep(milliseconds / 1000)
    link.sock.close()


@play("one-byte-shut", 0)
def one_byte_shut(link, milliseconds):
    """Says one byte, and closes both directions after so many milliseconds."""
    link.send(b"x")
    shut(link, milliseconds)


@play("one-line")
def one_line(link, _):
    """Sends a line and nothing after it."""
    link.send(b"one\n")
    idle(link, _)


@play("trickle", 5)
def trickle(link, count):
    """Reads a line, and then sends one every 400 milliseconds."""
    link.read_line()
    for number in range(count):
        time.sleep(0.4)
        link.send(b"%d\n" % number)


@play("half-sink")
def half_sink(link, _):
    """Closes its side at once, and reads nothing."""
    link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    link.finish()
    link.wait_forever()


@play("urgent", 100000)
def urgent(link, size):
    """Sends SIZE bytes of the pattern with one urgent byte ("!") in the middle, and closes."""
    whole = pattern(size)
    link.send(whole[:size // 2])
    time.sleep(PAUSE)
    link.sock.send(b"!", socket.MSG_OOB)
    link.send(whole[size // 2:])


@play("dozing", 12000)
def dozing(link, milliseconds):
    """Reads nothing for so many milliseconds, then as checksum."""
    link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    time.sleep(milliseconds / 1000)
    checksum(link, 0)


# Listening.


def write_whole(path, text):
    """Writes a file so that nobody sees half of it."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def exit_with_parent():
    """Ends this process when the one that started it is gone: a killed test leaves nothing."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def serve(address, port_file, events_file, handle):
    """Listens on ADDRESS, tells the port, and calls handle(link) in a thread for each connection."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind((address, 0))
    listener.listen(64)
    events = Events(events_file)
    exit_with_parent()
    write_whole(port_file, "%d\n" % listener.getsockname()[1])

    def run(sock, number):
        link = Link(sock, number, events)
        link.note("accepted")
        try:
            handle(link)
            link.close()
            link.note("closed")
        except OSError as error:
            link.note("broken %s" % error.__class__.__name__)
            sock.close()

    for number in itertools.count(1):
        sock, _ = listener.accept()
        threading.Thread(target=run, args=(sock, number), daemon=True).start()
