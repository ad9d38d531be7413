# SPDX-License-Identifier: ISC
# chain.bats: several proxies, one behind the other.

load helper
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/tinyproxy.bash"

setup_file() {
    server_have squid || return 0
    server_have tinyproxy || return 0
    SQUID_CREDENTIALS=first:one squid_start
    export FIRST_PORT=$SQUID_AUTH_PORT FIRST_LOG=$SQUID_DIR/access.log
    tinyproxy_start 'BasicAuth second two'
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid
    server_need tinyproxy
    FIRST=127.0.0.1:$FIRST_PORT
    SECOND=127.0.0.1:$TINYPROXY_PORT
}

teardown() {
    exec 7>&-
    test_end
}

@test "a chain of two proxies, each with its own credentials, carries all of it" {
    start_target source:1000000
    open_input
    run_culvert -x "first:one@$FIRST" -x "$SECOND" -U second:two 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" 1000000
    wait_until grep -q "CONNECT $SECOND " "$FIRST_LOG"
}

@test "the proxy of a chain that refuses is named" {
    run_culvert -x "first:one@$FIRST" -x "$SECOND" 127.0.0.1 9 </dev/null
    assert_status 5
    assert_complaint "proxy $SECOND" 407
    run_culvert -x "$FIRST" -x "second:two@$SECOND" 127.0.0.1 9 </dev/null
    assert_status 5
    assert_complaint "proxy $FIRST" 407
}

@test "credentials before several -x are refused, for they could be anybody's" {
    start_proxy proxy
    run_culvert -U me:secret -x "$PROXY" -x "$SECOND" host.example 22 </dev/null
    assert_status 2
    assert_complaint "credentials before several -x"
    refute_line_in "$ERR" secret
    assert_untouched
}

@test "a chain may be so long and no longer" {
    local chain=()
    for _ in 1 2 3 4 5 6 7 8 9; do
        chain+=(-x "$FIRST")
    done
    run_culvert "${chain[@]}" host.example 22 </dev/null
    assert_status 2
    assert_complaint "more than 8 times"
}
