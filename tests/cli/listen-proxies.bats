# SPDX-License-Identifier: ISC
# listen-proxies.bats: -L and -D through real proxies that want authentication, each in its own way.

load helper
. "$top_srcdir/tests/cli/listening.bash"
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

# need SCHEME...: skips the test where nothing can make values of them.
need() {
    local scheme
    for scheme; do
        "$CULVERT" -V | grep -q "^authentication: $scheme by" || skip "$scheme is not here"
    done
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
            for how in "" "-H Transfer-Encoding:chunked" "-H Expect:"; do
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
    need Digest
    SQUID_SCHEMES=digest squid_start "acl CONNECT method CONNECT" "http_access deny CONNECT"
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    requests_go_through
}

@test "requests of any method go to an Apache that wants Digest" {
    server_need apache2 openssl
    need Digest
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
    need NTLM
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
    need Negotiate
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
    assert_line_in "$ERR" "has refused the password twice in a row"
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
    echo changed >answer
    sleep 2 # squid remembers it for one
    run ! opens "$WEB"
    run ! opens "$WEB"
    opens "$WEB"
    [ "$(wc -l <asked)" = 2 ]
}

@test "Basic that a proxy has taken is sent at once with the next request" {
    server_need squid openssl
    squid_start
    start_mirror
    start_listener -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file credentials -D 0
    for try in 1 2 3 4; do
        opens "$WEB"
    done
    [ "$(grep -c "CONNECT $WEB" "$SQUID_DIR/access.log")" = 5 ]
}
