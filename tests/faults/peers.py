# SPDX-License-Identifier: ISC
"""Who culvert talks to: proxies and targets, each a function that plays on one socket and may note
what it saw in the world of its trial."""

import base64
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import os
import re
import select
import socket
import ssl
import threading

USER, PASSWORD = "fingers", "fa!lure-Is-an-0pt1on"
SECRETS = (PASSWORD.encode(), base64.b64encode(f"{USER}:{PASSWORD}".encode()),
           base64.b64encode(PASSWORD.encode()))
UP = hashlib.shake_128(b"up").digest(100_000)  # what is sent through the tunnel
DOWN = hashlib.shake_128(b"down").digest(150_000)  # and what comes back
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
PATIENCE = 60  # seconds, for a peer that nobody ends


def load_tool(name):
    """A program of tests/tools as a module."""
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tools", name)
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Received:
    """What a target got."""

    def __init__(self):
        self.data = b""
        self.ended = False  # in good order


def serve(listener, play):
    """Accepts until the listener is closed, and plays on each connection in a thread."""

    def run(sock):
        sock.settimeout(PATIENCE)
        with contextlib.suppress(OSError, ValueError, EOFError):
            play(sock)
        with contextlib.suppress(OSError):
            sock.close()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                threading.Thread(target=run, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_head(sock):
    """To the empty line, and not a byte more."""
    head = b""
    while b"\r\n\r\n" not in head:
        seen = sock.recv(4096, socket.MSG_PEEK) if not isinstance(sock, ssl.SSLSocket) else None
        if seen is None:
            seen = sock.recv(1)
            head += seen
        else:
            end = (head + seen).find(b"\r\n\r\n")
            head += read_exactly(sock, len(seen) if end < 0 else end + 4 - len(head))
        if not seen:
            raise EOFError
    return head


def leave(sock):
    """Ends its side, and the connection when the other has ended too."""
    if isinstance(sock, ssl.SSLSocket):
        sock.unwrap()
    else:
        sock.shutdown(socket.SHUT_WR)
    while sock.recv(65536):
        pass


# Targets.


def exchange(world, down=DOWN, then=leave):
    """Sends what is to be sent, then reads to the end, and then does so."""

    def play(sock):
        received = Received()
        world.received.append(received)
        sock.sendall(down)
        while data := sock.recv(65536):
            received.data += data
        received.ended = True
        then(sock)

    return play


def counted(world):
    """Ends when it has got all, without being told."""

    def play(sock):
        received = Received()
        world.received.append(received)
        received.data = read_exactly(sock, len(UP))
        received.ended = True
        sock.sendall(DOWN)
        leave(sock)

    return play


def ends_first(world):
    """Ends its side before it reads."""

    def play(sock):
        received = Received()
        world.received.append(received)
        sock.sendall(DOWN)
        sock.shutdown(socket.SHUT_WR)
        while data := sock.recv(65536):
            received.data += data
        received.ended = True

    return play


def silent(world):
    """Sends what is to be sent, reads, and never ends."""
    return exchange(world, then=lambda sock: world.over.wait(PATIENCE))


def web(world):
    """Answers one request as a server on the web does."""

    def play(sock):
        head = read_head(sock)
        received = Received()
        received.data, received.ended = head.split(b" ")[0], True
        world.received.append(received)
        sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + DOWN)
        leave(sock)

    return play


def in_tls(world, play):
    """The same inside of TLS."""
    return lambda sock: play(world.tls.wrap_socket(sock, server_side=True,
                                                   suppress_ragged_eofs=False))


# Proxies.


def carry(one, other):
    """Bytes both ways, each end passed on."""

    def one_way(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for sock in (source, sink):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    if isinstance(one, ssl.SSLSocket):
        carry_alone(one, other)
        return
    back = threading.Thread(target=one_way, args=(other, one), daemon=True)
    back.start()
    one_way(one, other)
    back.join()
    other.close()


def carry_alone(tls, other):
    """The same by one thread, as two can't share what speaks TLS; both end with the target."""
    sources = [tls, other]
    while other in sources:
        ready = [tls] if tls in sources and tls.pending() else select.select(sources, [], [])[0]
        for source in ready:
            data = source.recv(65536)
            if data:
                (tls if source is other else other).sendall(data)
                continue
            sources.remove(source)
            if source is tls:
                other.shutdown(socket.SHUT_WR)
    tls.unwrap()
    other.close()


def onward(sock, head):
    """Goes on to where the request says."""
    host, port = head.split(b" ")[1].rsplit(b":", 1)
    with socket.create_connection((host.decode(), int(port))) as other:
        sock.sendall(OPEN)
        carry(sock, other)


def http(_world, play=None, believes=None, challenge=b"", answer=OPEN):
    """An HTTP proxy: play is the target, or it is connected to."""

    def run(sock):
        while True:
            head = read_head(sock)
            if believes is None or believes(head):
                break
            sock.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 3\r\nProxy-Authenticate: %s\r\n\r\n"
                         b"no\n" % challenge)
        if play is None:
            return onward(sock, head)
        sock.sendall(answer)
        return play(sock) if answer == OPEN else leave(sock)

    return run


def basic(world, play):
    wanted = b"Proxy-Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode())
    return http(world, play, lambda head: wanted in head.split(b"\r\n"), b'Basic realm="r"')


def digest(world, play):
    """RFC 7616, MD5, one nonce for all."""
    nonce = os.urandom(12).hex()

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    def believes(head):
        text = head.decode()
        given = {key: quoted or bare for key, quoted, bare in
                 re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', text)}
        target = text.split(" ")[1]
        return given.get("response") == md5(
            md5(USER, "r", PASSWORD), nonce, given.get("nc", ""), given.get("cnonce", ""), "auth",
            md5("CONNECT", target))

    return http(world, play, believes,
                b'Digest realm="r", nonce="%s", qop="auth", algorithm=MD5' % nonce.encode())


def ntlm(_world, play):
    """Believes whatever answers its challenge (MS-NLMP)."""
    challenge = b"NTLM " + base64.b64encode(load_tool("hostile-proxy").ntlm_challenge())

    def run(sock):
        offer = b"NTLM"
        while True:
            value = re.search(rb"Proxy-Authorization: NTLM (\S+)", read_head(sock))
            if value and base64.b64decode(value[1])[8] == 3:
                break
            offer = challenge if value else b"NTLM"
            sock.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 3\r\n"
                         b"Proxy-Authenticate: %s\r\n\r\nno\n" % offer)
        sock.sendall(OPEN)
        return play(sock)

    return run


def negotiate(world, play):
    """Believes whatever begins as Kerberos in SPNEGO does (RFC 4178)."""
    return http(world, play, lambda head: b"Proxy-Authorization: Negotiate YII" in head,
                b"Negotiate")


def bearer(world, play):
    return http(world, play, lambda head: b"Bearer " + SECRETS[2] in head,
                b'Bearer realm="r"')


def refusing(world):
    """Says 403, with a page."""
    page = b"<html><title>403</title><h1>Not this one</h1></html>\n"
    return http(world, lambda _: None, answer=b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(page), page))


def socks5(_world, play, user=False):
    """RFC 1928, and RFC 1929 for a user."""

    def run(sock):
        methods = read_exactly(sock, read_exactly(sock, 2)[1])
        wanted = 2 if user else 0
        if wanted not in methods:
            return sock.sendall(b"\5\xff")
        sock.sendall(bytes([5, wanted]))
        if user:
            name = read_exactly(sock, read_exactly(sock, 2)[1])
            word = read_exactly(sock, read_exactly(sock, 1)[0])
            well = (name, word) == (USER.encode(), PASSWORD.encode())
            sock.sendall(b"\1\0" if well else b"\1\1")
            if not well:
                return None
        form = read_exactly(sock, 4)[3]
        read_exactly(sock, {1: 6, 4: 18}.get(form) or read_exactly(sock, 1)[0] + 2)
        sock.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        return play(sock)

    return run


def socks4(_world, play):
    """SOCKS 4a."""

    def run(sock):
        read_exactly(sock, 8)
        for _ in range(2):  # the user, the name
            while read_exactly(sock, 1) != b"\0":
                pass
        sock.sendall(b"\0\x5a\0\0\0\0\0\0")
        return play(sock)

    return run
