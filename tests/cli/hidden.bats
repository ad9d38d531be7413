# SPDX-License-Identifier: ISC
# hidden.bats: what is secret is shown to nobody but whom it is for: argv, environment, other hops.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# hop NAME [OPTION]...: a proxy of the chain, whose requests go to NAME.log; sets HOP.
hop() {
    start_tool scripted-proxy --script proxy --log "$TEST_DIR/$1.log" --events "$TEST_DIR/$1.events" "${@:2}"
    HOP=127.0.0.1:$TOOL_PORT
}

# fields NAME: the fields of the tests that the proxy got.
fields() {
    grep -a '^X-' "$TEST_DIR/$1.log" | tr -d '\r'
}

@test "a field goes to the hop behind whose -x it stands, and to the last one before any" {
    local first second
    hop one
    first=$HOP
    hop two --tunnel banner
    second=$HOP
    run_culvert -N --proxy-header 'X-Last: 1' -x "$first" --proxy-header 'X-One: 2' \
        -x "$second" --proxy-header 'X-Two: 3' host.example 22 </dev/null
    assert_status 0
    [ "$(fields one)" = 'X-One: 2' ]
    [ "$(fields two)" = $'X-Last: 1\nX-Two: 3' ]
}

@test "a field that holds credentials leaves the command line, and is sent" {
    local shown
    start_proxy silent
    start_culvert -x "$PROXY" --proxy-header 'Cookie: s3cret' --proxy-header 'X-Kind: plain' \
        host.example 22 </dev/null
    wait_until grep -q 'Cookie: s3cret' "$PROXY_LOG"
    shown=$(tr '\0' ' ' <"/proc/$CULVERT_PID/cmdline")
    kill "$CULVERT_PID"
    [[ $shown != *s3cret* && $shown = *plain* ]]
}

@test "no child has the secrets of the environment, whoever uses them" {
    start_proxy proxy --tunnel banner --credentials me:s3cret
    export https_proxy="http://me:s3cret@$PROXY" ALL_PROXY="http://you:s3cret@$PROXY/" \
        CULVERT_PROXY_USER=us3cret CULVERT_PROXY_PASSWORD=s3cret
    # in a chain the variables go to none
    hop one
    run_culvert -N -x "$HOP" -x "http://me@$PROXY" --password-command "env >'$TEST_DIR/environment'; echo s3cret" \
        host.example 22 </dev/null
    assert_status 0
    refute_line_in environment "CULVERT_PROXY_"
    if grep -v '^BATS\|^_=' environment | grep -q s3cret; then
        fail "$(grep s3cret environment)"
    fi
    assert_line_in environment "https_proxy=http://$PROXY"
    assert_line_in environment "ALL_PROXY=http://$PROXY/"
}

# hides_environment: what was started shows nothing secret, once it has connected.
hides_environment() {
    wait_until grep -q CONNECT "$PROXY_LOG"
    if [ -r "/proc/$CULVERT_PID/environ" ]; then
        ! tr '\0' '\n' <"/proc/$CULVERT_PID/environ" | grep -v '^BATS' | grep -q s3cret || fail "it is"
    fi
    kill "$CULVERT_PID"
    : >"$PROXY_LOG"
}

@test "no secret is left in the environment that /proc shows" {
    start_proxy silent
    export https_proxy="http://me:s3cret@$PROXY" HTTP_PROXY="http://me:s3cret@$PROXY" CULVERT_PROXY_PASSWORD=s3cret2
    start_culvert host.example 22 </dev/null
    hides_environment
    ln -s "$CULVERT" corkscrew
    CULVERT=$TEST_DIR/corkscrew CORKSCREW_AUTH=me:s3cret start_culvert 127.0.0.1 "$PROXY_PORT" host.example 22 </dev/null
    hides_environment
}

@test "an argument with credentials isn't repeated, whichever option it was given to" {
    local option
    for option in -D -L -w --allow --max-tunnels -X --proxy-auth; do
        run_culvert "$option" http://me:s3cret@proxy.example:3128 host.example 22 </dev/null
        assert_status 2
        assert_complaint "$option"
        refute_line_in "$ERR" s3cret
    done
}
