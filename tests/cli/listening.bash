# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# listening.bash: a culvert that listens, and what its tests ask through it.

# listening: whether it says so.
listening() {
    grep -q 'listening on' "$ERR" || culvert_has_ended
}

# start_listener ARGUMENT...: starts it, and waits until it listens. Sets PORT to the first port.
start_listener() {
    start_culvert "$@" </dev/null
    wait_until listening
    PORT=$(sed -nE '/listening on/{s/.*listening on [^ ]*:([0-9]+).*/\1/p;q}' "$ERR")
}

# end_listener: SIGTERM, and the end.
end_listener() {
    kill "$CULVERT_PID"
    wait_culvert
}

# ask WHAT...: curl, which is quiet and patient.
ask() {
    curl -sS --max-time 20 --noproxy '' "$@"
}

# start_web: a web server with a file of 100,000 bytes, blob, and one that says hello.
start_web() {
    mkdir -p web
    pattern 100000 >web/blob
    echo hello >web/hello
    (cd web && exec python3 -u -m http.server --bind 127.0.0.1 0 >../web.log 2>&1 3>&- 4>&-) &
    STARTED+=($!)
    wait_until grep -q 'port [0-9]' web.log
    WEB=127.0.0.1:$(grep -oE 'port [0-9]+' web.log | grep -oE '[0-9]+')
}

# start_mirror: a web server that answers with what it was sent, head and body.
start_mirror() {
    cat >mirror.py <<'MIRROR'
import http.server
class Mirror(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline(), 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = (self.requestline + "\n" + str(self.headers)).encode() + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Method", self.command)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
    do_GET = do_PUT = do_HEAD = do_BREW = do_POST
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
print("port", server.server_address[1], flush=True)
server.serve_forever()
MIRROR
    python3 -u mirror.py >mirror.log 2>mirror.err 3>&- 4>&- &
    STARTED+=($!)
    wait_until grep -q 'port [0-9]' mirror.log
    WEB=127.0.0.1:$(grep -oE '[0-9]+' mirror.log)
}

# start_canned FILE: a proxy that answers each request with what is in the file, or in FILE.N if that
# is there for the Nth, and closes; sets PROXY. What comes is appended to canned.log.
start_canned() {
    python3 -u - "$1" >canned.out 2>canned.err 3>&- 4>&- <<'CANNED' &
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
served = 0
print("port", s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    c.settimeout(5)
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            part = c.recv(65536)
            if not part:
                break
            data += part
        open("canned.log", "ab").write(data)
        served += 1
        file = f"{sys.argv[1]}.{served}"
        for byte in open(file if os.path.exists(file) else sys.argv[1], "rb").read():
            c.sendall(bytes([byte]))
    except OSError:
        pass
    c.close()
CANNED
    STARTED+=($!)
    wait_until grep -q 'port [0-9]' canned.out
    PROXY=127.0.0.1:$(grep -oE '[0-9]+' canned.out)
}
