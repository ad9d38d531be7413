# SPDX-License-Identifier: ISC
# tinyproxy.bats: through a real tinyproxy.

load helper
. "$top_srcdir/tests/servers/tinyproxy.bash"

setup_file() {
    server_have tinyproxy || return 0
    tinyproxy_start
    export OPEN_PORT=$TINYPROXY_PORT
    tinyproxy_start 'BasicAuth culvert right-password' 'ConnectPort 443'
    export AUTH_PORT=$TINYPROXY_PORT
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need tinyproxy
    PROXY=127.0.0.1:$OPEN_PORT
    AUTH_PROXY=127.0.0.1:$AUTH_PORT
    (umask 077 && printf 'culvert:right-password\n' >credentials && printf 'culvert:wrong\n' >wrong)
}

teardown() {
    exec 7>&-
    test_end
}

@test "tinyproxy opens a tunnel, and what comes through it is whole" {
    start_target source:1000000
    open_input
    run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" 1000000
}

@test "a question and its answer go through tinyproxy" {
    start_target line
    run_culvert --no-shutdown -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'hello\n'
}

@test "tinyproxy ends a tunnel when one side has ended, and so do we" {
    start_target after-eof:10
    run_culvert -N -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    wait_until grep -q "received 6 $(checksum <<<hello)" "$TARGET_EVENTS"
}

@test "tinyproxy takes our credentials and then has other objections: status 6" {
    run_culvert -x "$AUTH_PROXY" --proxy-user-file credentials 127.0.0.1 22 </dev/null
    assert_status 6
    assert_complaint "$AUTH_PROXY" 403
}

@test "tinyproxy wants credentials: status 5" {
    run_culvert -x "$AUTH_PROXY" 127.0.0.1 443 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" 407
}

@test "tinyproxy does not believe a wrong password: status 5" {
    run_culvert -x "$AUTH_PROXY" --proxy-user-file wrong 127.0.0.1 443 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" "does not believe the credentials"
}

@test "tinyproxy cannot reach the target: status 7" {
    run_culvert -x "$PROXY" 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 7
    assert_complaint "$PROXY"
}
