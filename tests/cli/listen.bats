# SPDX-License-Identifier: ISC
# listen.bats: -L and -D: many tunnels in one process, through a real squid and without a proxy.

load helper
. "$top_srcdir/tests/cli/listening.bash"
. "$top_srcdir/tests/servers/squid.bash"

setup_file() {
    server_have squid openssl || return 0
    ulimit -n "$(ulimit -Hn)"
    squid_start "max_filedescriptors 4096"
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    (umask 077 && printf '%s\n' "$SQUID_CREDENTIALS" >credentials)
}

teardown() {
    test_end
}

@test "-L leads each connection through squid, and what comes is whole" {
    server_need squid openssl
    start_web
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -L "0:$WEB"
    ask "http://127.0.0.1:$PORT/blob" >"$OUT"
    assert_pattern "$OUT" 100000
    ask "http://[::1]:$PORT/hello" >"$OUT"
    assert_out $'hello\n'
    end_listener
    assert_status 0
    assert_line_in "$ERR" "2: [::1]:"
    assert_line_in "$ERR" "(uid $(id -u)) to $WEB by 127.0.0.1:$SQUID_AUTH_PORT: status 0"
}

@test "-D speaks CONNECT, SOCKS 5 and SOCKS 4a on one port" {
    local way
    server_need squid openssl
    start_web
    start_listener -x "127.0.0.1:$SQUID_PORT" -D 0
    for way in "--proxytunnel --proxy http" "--proxy socks5h" "--proxy socks5" "--proxy socks4a" "--proxy socks4"; do
        # shellcheck disable=SC2086
        ask $way://127.0.0.1:"$PORT" "http://$WEB/blob" >"$OUT"
        assert_pattern "$OUT" 100000
    done
}

@test "-L and -D listen at Unix sockets that are one's own, and take away what a killed one left" {
    start_web
    start_listener --no-proxy -L "$TEST_DIR/to-web:$WEB" -D "$TEST_DIR/proxy"
    [ "$(stat -c %a to-web)" = 600 ]
    ask --unix-socket "$TEST_DIR/to-web" http://x/hello >"$OUT"
    assert_out $'hello\n'
    kill -KILL "$CULVERT_PID"
    wait_culvert
    [ -S to-web ]
    start_listener --no-proxy -L "$TEST_DIR/to-web:$WEB"
    ask --unix-socket "$TEST_DIR/to-web" http://x/hello >"$OUT"
    assert_out $'hello\n'
    ERR=$TEST_DIR/second run_culvert --no-proxy -L "$TEST_DIR/to-web:$WEB"
    assert_status 2
    assert_line_in second "cannot listen on $TEST_DIR/to-web: Address already in use"
    end_listener
    [ ! -e to-web ]
}

@test "a refusal is handed on, in the client's own protocol" {
    server_need squid openssl
    start_listener -x "127.0.0.1:$SQUID_PORT" -D 0
    ask -D head -p -x "http://127.0.0.1:$PORT" http://forbidden.example:22/ >"$OUT" 2>&1 || status=$?
    assert_status 56
    assert_line_in head "HTTP/1.1 403 Forbidden"
    grep -q '^Proxy-Status: culvert; error=http_request_denied; received-status=403; details="' head
    status=0
    ask -x "socks5h://127.0.0.1:$PORT" http://forbidden.example:22/ >"$OUT" 2>&1 || status=$?
    assert_status 97
    assert_line_in "$OUT" "(2)"
}

@test "a 407 that can't be answered becomes 502" {
    server_need squid openssl
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" -D 0
    ask -D head -p -x "http://127.0.0.1:$PORT" http://127.0.0.1:22/ >"$OUT" 2>&1 || status=$?
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    refute_line_in head "Proxy-Authenticate"
}

@test "nothing but a whole request for a tunnel is taken" {
    start_listener --no-proxy -D 0
    ask -X POST -d 'CONNECT 127.0.0.1:1 HTTP/1.1' "http://127.0.0.1:$PORT/" >"$OUT"
    assert_line_in "$OUT" "culvert: the client's request is one to a server, and this is a proxy"
    printf 'CONNECT a:1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc' | nc.openbsd -N 127.0.0.1 "$PORT" >"$OUT"
    assert_line_in "$OUT" "HTTP/1.1 400 Bad Request"
    printf '\x16\x03\x01\x02\x00' | nc.openbsd -N 127.0.0.1 "$PORT" >"$OUT"
    assert_line_in "$OUT" "HTTP/1.1 400 Bad Request"
}

# answer_to TEXT: what the listener answers to that, in printf's way.
answer_to() {
    # shellcheck disable=SC2059
    printf "$1" | timeout 20 nc.openbsd -N 127.0.0.1 "$PORT" >"$OUT"
}

@test "requests that could be read in two ways, or cost too much, are refused" {
    local many
    start_listener --no-proxy -D 0
    for wrong in 'GET http://a/\tb HTTP/1.1\r\n\r\n' 'GET http://a/\r HTTP/1.1\r\n\r\n' \
        'GET http://a/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nContent-Length: +1\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nContent-Length : 1\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nA: b\r\n Content-Length: 1\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nA: b\rContent-Length: 1\r\n\r\na' \
        'GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' \
        'GET http://a@b/ HTTP/1.1\r\n\r\n' 'CONNECT a HTTP/1.1\r\n\r\n' \
        'GET http://a:0/ HTTP/1.1\r\n\r\n' 'GET http:/// HTTP/1.1\r\n\r\n'; do
        answer_to "$wrong"
        grep -q '^HTTP/1.1 400 ' "$OUT" || fail "$wrong: $(head -n 1 "$OUT")"
    done
    answer_to 'GET http://a/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'
    assert_line_in "$OUT" "HTTP/1.1 501 "
    answer_to 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
    assert_line_in "$OUT" "HTTP/1.1 505 "
    many=$(printf 'a:\\r\\n%.0s' {1..257})
    answer_to "GET http://a/ HTTP/1.1\r\n$many\r\n"
    assert_line_in "$OUT" "HTTP/1.1 431 "
    many=$(printf 'a,%.0s' {1..33})
    answer_to "GET http://a/ HTTP/1.1\r\nConnection: $many\r\n\r\n"
    assert_line_in "$OUT" "HTTP/1.1 431 "
    answer_to "GET http://a/ HTTP/1.1\r\na: $(head -c 65536 /dev/zero | tr '\0' a)\r\n\r\n"
    assert_line_in "$OUT" "HTTP/1.1 431 "
}

@test "an answer that says in two ways where it ends, or that breaks off, goes to no client as whole" {
    printf 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello' >answer
    start_canned answer
    start_listener -x "$PROXY" -D 0
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    assert_line_in "$OUT" "two different Content-Lengths"
    printf 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n' >answer
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_out hello
    refute_line_in head Content-Length
    printf 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello' >answer
    status=0
    ask -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT" 2>curl.err || status=$?
    [ "$status" != 0 ]
    printf 'HTTP/1.1 200 OK\r\nConten' >answer
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    { printf 'HTTP/1.1 200 OK\r\n' && printf 'a:\r\n%.0s' {1..5000} && printf 'Connection: close\r\n\r\nhello'; } >answer
    ask -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_out hello
    printf 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n' >answer
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    { for _ in {1..100}; do printf 'HTTP/1.1 102 Processing\r\n\r\n'; done; } >answer
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in "$OUT" "interim answers without end"
}

@test "a client that goes while its tunnel is being opened leaves nothing behind" {
    start_proxy silent
    start_listener -w 60 -x "$PROXY" -D 0 -L 0:host.example:22
    exec 8<>"/dev/tcp/127.0.0.1/$(sed -nE '2s/.*listening on [^ ]*:([0-9]+) .*/\1/p' "$ERR")"
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'CONNECT a:1 HTTP/1.1\r\n\r\n' >&9
    wait_until grep -q '^2 request' "$PROXY_EVENTS"
    exec 8>&- 9>&-
    wait_until grep -q '^culvert: 1: .* the client went away' "$ERR"
    wait_until grep -q '^culvert: 2: .* the client went away' "$ERR"
}

@test "clients that ask for nothing make room for others" {
    start_web
    start_listener --no-proxy --max-tunnels 4 -D 0
    for fd in 61 62 63 64; do
        eval "exec $fd<>/dev/tcp/127.0.0.1/$PORT"
    done
    printf 'GET http' >&61
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    assert_line_in "$ERR" "it has asked for nothing, and others wait"
    for fd in 61 62 63 64; do
        eval "exec $fd>&-"
    done
}

@test "a tunnel to one's own listener is refused" {
    local host
    start_listener --no-proxy -D 0
    for host in localhost 127.0.0.1 127.1 0.0.0.0 '[::1]' '[::]' '[::ffff:127.0.0.1]' '[::ffff:0.0.0.0]'; do
        printf 'CONNECT %s:%s HTTP/1.1\r\n\r\n' "$host" "$PORT" |
            timeout 10 nc.openbsd 127.0.0.1 "$PORT" >./head || true
        assert_line_in head "HTTP/1.1 403 Forbidden"
    done
    run_culvert -x "127.0.0.1:$PORT" -D "$PORT"
    assert_status 2
}

@test "another user isn't served, but root and those who are let in" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    start_web
    start_listener --no-proxy -L "0:$WEB"
    setpriv --reuid 65534 --clear-groups curl -sS --max-time 20 "http://127.0.0.1:$PORT/hello" >"$OUT" 2>&1 || status=$?
    [ "${status:-0}" != 0 ]
    assert_line_in "$ERR" "(uid 65534) was turned away"
    end_listener
    start_listener --no-proxy --allow-user nobody -L "0:$WEB"
    setpriv --reuid 65534 --clear-groups curl -sS --max-time 20 "http://127.0.0.1:$PORT/hello" >"$OUT"
    assert_out $'hello\n'
    end_listener
    start_listener --no-proxy --any-user -L "0:$WEB"
    setpriv --reuid 1234 --clear-groups curl -sS --max-time 20 "http://127.0.0.1:$PORT/hello" >"$OUT"
    assert_out $'hello\n'
}

@test "with --listen-user-file clients show a password, by HTTP or SOCKS" {
    start_web
    (umask 077 && printf '# who may\nann:a pass:word\nbob:b\n' >users)
    start_listener --no-proxy --listen-user-file users -D 0
    ask -p -x "http://127.0.0.1:$PORT" -U "ann:a pass:word" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    ask -x "socks5h://bob:b@127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    ask -D head -p -x "http://127.0.0.1:$PORT" -U ann:b "http://$WEB/hello" >"$OUT" 2>&1 || true
    assert_line_in head "HTTP/1.1 407 Proxy Authentication Required"
    status=0
    ask -x "socks5h://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT" 2>&1 || status=$?
    assert_status 97
    status=0
    ask -x "socks5h://bob:a@127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT" 2>&1 || status=$?
    assert_status 97
    status=0
    ask -x "socks4a://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT" 2>&1 || status=$?
    assert_status 97
}

@test "other machines are served only if it is said which" {
    run_culvert --no-proxy -D 0.0.0.0:0
    assert_status 2
    assert_complaint "everybody could use a listener on 0.0.0.0" "--allow NETWORK"
    run_culvert --no-proxy -L "*:0:host:22"
    assert_status 2
    start_listener --no-proxy --allow 192.0.2.0/24 -D 0.0.0.0:0
    end_listener
    assert_status 0
}

@test "what -L and -D can't be is said" {
    local wrong
    for wrong in "-L 80" "-L a:b" "-L 0:host" "-L 0:host:0" "-L 65536:host:22" "-D x:y:z" "-D host.example:1" \
        "-D 0 host 22" "-L 0:h:1 -- true" "-D 0 -F" "-D 0 -z" "-D 0 --allow 1.2.3.4/33" "--drain 3 host 22" \
        "-L 0:h:1 --listen-user-file credentials" "-D 0 --tls" "-D fd" "-D 0 --allow-user no-such-user"; do
        # shellcheck disable=SC2086
        run_culvert --no-proxy $wrong </dev/null
        [ "$status" = 2 ] || fail "$wrong: status $status"
        [ "$(wc -l <"$ERR")" = 1 ] || fail "$wrong: $(cat "$ERR")"
    done
}

@test "a command is run with the port in its environment, and ends it with its status" {
    start_web
    # shellcheck disable=SC2016
    run_culvert --no-proxy -D 0 -- sh -c 'curl -sS -p -x "$https_proxy" "$0" && echo "$all_proxy" && exit 7' "http://$WEB/hello"
    assert_status 7
    assert_line_in "$OUT" hello
    assert_line_in "$OUT" http://127.0.0.1:
    assert_err ""
    run_culvert --no-proxy -D 0 -- no-such-command
    assert_status 2
    # shellcheck disable=SC2016
    run_culvert --no-proxy -D 0 -- sh -c 'kill -TERM $$'
    assert_status 143
    # shellcheck disable=SC2016
    start_culvert --no-proxy -D 0 -- sh -c 'kill -STOP $$' </dev/null
    wait_until sh -c "ps -o stat= --ppid $CULVERT_PID | grep -q T"
    end_listener
    assert_status 143
}

@test "SIGTERM lets tunnels end, and a second one ends them" {
    start_target line
    start_listener --no-proxy -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    wait_until grep -q accepted "$TARGET_EVENTS"
    kill "$CULVERT_PID"
    wait_until grep -q "no longer listening; 1 tunnels" "$ERR"
    run ! bash -c "exec 5<>/dev/tcp/127.0.0.1/$PORT"
    echo hello >&8
    read -r line <&8
    [ "$line" = hello ]
    exec 8>&-
    wait_culvert
    assert_status 0
    start_listener --no-proxy -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    kill "$CULVERT_PID"
    wait_until grep -q "no longer listening" "$ERR"
    kill "$CULVERT_PID"
    wait_culvert
    assert_status 0
    assert_line_in "$ERR" "ended with culvert"
    exec 8>&-
}

@test "--drain bounds how long tunnels go on" {
    start_target line
    start_listener --no-proxy --drain 0.2 -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    wait_until grep -q accepted "$TARGET_EVENTS"
    end_listener
    assert_status 0
    assert_line_in "$ERR" "1 tunnels are ended"
    exec 8>&-
}

@test "SIGUSR1 tells of each tunnel, SIGHUP opens the log again" {
    start_target line
    start_listener --no-proxy --log-file log -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    wait_until grep -q accepted "$TARGET_EVENTS"
    kill -USR1 "$CULVERT_PID"
    wait_until grep -q "1: 127.0.0.1:.* to 127.0.0.1:$TARGET_PORT directly: open for" "$ERR"
    mv log log.1
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "opened again" "$ERR"
    wait_until test -s log
    exec 8>&-
}

@test "more than --max-tunnels wait, and are served in their turn" {
    start_target line
    start_listener -N --no-proxy --max-tunnels 1 -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    wait_until grep -q accepted "$TARGET_EVENTS"
    (echo later | timeout 20 nc.openbsd -N 127.0.0.1 "$PORT" >"$OUT") 8>&- 3>&- &
    sleep 0.3
    [ ! -s "$OUT" ]
    exec 8>&-
    wait $!
    assert_out $'later\n'
}

@test "a small limit of descriptors loses nobody" {
    start_web
    (
        ulimit -n 64
        exec "$CULVERT" --no-proxy -L "0:$WEB" <&- 2>"$ERR" 3>&- 4>&-
    ) &
    CULVERT_PID=$!
    STARTED+=("$CULVERT_PID")
    wait_until listening
    PORT=$(sed -nE '/listening on/{s/.*listening on [^ ]*:([0-9]+).*/\1/p;q}' "$ERR")
    curl -sS --max-time 60 --parallel --parallel-immediate --parallel-max 100 -o "got.#1" \
        "http://127.0.0.1:$PORT/blob?[1-100]"
    [ "$(cat got.* | wc -c)" = 10000000 ]
    [ "$(ticks "$CULVERT_PID")" -lt 100 ]
}

# leave_descriptors N: culvert can have only so many more.
leave_descriptors() {
    local free=0 fd
    for ((fd = 0; free < $1; fd++)); do
        [ -e "/proc/$CULVERT_PID/fd/$fd" ] || free=$((free + 1))
    done
    prlimit --pid "$CULVERT_PID" "--nofile=$fd:"
}

@test "when descriptors are all gone it waits until one is there, and turns nobody away" {
    local fd=40
    start_target line
    start_listener -N --no-proxy -D 0
    leave_descriptors 5
    for fd in 61 62 63 64 65 66; do
        eval "exec $fd<>/dev/tcp/127.0.0.1/$PORT"
    done
    wait_until grep -q "cannot accept connections for now: Too many open files" "$ERR"
    sleep 2
    [ "$(ticks "$CULVERT_PID")" -lt 50 ]
    for fd in 61 62 63 64 65 66; do
        eval "exec $fd>&-"
    done
    echo hello |
        timeout 20 nc.openbsd -N -X 5 -x "127.0.0.1:$PORT" 127.0.0.1 "$TARGET_PORT" >"$OUT"
    assert_out $'hello\n'
    run ! grep -q "doesn't tell its user" "$ERR"
}

# start_notified: a socket for NOTIFY_SOCKET, whose datagrams come into the file "notified".
start_notified() {
    python3 -u - "$TEST_DIR/notify" >notified 2>/dev/null 3>&- 4>&- <<'NOTIFIED' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
NOTIFIED
    STARTED+=($!)
    wait_until test -S notify
}

@test "systemd is told when it is ready, that it lives, that it reads again, and that it stops" {
    start_notified
    export NOTIFY_SOCKET=$TEST_DIR/notify WATCHDOG_USEC=200000
    start_listener --no-proxy -D 0
    unset NOTIFY_SOCKET WATCHDOG_USEC
    wait_until grep -qx READY=1 notified
    wait_until sh -c '[ "$(grep -cx WATCHDOG=1 notified)" -ge 3 ]'
    kill -HUP "$CULVERT_PID"
    wait_until grep -qx RELOADING=1 notified
    wait_until grep -q '^MONOTONIC_USEC=[0-9]*$' notified
    wait_until sh -c '[ "$(grep -cx READY=1 notified)" = 2 ]'
    end_listener
    assert_status 0
    wait_until grep -qx STOPPING=1 notified
}

# activated VARIABLE=VALUE... COMMAND...: as systemd starts it, with a socket of its own in 3.
activated() {
    python3 - "$@" 3>&- 4>&- <<'ACTIVATED'
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
words = [word.replace("@", str(os.getpid())) for word in sys.argv[1:]]
at = next(i for i, word in enumerate(words) if "=" not in word)
for word in words[:at]:
    os.environ.update([word.split("=", 1)])
fd = os.dup(s.fileno())
os.dup2(fd, 3)
os.set_inheritable(3, True)
os.closerange(4, 64)
os.execv(words[at], words[at:])
ACTIVATED
}

@test "what systemd passes is not believed blindly" {
    run -2 activated LISTEN_PID=1 LISTEN_FDS=1 "$CULVERT" --no-proxy -D fd
    [[ $output == *"no descriptor was passed"* ]]
    run -2 activated LISTEN_PID=@ LISTEN_FDS=2 "$CULVERT" --no-proxy -D fd -L fd:host.example:22
    [[ $output == *"is no socket that listens"* ]]
    run -2 activated LISTEN_PID=@ LISTEN_FDS=-1 "$CULVERT" --no-proxy -D fd
    run -2 activated LISTEN_PID=@ LISTEN_FDS=x "$CULVERT" --no-proxy -D fd
    run -2 activated LISTEN_PID=@ LISTEN_FDS=1 LISTEN_FDNAMES=other "$CULVERT" --no-proxy -D fd=web
    [[ $output == *"no descriptor called web"* ]]
    run -2 activated LISTEN_PID=@ LISTEN_FDS=99999 "$CULVERT" --no-proxy -D fd -D fd -D fd
}

@test "sockets are taken from systemd, by order and by name" {
    server_need systemd-socket-activate
    start_web
    mapfile -t ports < <("$TOOLS/target" --free-ports 2)
    systemd-socket-activate -l "127.0.0.1:${ports[0]}" -l "127.0.0.1:${ports[1]}" --fdname=web:proxy \
        "$CULVERT" --no-proxy -D fd=proxy -L "fd=web:$WEB" 2>"$ERR" 3>&- 4>&- &
    CULVERT_PID=$!
    STARTED+=("$CULVERT_PID")
    wait_until grep -q Listening "$ERR"
    ask "http://127.0.0.1:${ports[0]}/hello" >"$OUT"
    assert_out $'hello\n'
    ask -p -x "http://127.0.0.1:${ports[1]}" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
}

@test "-D passes requests in absolute form on: to the proxy, with its authentication, or directly" {
    server_need squid openssl
    start_web
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/blob" >"$OUT"
    assert_pattern "$OUT" 100000
    ask -I -x "http://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    grep -q '^Via:.*squid' "$OUT"
    end_listener
    assert_status 0
    start_listener --no-proxy -D 0
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/blob" >"$OUT"
    assert_pattern "$OUT" 100000
    ask -x "http://127.0.0.1:$PORT" "http://127.0.0.1:$(closed_port)/" -D head >"$OUT"
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    assert_line_in "$OUT" "culvert: target 127.0.0.1:"
}

@test "bodies of any size go up whole, held or not, with authentication" {
    local size how
    server_need squid openssl
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    for size in 0 10 60000 70000 3000000; do
        pattern "$size" >body
        for how in "" "-H Transfer-Encoding:chunked"; do
            # shellcheck disable=SC2086
            ask -x "http://127.0.0.1:$PORT" $how --data-binary @body "http://$WEB/x" >"$OUT"
            tail -c "$size" "$OUT" >got
            cmp body got || fail "$size $how: $(head -c 600 "$OUT")"
        done
    done
}

@test "what is meant for us isn't passed on, and nothing behind a request is" {
    start_mirror
    start_listener --no-proxy -D 0
    printf 'GET http://%s/a?b HTTP/1.1\r\nHost: evil\r\nProxy-Authorization: Basic eDp5\r\nConnection: X-A\r\nX-A: 1\r\nX-B: 2\r\n\r\nGET http://%s/second HTTP/1.1\r\n\r\n' \
        "$WEB" "$WEB" | nc.openbsd 127.0.0.1 "$PORT" >"$OUT"
    assert_line_in "$OUT" "GET /a?b HTTP/1.1"
    assert_line_in "$OUT" "Host: $WEB"
    assert_line_in "$OUT" "X-B: 2"
    assert_line_in "$OUT" "Connection: close"
    refute_line_in "$OUT" X-A
    refute_line_in "$OUT" Proxy-Auth
    refute_line_in "$OUT" second
    [ "$(grep -c '^HTTP/' "$OUT")" = 1 ]
    end_listener
    start_listener -x "http://$WEB" --proxy-header 'Host: proxy.example' --proxy-header 'X-P: 1' -D 0
    ask -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in "$OUT" "X-P: 1"
    assert_line_in "$OUT" "Host: host.example"
    refute_line_in "$OUT" proxy.example
}

# descriptors: how many culvert has open.
descriptors() {
    find "/proc/$CULVERT_PID/fd" -type l | wc -l
}

holds_descriptors() {
    [ "$(descriptors)" = "$1" ]
}

@test "a client that says nothing, or not all, or stays when it was refused, is given up" {
    local before
    start_listener --no-proxy -D 0
    before=$(descriptors)
    exec 5<>"/dev/tcp/127.0.0.1/$PORT" 6<>"/dev/tcp/127.0.0.1/$PORT" 7<>"/dev/tcp/127.0.0.1/$PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'CONNECT host.example:22 HTTP/1.1\r\n' >&6
    printf '\5\1' >&7
    printf 'CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n' >&8
    wait_until holds_descriptors $((before + 4))
    wait_until holds_descriptors $((before + 3)) # which takes 2 s
    wait_until holds_descriptors "$before" || wait_until holds_descriptors "$before" # and this 10
    timeout 5 cat <&6 >"$OUT"
    assert_line_in "$OUT" "HTTP/1.1 504"
    assert_line_in "$ERR" "the client sent no whole request in 10 s"
    exec 5>&- 6>&- 7>&- 8>&-
}

@test "chunks that others may read in another way are refused, and not passed on" {
    local chunks
    start_mirror
    start_listener --no-proxy -D 0
    for chunks in '3\nabc\r\n0\r\n\r\n' '3\r\nabc\n0\r\n\r\n' '3;a=\nb\r\nabc\r\n0\r\n\r\n' '3\r\nabc\r\n0\r\n\n' \
        '3\r\nabc\r\n0\r\nA: b\rC: d\r\n\r\n' '3;\0\r\nabc\r\n0\r\n\r\n' 'x\r\n'; do
        { printf 'POST http://%s/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n' "$WEB" && printf "%b" "$chunks"; } |
            timeout 10 nc.openbsd 127.0.0.1 "$PORT" >"$OUT"
        assert_line_in "$OUT" "HTTP/1.1 400 Bad Request"
        refute_line_in "$OUT" "HTTP/1.1 200"
    done
    printf 'POST http://%s/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n' "$WEB" |
        timeout 10 nc.openbsd 127.0.0.1 "$PORT" >"$OUT"
    assert_line_in "$OUT" "HTTP/1.1 200"
}

@test "a client that has gone ends its tunnel at once, one that only half-closes doesn't" {
    start_target after-eof:10
    start_listener --shutdown-after 60 --no-proxy -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    wait_until grep -q accepted "$TARGET_EVENTS"
    exec 8>&-
    wait_until grep -q "1: 127.0.0.1:.* status" "$ERR"
    end_listener
    start_listener --shutdown-after 1 --no-proxy -L "0:127.0.0.1:$TARGET_PORT"
    echo hello | nc.openbsd -N 127.0.0.1 "$PORT" >"$OUT"
    [ "$(wc -c <"$OUT")" = 10 ]
}

# CROWD=1000 is for a machine that has nothing else to do.
@test "hundreds of tunnels at once through squid carry 100 MB each way, byte for byte" {
    local count=${CROWD:-500}
    server_need squid openssl
    start_tool crowd --echo
    start_listener -x "127.0.0.1:$SQUID_PORT" -L "0:127.0.0.1:$TOOL_PORT"
    "$TOOLS/crowd" --to "$PORT" --count "$count" --size $((100000000 / count)) >"$OUT"
    assert_line_in "$OUT" "100000000 bytes each way"
}

@test "what no_proxy has is dialled directly, for each request, and -v says so" {
    start_web
    export no_proxy=127.0.0.1 https_proxy=http://127.0.0.1:1
    start_listener -v -D 0
    unset no_proxy https_proxy
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    ask -x "socks5h://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    assert_line_in "$ERR" "1: no_proxy exempts 127.0.0.1: connecting directly"
    assert_line_in "$ERR" "2: no_proxy exempts 127.0.0.1: connecting directly"
    ask -D head -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
}

@test "what a crowd has taken is given back when it has gone" {
    local before
    start_tool crowd --echo
    start_listener --no-proxy -L "0:127.0.0.1:$TOOL_PORT"
    before=$(ls "/proc/$CULVERT_PID/fd")
    "$TOOLS/crowd" --to "$PORT" --count 100 --size 100000 >"$OUT"
    assert_line_in "$OUT" "10000000 bytes each way"
    wait_until sh -c "[ '$before' = \"\$(ls /proc/$CULVERT_PID/fd)\" ]"
}

# resident: how many KiB of memory culvert has.
resident() {
    awk '/^VmRSS/ { print $2 }' "/proc/$CULVERT_PID/status"
}

holds_memory() {
    (($(resident) < $1))
}

@test "a flood of clients that ask for nothing keeps nobody out, and leaves nothing behind" {
    local forward descriptors memory
    start_tool crowd --echo
    start_listener --no-proxy --max-tunnels 100 -D 0 -L "0:127.0.0.1:$TOOL_PORT"
    forward=$(sed -nE '2s/.*listening on [^ ]*:([0-9]+) .*/\1/p' "$ERR")
    "$TOOLS/crowd" --to "$forward" --count 20 --size 1000 >"$OUT"
    descriptors=$(descriptors) memory=$(resident)
    mkfifo held
    "$TOOLS/flood" "$PORT" 160 <held >flood.out 3>&- 4>&- &
    STARTED+=("$!")
    exec 9>held
    wait_until grep -q here flood.out
    "$TOOLS/crowd" --to "$forward" --count 20 --size 1000 >"$OUT"
    assert_line_in "$OUT" "20000 bytes each way"
    assert_line_in "$ERR" "it has asked for nothing, and others wait"
    exec 9>&-
    wait_until holds_descriptors "$descriptors"
    is_sanitized || wait_until holds_memory $((memory + 1024))
}

@test "git goes through -D, by HTTP and by SOCKS" {
    server_need git
    git -c init.defaultBranch=main init -q --bare repository.git
    git -c init.defaultBranch=main init -q work
    (cd work && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first &&
        git push -q ../repository.git HEAD:refs/heads/main)
    git -C repository.git update-server-info
    mkdir web
    mv repository.git web
    start_web
    start_listener --no-proxy -D 0
    GIT_CONFIG_NOSYSTEM=1 git -c http.proxy="http://127.0.0.1:$PORT" clone -q "http://$WEB/repository.git" one
    GIT_CONFIG_NOSYSTEM=1 git -c http.proxy="socks5h://127.0.0.1:$PORT" clone -q "http://$WEB/repository.git" two
    [ "$(git -C one log --format=%s)$(git -C two log --format=%s)" = firstfirst ]
}

@test "apt-get updates and downloads through -D and squid" {
    server_need squid openssl apt-get apt-ftparchive dpkg-deb
    mkdir -p web/pool package/DEBIAN etc/apt.conf.d etc/preferences.d etc/sources.list.d lists/partial cache/archives/partial
    printf 'Package: culvert-test\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: none\n' >package/DEBIAN/control
    dpkg-deb -b package web/pool/culvert-test_1_all.deb >/dev/null
    (cd web && apt-ftparchive packages pool >Packages 2>/dev/null && apt-ftparchive release . >../Release 2>/dev/null && mv ../Release .)
    start_web
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    echo "deb [trusted=yes] http://$WEB/ ./" >etc/sources.list
    : >status
    apt_here() {
        apt-get -qq -o Dir::Etc="$PWD/etc" -o Dir::State="$PWD" -o Dir::State::lists="$PWD/lists" \
            -o Dir::State::status="$PWD/status" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root \
            -o Acquire::http::Proxy="http://127.0.0.1:$PORT" "$@" 2>&1
    }
    apt_here update
    apt_here download culvert-test
    cmp culvert-test_1_all.deb web/pool/culvert-test_1_all.deb
    grep -q "GET http://$WEB/./Packages\|GET http://$WEB/Packages" "$SQUID_DIR/access.log"
}

@test "redis-cli speaks over -L" {
    server_need redis-server redis-cli
    local port
    port=$(closed_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$TEST_DIR" >redis.log 2>&1 3>&- 4>&- &
    STARTED+=($!)
    wait_until server_accepts "$port"
    start_listener --no-proxy -L "0:127.0.0.1:$port"
    redis-cli -p "$PORT" set a "b c" >"$OUT"
    redis-cli -p "$PORT" get a >>"$OUT"
    assert_out $'OK\nb c\n'
}

@test "a proxy that dies ends its tunnels, and new clients are told of it" {
    start_proxy proxy
    local proxy=$TOOL_PID
    start_target line
    start_listener -x "$PROXY" -D 0 -L "0:127.0.0.1:$TARGET_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$(sed -nE '2s/.*listening on [^ ]*:([0-9]+) .*/\1/p' "$ERR")"
    wait_until grep -q accepted "$TARGET_EVENTS"
    kill -KILL "$proxy"
    timeout 10 cat <&8 >"$OUT" 2>/dev/null || true
    exec 8>&-
    wait_until grep -q "1: 127.0.0.1:.* status" "$ERR"
    ask -D head -p -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT" 2>&1 || true
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    assert_line_in head "Proxy-Status: culvert; error=destination_unavailable"
}

@test "the units for systemd are right, and hardened" {
    server_need systemd-analyze
    mkdir units
    sed 's,^ExecStart=culvert,ExecStart=/bin/true,; s,^ExecReload=kill,ExecReload=/bin/true,' \
        "$top_srcdir/man/systemd/culvert.service" >units/culvert.service
    cp "$top_srcdir/man/systemd/culvert.socket" units
    systemd-analyze security --offline=yes --threshold=20 units/culvert.service >"$OUT" 2>&1 ||
        fail "$(tail -n 2 "$OUT")"
}

@test "a refused password stops all tunnels until it changes" {
    server_need squid openssl
    start_web
    (umask 077 && echo "${SQUID_CREDENTIALS%%:*}:wrong" >changing)
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-basic --proxy-user-file changing -L "0:$WEB"
    for try in 1 2 3 4 5 6; do
        ! ask "http://127.0.0.1:$PORT/hello" >"$OUT" 2>&1 || fail "try $try went through"
    done
    [ "$(grep -c "CONNECT $WEB" "$SQUID_DIR/access.log")" -le 2 ]
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    for try in 1 2 3 4; do
        run ! ask "http://127.0.0.1:$PORT/hello"
    done
    [ "$(grep -c "CONNECT $WEB" "$SQUID_DIR/access.log")" -le 3 ]
    cp credentials changing
    kill -HUP "$CULVERT_PID"
    wait_until test "$(grep -c "read again" "$ERR")" -ge 1
    wait_until ask -o "$OUT" "http://127.0.0.1:$PORT/hello"
    assert_out $'hello\n'
}

@test "requests go through a squid that wants Digest, and nobody is locked out" {
    server_need squid openssl
    start_web
    SQUID_SCHEMES=digest squid_start
    STARTED+=("$SERVER_PID")
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/blob" >"$OUT"
    assert_pattern "$OUT" 100000
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    ask -p -x "http://127.0.0.1:$PORT" "http://$WEB/hello" >"$OUT"
    assert_out $'hello\n'
    server_end "$SERVER_PID"
    rm -rf "$SERVER_DIR"
}
