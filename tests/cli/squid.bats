# SPDX-License-Identifier: ISC
# squid.bats: through a real squid.

load helper
. "$top_srcdir/tests/servers/squid.bash"

setup_file() {
    server_have squid openssl || return 0
    squid_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid openssl
    PROXY=127.0.0.1:$SQUID_PORT
    AUTH_PROXY=127.0.0.1:$SQUID_AUTH_PORT
    (umask 077 && printf '%s\n' "$SQUID_CREDENTIALS" >credentials && printf 'culvert:wrong\n' >wrong)
}

teardown() {
    exec 7>&-
    test_end
}

@test "squid opens a tunnel, and what comes through it is whole" {
    start_target source:1000000
    open_input
    run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" 1000000
}

@test "a question and its answer go through squid" {
    start_target line
    run_culvert --no-shutdown -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'hello\n'
}

@test "squid ends a tunnel when one side has ended, and so do we" {
    start_target after-eof:10
    run_culvert -N -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    wait_until grep -q "received 6 $(checksum <<<hello)" "$TARGET_EVENTS"
}

@test "squid takes our credentials" {
    start_target line
    run_culvert --no-shutdown -x "$AUTH_PROXY" --proxy-user-file credentials \
        127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'hello\n'
}

@test "squid wants credentials: status 5" {
    run_culvert -x "$AUTH_PROXY" 127.0.0.1 22 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" 407
}

@test "squid does not believe a wrong password: status 5" {
    run_culvert -x "$AUTH_PROXY" --proxy-user-file wrong 127.0.0.1 22 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" 407
}

@test "squid forbids a port: status 6" {
    run_culvert -x "$PROXY" 127.0.0.1 9 </dev/null
    assert_status 6
    assert_complaint "$PROXY" 403
}

@test "squid forbids a domain: status 6" {
    run_culvert -x "$PROXY" forbidden.example 443 </dev/null
    assert_status 6
    assert_complaint "$PROXY" 403
}

@test "squid cannot reach the target: status 7" {
    run_culvert -x "$PROXY" 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 7
    assert_complaint "$PROXY" 503
}
