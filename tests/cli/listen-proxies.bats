# SPDX-License-Identifier: ISC
# listen-proxies.bats: -L and -D through real proxies that want authentication, each in its own way.

load helper
. "$top_srcdir/tests/cli/listening.bash"
. "$top_srcdir/tests/servers/certificates.bash"
. "$top_srcdir/tests/servers/sshd.bash"
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/apache.bash"
. "$top_srcdir/tests/servers/kdc.bash"
. "$top_srcdir/tests/servers/samba.bash"

setup() {
    test_begin
    (umask 077 && printf '%s\n' "$SQUID_CREDENTIALS" >credentials)
}

teardown() {
    samba_stop
    servers_stop
    test_end
}

# requests_go_through: requests of many kinds, each whole.
requests_go_through() {
    local size method how
    ask -x "http://127.0.0.1:$PORT" "http://$WEB/a?b=c&d=%20e" >"$OUT"
    assert_line_in "$OUT" "GET /a?b=c&d=%20e HTTP/1.1"
    ask -I -x "http://127.0.0.1:$PORT" "http://$WEB/" >"$OUT"
    assert_line_in "$OUT" "X-Method: HEAD"
    for size in 0 10 60000 70000 3000000; do
        pattern "$size" >body
        for method in POST PUT BREW; do
            for how in "" "-H Transfer-Encoding:chunked" "-H Expect:" "--http1.0"; do
                # shellcheck disable=SC2086
                ask -x "http://127.0.0.1:$PORT" -X $method $how --data-binary @body "http://$WEB/x" >"$OUT"
                tail -c "$size" "$OUT" >got
                cmp body got || fail "$method $size $how: $(head -c 600 "$OUT")"
                assert_line_in "$OUT" "$method /x HTTP/1.1"
            done
        done
    done
}

@test "requests of any method go to a squid that wants Digest, without a tunnel" {
    server_need squid openssl
    need_schemes Digest
    SQUID_SCHEMES=digest squid_start "acl CONNECT method CONNECT" "http_access deny CONNECT"
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    requests_go_through
}

@test "requests of any method go to an Apache that wants Digest" {
    server_need apache2 openssl
    need_schemes Digest
    APACHE_SCHEME=Digest apache_start "$(apache_module proxy_http)"
    start_mirror
    start_listener -x "127.0.0.1:$APACHE_AUTH_PORT" --proxy-user-file credentials -D 0
    requests_go_through
}

# tunnels_go_through: by CONNECT and SOCKS, several at once.
tunnels_go_through() {
    ask -p -x "http://127.0.0.1:$PORT" "http://$WEB/c" >"$OUT"
    assert_line_in "$OUT" "GET /c HTTP/1.1"
    ask --parallel --parallel-immediate --parallel-max 20 -x "socks5h://127.0.0.1:$PORT" -o "at-once.#1" "http://$WEB/[1-20]"
    grep -q 'GET /20 HTTP/1.1' at-once.20
    [ "$(cat at-once.* | grep -c '^GET /')" = 20 ]
}

@test "requests and tunnels go through a squid with NTLM, which samba checks" {
    server_need squid openssl
    samba_need
    need_schemes NTLM
    samba_start 'ann:a pass:word'
    SQUID_SCHEMES=samba_ntlm squid_start
    (umask 077 && echo 'ann:a pass:word' >ann)
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file ann -D 0
    requests_go_through
    tunnels_go_through
    [ "$(samba_bad_passwords ann)" = 0 ]
}

@test "requests and tunnels go through a squid with Negotiate, by a ticket" {
    server_need squid openssl krb5kdc kinit
    need_schemes Negotiate
    kdc_start
    SQUID_SCHEMES=negotiate squid_start
    kdc_ticket
    start_mirror
    start_listener -x "localhost:$SQUID_AUTH_PORT" -D 0
    requests_go_through
    tunnels_go_through
}

# start_denying: a squid that wants Basic, and answers 407 also to who is known, for denied.example.
start_denying() {
    squid_start "acl denied dstdomain -n denied.example" "http_access deny denied known"
}

# opens HOST:PORT: whether a tunnel to it opens, through -D.
opens() {
    ask -o "$OUT" -x "socks5h://127.0.0.1:$PORT" "http://$1/" 2>curl.err
}

@test "a target that is denied by 407 stops no tunnels to others" {
    server_need squid openssl
    start_denying
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    opens "$WEB"
    for try in 1 2 3 4; do
        run ! opens denied.example:80
        run ! opens denied.example:443
    done
    [ "$(grep -c "CONNECT denied.example" "$SQUID_DIR/access.log")" -le 4 ]
    assert_line_in "$ERR" "the password was right, and is refused now"
    opens "$WEB"
    run ! opens denied.example:80
    opens "$WEB"
}

@test "SIGHUP lifts what the refusals of a denied target have stopped" {
    server_need squid openssl
    start_denying
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    opens "$WEB"
    for try in 1 2 3; do
        run ! opens denied.example:80
    done
    run ! opens "localhost:${WEB##*:}"
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    opens "localhost:${WEB##*:}"
}

@test "targets that are forbidden or down don't stop a password that wasn't believed yet" {
    local closed
    server_need squid openssl
    squid_start
    start_mirror
    closed=$(closed_port)
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    for try in 1 2 3; do
        run ! opens "127.0.0.1:$closed"
    done
    opens "$WEB"
}

@test "a command is asked again when its password was right and is right no longer" {
    server_need squid openssl
    squid_start "auth_param basic credentialsttl 1 second"
    start_mirror
    echo "${SQUID_CREDENTIALS#*:}" >answer
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user "${SQUID_CREDENTIALS%%:*}" \
        --password-command 'echo asked >>asked; cat answer' -D 0
    opens "$WEB"
    opens "$WEB"
    [ "$(wc -l <asked)" = 1 ]
    printf '%s:%s\n' "${SQUID_CREDENTIALS%%:*}" "$(openssl passwd -apr1 changed)" >"$SQUID_DIR/passwords"
    touch -d '+5 seconds' "$SQUID_DIR/passwords" # squid's program looks at the second of it
    echo changed >answer
    sleep 2 # squid remembers it for one
    run ! opens "$WEB"
    run ! opens "$WEB"
    opens "$WEB"
    [ "$(wc -l <asked)" = 2 ]
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    opens "$WEB"
    [ "$(wc -l <asked)" = 3 ]
}

@test "Basic that a proxy has taken is sent at once with the next request" {
    server_need squid openssl
    squid_start
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    for try in 1 2 3 4; do
        opens "$WEB"
    done
    wait_until asked_times 5
    sleep 0.3
    asked_times 5
}

# asked_times COUNT: squid, for a tunnel; it writes that down when the tunnel has ended.
asked_times() {
    [ "$(grep -c "CONNECT $WEB" "$SQUID_DIR/access.log")" = "$1" ]
}

@test "tunnels and requests go by an https:// proxy with Basic, and by a chain of two squids" {
    server_need squid openssl
    mapfile -t free < <("$TOOLS/target" --free-ports 1)
    certificates_make "$TEST_DIR/certificates"
    chmod -R a+rX "$TEST_DIR" # squid reads them as its own user
    squid_start "https_port 127.0.0.1:${free[0]} tls-cert=$TEST_DIR/certificates/good.pem" \
        "acl tls localport ${free[0]}" "http_access deny tls !known"
    start_mirror
    start_listener -x "https://localhost:${free[0]}" --proxy-cacert certificates/ca.pem \
        --proxy-user-file credentials -D 0
    tunnels_go_through
    requests_go_through
    end_listener
    local first=$SQUID_AUTH_PORT log=$SQUID_DIR/access.log
    squid_start
    start_listener -x "127.0.0.1:$first" --proxy-user-file credentials \
        -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    tunnels_go_through
    requests_go_through
    grep -q "CONNECT 127.0.0.1:$SQUID_AUTH_PORT" "$log"
    grep -q "POST http://$WEB/x" "$SQUID_DIR/access.log"
}

@test "a proxy that isn't there is told as such, and the listener stays" {
    local closed
    closed=$(closed_port)
    start_listener -x "127.0.0.1:$closed" -D 0 -L 0:host.example:22
    ask -D head -p -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT" 2>&1 || true
    assert_line_in head "HTTP/1.1 502 Bad Gateway"
    assert_line_in head "Proxy-Status: culvert; error=destination_unavailable"
    ask -x "http://127.0.0.1:$PORT" http://host.example/ >"$OUT"
    assert_line_in "$OUT" "culvert: proxy 127.0.0.1:$closed: cannot connect"
    ask -x "socks5h://127.0.0.1:$PORT" http://host.example/ >"$OUT" 2>&1 || status=$?
    assert_status 97
    exec 8<>"/dev/tcp/127.0.0.1/$(sed -nE '2s/.*listening on [^ ]*:([0-9]+) .*/\1/p' "$ERR")"
    timeout 10 cat <&8 >"$OUT" 2>/dev/null || true
    exec 8>&-
    assert_line_in "$ERR" "to host.example:22 by 127.0.0.1:$closed: status 3"
    end_listener
    assert_status 0
}

@test "kill -9 of a squid ends the tunnels through it, and a new one is used at once" {
    server_need squid openssl
    squid_start
    start_tool crowd --echo
    start_listener -N -x "127.0.0.1:$SQUID_PORT" -L "0:127.0.0.1:$TOOL_PORT"
    for fd in 61 62 63 64; do
        eval "exec $fd<>/dev/tcp/127.0.0.1/$PORT"
        echo "$fd" >&"$fd"
        read -r -t 10 -u "$fd" line
        [ "$line" = "$fd" ]
    done
    kill -KILL "$SERVER_PID"
    for fd in 61 62 63 64; do
        timeout 10 cat <&"$fd" >"$OUT" 2>/dev/null || true
        eval "exec $fd>&-"
    done
    wait_until sh -c "[ \"\$(grep -c 'ended after' '$ERR')\" = 4 ]"
    (squid_run >/dev/null 2>&1 3>&- 4>&-) &
    STARTED+=($!)
    wait_until server_accepts "$SQUID_PORT"
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    echo hello >&8
    read -r -t 10 line <&8
    [ "$line" = hello ]
    exec 8>&-
}

@test "ssh goes through -D by nc -X 5 and by nc -X connect" {
    local way
    server_need squid openssl sshd ssh ssh-keygen nc.openbsd
    squid_start
    sshd_start
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    for way in 5 connect; do
        status=0
        timeout 20 ssh -F "$SSH_CONFIG" -o "ProxyCommand=nc.openbsd -X $way -x 127.0.0.1:$PORT %h %p" \
            server 'tr a-z A-Z; exit 3' <<<"hello" >"$OUT" || status=$?
        assert_status 3
        assert_out $'HELLO\n'
    done
}

@test "psql speaks over -L, through squid" {
    server_need squid openssl initdb postgres psql
    local port
    port=$(closed_port)
    squid_start
    mkdir database
    chmod 755 "$TEST_DIR"
    as() { "$@"; }
    if [ "$(id -u)" = 0 ]; then
        chown nobody database
        as() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/ "$@"; }
    fi
    as initdb -D "$TEST_DIR/database" -U me -A trust --no-sync >initdb.log
    as postgres -D "$TEST_DIR/database" -p "$port" -h 127.0.0.1 -k '' -F >postgres.log 2>&1 3>&- 4>&- &
    STARTED+=($!)
    wait_until server_accepts "$port"
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -L "0:127.0.0.1:$port"
    wait_until psql -h 127.0.0.1 -p "$PORT" -U me -At -c 'select 6 * 7' postgres -o "$OUT"
    assert_out $'42\n'
    psql -h 127.0.0.1 -p "$PORT" -U me -At -c "select repeat('x', 3000000)" postgres | tr -d '\n' | wc -c >"$OUT"
    assert_out $'3000000\n'
}

# start_slow SCHEME: a proxy that says so late what it wants that the body of a request is gone, to
# all but OPTIONS; "open" wants nothing. It answers with the size of the body; sets PROXY.
start_slow() {
    python3 -u - "$1" >slow.out 2>slow.err 3>&- 4>&- <<'SLOW' &
import socket, sys, threading, time
def serve(c):
    while True:
        data = b""
        while b"\r\n\r\n" not in data:
            part = c.recv(65536)
            if not part:
                return
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        open("slow.log", "ab").write(head + b"\n\n")
        shown = b"Proxy-Authorization" in head or sys.argv[1] == "open"
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r")[0])
        if shown and head.startswith(b"OPTIONS"):
            c.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
            continue
        if not shown:
            if not head.startswith(b"OPTIONS"):
                time.sleep(1.2)
            c.sendall(b'HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Authenticate: '
                      + sys.argv[1].encode() + b' realm="a", qop="auth", nonce="n"\r\n\r\n')
            if length:
                return
            continue
        c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < length:
            body += c.recv(65536)
        text = b"%d" % len(body)
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
s = socket.create_server(("127.0.0.1", 0))
print("port", s.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
SLOW
    STARTED+=($!)
    wait_until grep -q 'port [0-9]' slow.out
    PROXY=127.0.0.1:$(grep -oE '[0-9]+' slow.out)
}

# posts TIMES: a large body goes through, so often.
posts() {
    pattern 200000 >large
    start_listener -x "http://$PROXY" --proxy-user-file credentials -D 0
    for ((try = 0; try < $1; try++)); do
        ask --data-binary @large -x "http://127.0.0.1:$PORT" 'http://host.example/a?b=c' >"$OUT"
        assert_out 200000
    done
    end_listener
}

@test "what a slow proxy wants is known before a large body is sent" {
    need_schemes Digest
    start_slow Digest
    posts 1
    [ "$(grep -c ^OPTIONS slow.log)" = 1 ]
    [ "$(grep -c ^POST slow.log)" = 1 ]
    grep -q 'uri="/a?b=c"' slow.log
    start_slow open
    : >slow.log
    posts 2
    [ "$(grep -c ^OPTIONS slow.log)" = 1 ] || fail "one that wants nothing was asked again"
    grep -q '^Max-Forwards: 0' slow.log
}

@test "a nonce that is called old is answered anew for the request itself" {
    need_schemes Digest
    local no='HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\nProxy-Authenticate: Digest realm="a", qop="auth"'
    # shellcheck disable=SC2059
    printf "$no, nonce=\"one\"\r\n\r\n" >answer.1
    # shellcheck disable=SC2059
    printf "$no, nonce=\"two\", stale=true\r\n\r\n" >answer.2
    printf 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' >answer
    start_canned answer
    start_listener -x "$PROXY" --proxy-user-file credentials -D 0
    ask -X BREW -d tea -x "http://127.0.0.1:$PORT" 'http://host.example/pot?a=b' >"$OUT"
    assert_out hello
    [ "$(grep -c 'BREW http://host.example/pot?a=b HTTP/1.1' canned.log)" = 3 ]
    grep -q 'nonce="one".*uri="/pot?a=b"' canned.log
    grep -q 'nonce="two".*uri="/pot?a=b"' canned.log
}
