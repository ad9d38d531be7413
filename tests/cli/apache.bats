# SPDX-License-Identifier: ISC
# apache.bats: through a real Apache with mod_proxy_connect.

load helper
. "$top_srcdir/tests/servers/apache.bash"

# Debian calls it apache2, others httpd.
APACHE=$(apache_program || echo apache2)

setup_file() {
    server_have "$APACHE" openssl || return 0
    apache_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need "$APACHE" openssl
    PROXY=127.0.0.1:$APACHE_PORT
    AUTH_PROXY=127.0.0.1:$APACHE_AUTH_PORT
    (umask 077 && printf '%s\n' "$APACHE_CREDENTIALS" >credentials && printf 'culvert:wrong\n' >wrong)
}

teardown() {
    exec 7>&-
    test_end
}

@test "Apache opens a tunnel, and what comes through it is whole" {
    start_target source:1000000
    open_input
    run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" 1000000
}

@test "Apache passes the end of input on, and the answer comes back" {
    start_target after-eof:100000
    run_culvert -N -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_pattern "$OUT" 100000
    assert_line_in "$TARGET_EVENTS" "received 6 $(checksum <<<hello)"
}

@test "Apache takes our credentials" {
    start_target line
    run_culvert -x "$AUTH_PROXY" --proxy-user-file credentials 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'hello\n'
}

@test "Apache wants credentials: status 5" {
    run_culvert -x "$AUTH_PROXY" 127.0.0.1 443 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" 407
}

@test "Apache does not believe a wrong password: status 5" {
    run_culvert -x "$AUTH_PROXY" --proxy-user-file wrong 127.0.0.1 443 </dev/null
    assert_status 5
    assert_complaint "$AUTH_PROXY" 407
}

@test "Apache forbids a port: status 6" {
    run_culvert -x "$PROXY" 127.0.0.1 9 </dev/null
    assert_status 6
    assert_complaint "$PROXY" 403
}

@test "Apache cannot reach the target: status 7" {
    run_culvert -x "$PROXY" 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 7
    assert_complaint "$PROXY" 503
}
