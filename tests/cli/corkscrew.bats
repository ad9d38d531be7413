# SPDX-License-Identifier: ISC
# corkscrew.bats: called as corkscrew, it takes corkscrew's arguments.

load helper

setup() {
    test_begin
    ln -s "$CULVERT" corkscrew
    CULVERT=$TEST_DIR/corkscrew
}

teardown() {
    test_end
}

@test "as corkscrew: proxy host, proxy port, host, port" {
    start_proxy proxy --tunnel line
    run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 <<<"hello"
    assert_status 0
    assert_out $'hello\n'
    assert_line_in "$PROXY_LOG" 'CONNECT host.example:22 HTTP/1.1'
    refute_line_in "$PROXY_LOG" Proxy-Authorization
}

@test "as corkscrew: the fifth argument is a file with the credentials" {
    start_proxy proxy --tunnel farewell --credentials 'me:two words'
    printf 'me:two words\n' >credentials
    chmod 600 credentials
    run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 credentials </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "as corkscrew: a file that is not there is told, and nothing is sent" {
    start_proxy proxy
    run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 no-such-file </dev/null
    [ "$status" != 0 ]
    assert_line_in "$ERR" no-such-file
    assert_untouched
}

@test "as corkscrew: CORKSCREW_AUTH has the credentials" {
    start_proxy proxy --tunnel farewell --credentials 'me:two words'
    CORKSCREW_AUTH='me:two words' run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "as corkscrew: a file comes before CORKSCREW_AUTH" {
    start_proxy proxy --tunnel farewell --credentials me:right
    printf 'me:right\n' >credentials
    chmod 600 credentials
    CORKSCREW_AUTH=me:wrong run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 credentials </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "as culvert, CORKSCREW_AUTH means nothing" {
    start_proxy proxy --tunnel banner
    CULVERT=$(readlink corkscrew)
    CORKSCREW_AUTH=me:secret run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    refute_line_in "$PROXY_LOG" Proxy-Authorization
}

@test "as corkscrew: the environment's proxies and no_proxy mean nothing" {
    start_proxy proxy --tunnel farewell
    no_proxy='*' https_proxy=http://127.0.0.1:1 run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "as corkscrew: any other number of arguments is a usage error" {
    start_proxy proxy
    local count
    for count in 0 1 2 3; do
        # shellcheck disable=SC2046
        run_culvert $(printf '%s\n' 127.0.0.1 "$PROXY_PORT" host.example | head -n "$count") </dev/null
        assert_status 2
        [ -s "$ERR" ] || [ -s "$OUT" ]
    done
    run_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 credentials more </dev/null
    assert_status 2
    assert_untouched
}
