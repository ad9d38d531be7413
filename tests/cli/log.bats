# log.bats: what is told goes into files as well.

load helper

setup() {
    test_begin
    (umask 077 && echo me:secret >credentials)
}

teardown() {
    test_end
}

# is_log FILE: every line has a time, and a process that is the same in all.
is_log() {
    ! grep -qvE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z \[[0-9]+\] .' "$1" ||
        fail "no log: $(cat "$1")"
    [ "$(stat -c %a "$1")" = 600 ]
}

@test "--log-file has the failure that standard error has, and is appended to" {
    start_proxy status:403
    run_culvert --log-file log -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint 403
    run_culvert --log-file log -v -x "$PROXY" host.example 22 </dev/null
    is_log log
    [ "$(grep -c 'answered CONNECT host.example:22 with 403' log)" = 2 ]
    [ "$(grep -c 'connected to' log)" = 1 ]
}

@test "--log-file is written though standard error is closed" {
    start_proxy status:403
    status=0
    "$CULVERT" --log-file log -x "$PROXY" host.example 22 </dev/null >"$OUT" 2>&- || status=$?
    assert_status 6
    is_log log
}

@test "--trace has the heads without the credentials, and standard error stays quiet" {
    start_proxy 407-keep --tunnel banner --credentials me:secret
    run_culvert --trace trace -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    assert_err ""
    is_log trace
    assert_line_in trace "> CONNECT host.example:22 HTTP/1.1"
    assert_line_in trace "< HTTP/1.1 407"
    assert_line_in trace "> Proxy-Authorization: Basic [redacted]"
    refute_line_in trace "$(printf me:secret | base64)"
    assert_line_in trace "ended by"
}

@test "a file that cannot be written is told before anything is sent" {
    local option
    start_proxy proxy
    for option in --log-file --trace; do
        run_culvert "$option" nowhere/log -x "$PROXY" host.example 22 </dev/null
        assert_status 2
        assert_complaint nowhere/log
    done
    assert_untouched
}

@test "what the proxy says is harmless in a file as well" {
    start_proxy escapes
    run_culvert --trace trace -x "$PROXY" host.example 22 </dev/null
    assert_harmless trace
}
