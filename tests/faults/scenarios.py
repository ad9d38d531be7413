# SPDX-License-Identifier: ISC
"""What culvert is asked to do while calls fail: each scenario fills in a world."""

import contextlib
import os
import re
import signal
import socket
import threading
import time

import peers

SCENARIOS = {}
COMMON = ["-w", "5", "--linger", "2", "--no-memory"]
PATIENCE = 6  # seconds, of clients
TARGET = ["example.org", "22"]
LEAKS = ("close",)  # one that isn't made leaves the end of a program open, whose own end isn't seen


def scenario(name, needs=None):
    """Registers one. It needs a part of culvert, a file next to it."""

    def register(function):
        SCENARIOS[name] = (function, needs)
        return function

    return register


def there_are(culvert):
    """The scenarios for which this culvert has all that they need."""
    beside = os.path.dirname(culvert)
    return [name for name, (_, needs) in SCENARIOS.items()
            if needs is None or os.path.exists(os.path.join(beside, needs))]


def tunnel(world, *arguments, target=TARGET):
    world.arguments = [*COMMON, "-N", *arguments, *target]


def user_file(world):
    return world.write("user", f"{peers.USER}:{peers.PASSWORD}\n")


# One tunnel on standard input and output.


@scenario("plain")
def plain(world):
    tunnel(world, "-x", world.listen(peers.http(world, peers.exchange(world))))


@scenario("files")
def files(world):
    world.kind = "files"
    world.names += ["input", "output"]
    plain(world)


@scenario("to-file")
def to_file(world):
    world.kind = "to_file"
    world.names += ["input", "output"]
    plain(world)


@scenario("from-file")
def from_file(world):
    world.kind = "from_file"
    world.names += ["input", "output"]
    plain(world)


@scenario("terminal")
def terminal(world):
    """Both are one; the target knows how much there is to come."""
    world.kind = "terminal"
    tunnel(world, "-x", world.listen(peers.http(world, peers.counted(world))))


@scenario("upload")
def upload(world):
    """Enough to have the pipe grow."""
    world.input = peers.UP * 12
    world.given, world.output = [world.input], b""
    tunnel(world, "-x", world.listen(peers.http(world, peers.exchange(world, b""))))


@scenario("download")
def download(world):
    world.output, world.input, world.given = peers.DOWN * 8, b"", [b""]
    tunnel(world, "-x", world.listen(peers.http(world, peers.exchange(world, world.output))))


@scenario("ends-first")
def ends_first(world):
    """The target half-closes, and reads on."""
    tunnel(world, "-x", world.listen(peers.http(world, peers.ends_first(world))))


@scenario("socket")
def one_socket(world):
    world.kind = "socket"
    plain(world)


@scenario("direct")
def direct(world):
    host, port = world.listen(peers.exchange(world)).split(":")
    tunnel(world, "--no-proxy", target=[host, port])


@scenario("name")
def name(world):
    port = world.listen(peers.http(world, peers.exchange(world))).split(":")[1]
    world.follows = True
    tunnel(world, "-4", "-x", f"localhost:{port}")


@scenario("basic")
def basic(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    tunnel(world, "-x", at, "--proxy-user-file", user_file(world))


@scenario("basic-at-once")
def basic_at_once(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    tunnel(world, "-x", at, "--proxy-user-file", user_file(world), "--proxy-basic")


@scenario("password-command")
def password_command(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    word = world.write("word", peers.PASSWORD + "\n")
    tunnel(world, "-x", at, "-U", peers.USER, "--password-command", f"cat {word}")


@scenario("netrc")
def netrc(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    file = world.write("netrc", f"machine 127.0.0.1 login {peers.USER} "
                                f"password {peers.PASSWORD}\n")
    tunnel(world, "-x", at, "--netrc-file", file)


@scenario("helper", "culvert-auth")
def helper(world):
    world.leaks = LEAKS
    at = world.listen(peers.digest(world, peers.exchange(world)))
    tunnel(world, "-x", at, "--proxy-user-file", user_file(world))
    world.follows, world.ways = True, 2  # what there is to say of the scheme, and of the proxy


@scenario("ntlm", "culvert-auth-gss.so")
def ntlm(world):
    world.leaks = LEAKS
    at = world.listen(peers.ntlm(world, peers.exchange(world)))
    tunnel(world, "-x", at, "--proxy-user-file", user_file(world))
    world.follows, world.ways, world.steps = True, 2, 3


@scenario("negotiate", "culvert-auth-gss.so")
def negotiate(world):
    """With a ticket of a KDC."""
    world.leaks = LEAKS
    at = world.listen(peers.negotiate(world, peers.exchange(world)))
    world.environment.update(world.tools.tickets)
    tunnel(world, "-x", at.replace("127.0.0.1", "localhost"))
    world.follows, world.ways, world.steps = True, 2, 3


@scenario("bearer")
def bearer(world):
    at = world.listen(peers.bearer(world, peers.exchange(world)))
    token = world.write("token", peers.SECRETS[2].decode() + "\n")
    tunnel(world, "-x", at, "--proxy-bearer-file", token)


@scenario("askpass")
def askpass(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    word = world.write("ask", f"#!/bin/sh\necho '{peers.PASSWORD}'\n")
    os.chmod(word, 0o700)
    world.environment.update(SSH_ASKPASS=word, SSH_ASKPASS_REQUIRE="force")
    tunnel(world, "-x", at, "-U", peers.USER)


@scenario("prompt")
def prompt(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    world.types = peers.PASSWORD + "\n"
    tunnel(world, "-x", at, "-U", peers.USER)


@scenario("https", "culvert-tls.so")
def https(world):
    at = world.listen(peers.in_tls(world, peers.http(world, peers.exchange(world))))
    tunnel(world, "-x", f"https://{at}", "--proxy-cacert", world.tools.certificates + "/ca.pem")


@scenario("tls", "culvert-tls.so")
def tls(world):
    at = world.listen(peers.http(world, peers.in_tls(world, peers.exchange(world))))
    tunnel(world, "-x", at, "--tls", "--cacert", world.tools.certificates + "/ca.pem",
           target=["localhost", "443"])


@scenario("tls-in-tls", "culvert-tls.so")
def tls_in_tls(world):
    ca = world.tools.certificates + "/ca.pem"
    at = world.listen(peers.in_tls(world, peers.http(world)))
    host, port = world.listen(peers.in_tls(world, peers.exchange(world))).split(":")
    tunnel(world, "-x", f"https://{at}", "--proxy-cacert", ca, "--tls", "--cacert", ca,
           target=[host, port])


@scenario("chain")
def chain(world):
    first = world.listen(peers.http(world))
    second = world.listen(peers.http(world, peers.exchange(world)))
    tunnel(world, "-x", first, "-x", second)


@scenario("socks5")
def socks5(world):
    at = world.listen(peers.socks5(world, peers.exchange(world)))
    tunnel(world, "-x", f"socks5h://{at}")


@scenario("socks5-user")
def socks5_user(world):
    at = world.listen(peers.socks5(world, peers.exchange(world), user=True))
    tunnel(world, "-x", f"socks5h://{at}", "--proxy-user-file", user_file(world))


@scenario("socks4a")
def socks4a(world):
    at = world.listen(peers.socks4(world, peers.exchange(world)))
    tunnel(world, "-x", f"socks4a://{at}")


@scenario("failover")
def failover(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.environment["XDG_RUNTIME_DIR"] = world.directory
    tunnel(world, "-x", world.tools.closed, "--or", "-x", at)
    world.arguments.remove("--no-memory")
    world.ways = 2
    world.names += ["culvert-ways"]  # which way has worked


@scenario("list")
def ways(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.ways = 2
    world.environment["CULVERT_PROXY"] = f"http://{world.tools.closed} http://{at}"
    tunnel(world)


@scenario("pac", "culvert-pac")
def pac(world):
    world.leaks = LEAKS
    at = world.listen(peers.http(world, peers.exchange(world)))
    file = world.write("a.pac", "function FindProxyForURL(url, host) {\n"
                                f"return isResolvable('localhost') ? 'PROXY {at}' : "
                                "'PROXY 127.0.0.1:1';\n}\n")
    tunnel(world, "--pac", file)
    world.follows = True


@scenario("unix")
def unix(world):
    path = world.listen(peers.http(world, peers.exchange(world)), world.path("proxy"))
    world.names.append("proxy")
    tunnel(world, "-x", f"unix:{path}")


@scenario("exec")
def program(world):
    at = world.listen(peers.http(world, peers.exchange(world))).replace(":", " ")
    world.leaks = LEAKS
    tunnel(world, "-x", f"exec:{world.tools.culvert} --no-proxy -N --linger 1 {at}")


@scenario("log")
def log(world):
    plain(world)
    world.log = world.path("log")
    world.names += ["log", "trace"]
    world.arguments = ["-v", "--log-file", world.log, "--trace", world.path("trace"),
                       *world.arguments]
    world.lines = None


@scenario("trace-data")
def trace_data(world):
    world.input, world.given = peers.UP[:300], [peers.UP[:300]]
    world.output = peers.DOWN[:500]
    at = world.listen(peers.http(world, peers.exchange(world, world.output)))
    world.names.append("trace")
    tunnel(world, "--trace", world.path("trace"), "--trace-data", "-x", at)


@scenario("crlf")
def crlf(world):
    world.input = b"".join(b"line %d\n" % number for number in range(4000))
    world.given = [world.input.replace(b"\n", b"\r\n")]
    tunnel(world, "-C", "-x", world.listen(peers.http(world, peers.exchange(world))))


@scenario("config")
def config(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    file = world.write("settings", f"# ours\nproxy = {at}\nshutdown\n")
    world.arguments = [*COMMON, "--config", file, *TARGET]


@scenario("pass-fd")
def pass_fd(world):
    world.kind = "passed"
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.arguments = [*COMMON, "-F", "-x", at, *TARGET]


@scenario("quit")
def quit_after(world):
    at = world.listen(peers.http(world, peers.silent(world)))
    tunnel(world, "-q", "0.2", "-x", at)


@scenario("delayed")
def delayed(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.arguments = [*COMMON, "--shutdown-after", "0.1", "-x", at, *TARGET]


@scenario("max-time")
def max_time(world):
    at = world.listen(peers.http(world, peers.silent(world)))
    tunnel(world, "-m", "0.4", "-x", at)
    world.status, world.lines, world.may_be_late = 8, 1, True


@scenario("idle")
def idle(world):
    at = world.listen(peers.http(world, peers.silent(world)))
    tunnel(world, "--idle-timeout", "0.3", "-x", at)
    world.status, world.lines, world.may_be_late = 8, 1, True


@scenario("refused")
def refused(world):
    tunnel(world, "-x", world.listen(peers.refusing(world)))
    world.status, world.lines, world.output, world.given = 6, 1, b"", []


@scenario("unreachable")
def unreachable(world):
    tunnel(world, "-x", world.tools.closed)
    world.status, world.lines, world.output, world.given = 3, 1, b"", []


# Words about it.


def says(world, *arguments):
    world.arguments, world.input, world.given, world.output = list(arguments), b"", [], None


@scenario("version")
def version(world):
    says(world, "--version")


@scenario("explain")
def explain(world):
    says(world, "--explain", "-x", "127.0.0.1:3128", "--proxy-user-file", user_file(world), *TARGET)


# Targets that are tried.


def check(world, *arguments):
    at = world.listen(peers.http(world, peers.exchange(world, b"")))
    world.input, world.given = b"", [b"", b"", b""]
    world.output, world.tells_on_output, world.ways = None, True, 4
    world.arguments = [*COMMON, "--check", "-x", at, *arguments]


@scenario("check")
def check_words(world):
    check(world, "one.example:22,80", "two.example:443")


@scenario("check-input")
def check_input(world):
    check(world, "-j", "2", "--json", "-")
    world.input = b"one.example:22 one.example:80\n# a comment\ntwo.example 443\n"


@scenario("check-direct")
def check_direct(world):
    """Names, each looked up in a thread, some that nobody is behind, and what a target says."""
    check(world, "--banner", "1", "localhost")
    port = world.listen(peers.exchange(world, b"220 hello\r\n")).split(":")[1]
    closed = world.tools.closed.split(":")[1]
    world.arguments = [*COMMON, "--check", "-4", "--no-proxy", "--banner", "1", "-j", "2",
                       "localhost:" + port, "localhost:" + closed, "127.0.0.1:" + port]
    world.status, world.given, world.follows = 3, [], True


# Listeners.


def wait_for(world, pattern, since=0):
    """What standard error says, as soon as it does; None: it never will."""
    until = time.monotonic() + 6
    with world.lock:
        while True:
            found = re.search(pattern, world.result.errors[since:].decode("utf-8", "replace"))
            if found or world.result.status is not None or time.monotonic() > until:
                return found
            world.lock.wait(0.2)


def fetch(world, where, ask):
    """One client: its bytes go up, and what comes is noted."""
    got = b""
    begun = time.monotonic()
    with contextlib.suppress(OSError, EOFError):
        sock = socket.socket(socket.AF_UNIX if where.startswith("/") else socket.AF_INET)
        with sock:
            sock.settimeout(PATIENCE)
            sock.connect(where if where.startswith("/") else ("127.0.0.1", int(where)))
            ask(sock)
            sock.shutdown(socket.SHUT_WR)
            while data := sock.recv(65536):
                got += data
    world.clients.append(got)
    return time.monotonic() - begun < PATIENCE


def end(world, number=signal.SIGTERM):
    with contextlib.suppress(ProcessLookupError):
        os.kill(world.pid, number)


def fetch_all(world, where, asks):
    """All at a time."""
    threads = [threading.Thread(target=fetch, args=(world, where, ask)) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def listening(world, *arguments, clients, together=False):
    """Starts listeners, which are used by clients one after the other, and then ended."""

    def drive(world):
        found = wait_for(world, r"listening on (?:[^ ]*:(\d+)|(/\S+))\n")
        if found and together:
            fetch_all(world, found[1] or found[2], clients)
        for ask in clients if found and not together else []:
            if not fetch(world, found[1] or found[2], ask):
                break
        end(world)

    world.driver = drive
    world.lines, world.output, world.input = None, b"", b""
    world.arguments = ["-w", "5", "--linger", "1", "--drain", "2", "-N", "--no-memory", *arguments]


def raw(sock):
    sock.sendall(peers.UP)


def by_connect(sock):
    sock.sendall(b"CONNECT example.org:22 HTTP/1.1\r\nHost: example.org:22\r\n\r\n")
    if b" 200 " not in peers.read_head(sock):
        raise EOFError
    raw(sock)


def by_socks(sock):
    sock.sendall(b"\5\1\0")
    if peers.read_exactly(sock, 2) != b"\5\0":
        raise EOFError
    sock.sendall(b"\5\1\0\3\x0bexample.org\0\x16")
    if peers.read_exactly(sock, 10)[1] != 0:
        raise EOFError
    raw(sock)


def by_request(sock):
    sock.sendall(b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n")


def by_post(sock):
    """With a body that is to be asked for."""
    sock.sendall(b"POST http://example.org/ HTTP/1.1\r\nHost: example.org\r\n"
                 b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    if b" 100 " not in peers.read_head(sock):
        raise EOFError
    sock.sendall(b"hello")


@scenario("listen")
def listen(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.given = [peers.UP] * 3
    listening(world, "-x", at, "-L", "127.0.0.1:0:example.org:22", clients=[raw, raw, raw])


@scenario("listen-unix")
def listen_unix(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.given = [peers.UP] * 2
    listening(world, "-x", at, "-L", f"{world.path('here')}:example.org:22", clients=[raw, raw])


@scenario("dynamic")
def dynamic(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.given = [peers.UP] * 3
    listening(world, "-x", at, "-D", "127.0.0.1:0", clients=[by_connect, by_socks, by_connect])


@scenario("dynamic-basic")
def dynamic_basic(world):
    at = world.listen(peers.basic(world, peers.exchange(world)))
    world.given, world.steps = [peers.UP] * 2, 2
    listening(world, "-x", at, "-D", "127.0.0.1:0", "--proxy-user-file", user_file(world),
              clients=[by_socks, by_connect])


@scenario("dynamic-request")
def dynamic_request(world):
    at = world.listen(peers.web(world))
    world.given = [b"GET", b"POST"]
    listening(world, "-x", at, "-D", "127.0.0.1:0", clients=[by_request, by_post])


@scenario("ten")
def ten(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.given, world.steps = [peers.UP] * 10, 12
    listening(world, "-x", at, "-D", "127.0.0.1:0", clients=[by_socks, by_connect] * 5,
              together=True)


@scenario("dynamic-helper", "culvert-auth")
def dynamic_helper(world):
    world.leaks = LEAKS
    at = world.listen(peers.digest(world, peers.exchange(world)))
    world.given, world.steps = [peers.UP] * 2, 2
    listening(world, "-x", at, "-D", world.path("here"), "--proxy-user-file", user_file(world),
              clients=[by_socks, by_connect])


@scenario("command")
def command(world):
    at = world.listen(peers.http(world, peers.exchange(world)))
    world.arguments = ["-w", "5", "-N", "--no-memory", "-x", at, "-D", "127.0.0.1:0", "--",
                       "sh", "-c", "echo $http_proxy | cut -c1-17"]
    world.input, world.output, world.given = b"", b"http://127.0.0.1:\n", []


@scenario("service")
def service(world):
    """As systemd has it: a supervisor that is told, a log that is opened again."""
    at = world.listen(peers.http(world, peers.exchange(world)))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(world.path("notify"))
    world.listeners.append(notify)
    world.environment["NOTIFY_SOCKET"] = world.path("notify")
    world.names += ["notify", "log"]
    world.log = world.path("log")
    world.given = [peers.UP]
    listening(world, "-x", at, "--log-file", world.log, "-L", "127.0.0.1:0:example.org:22",
              clients=[])

    def drive(world):
        found = wait_for(world, r"listening on [^ ]*:(\d+)\n")
        if found:
            end(world, signal.SIGHUP)
            wait_for(world, "read again")
            end(world, signal.SIGUSR1)
            fetch(world, found[1], raw)
        end(world)

    world.driver = drive
