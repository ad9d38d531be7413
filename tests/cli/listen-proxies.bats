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
