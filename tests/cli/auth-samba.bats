# SPDX-License-Identifier: ISC
# auth-samba.bats: NTLM and Negotiate with a real samba behind a real squid.

load helper
. "$top_srcdir/tests/servers/samba.bash"
. "$top_srcdir/tests/servers/squid.bash"

setup_file() {
    server_have squid winbindd ntlm_auth pdbedit && [ "$(id -u)" = 0 ] || return 0
    [ -n "$(nss_wrapper)" ] || return 0
    samba_start ann:s3cret 'jörg:s3cret' 'uml:päss€wörd, "x"' eve:s3cret
    SQUID_SCHEMES=samba_ntlm squid_start
    export NTLM_PORT=$SQUID_AUTH_PORT NTLM_LOG=$SQUID_DIR/access.log
    SQUID_SCHEMES=samba_negotiate squid_start
    export NEGOTIATE_PORT=$SQUID_AUTH_PORT NEGOTIATE_LOG=$SQUID_DIR/access.log
}

teardown_file() {
    samba_stop
    servers_stop
}

setup() {
    test_begin
    samba_need
    server_need squid
    need_engine_gss
    export KRB5CCNAME=FILE:$TEST_DIR/no-tickets KRB5_CONFIG=/dev/null
}

teardown() {
    test_end
}

# need_engine_gss: skips the test where NTLM isn't by GSSAPI.
need_engine_gss() {
    "$CULVERT" -V | grep -q '^authentication: NTLM by GSSAPI' || skip "no NTLM by GSSAPI here"
}

# logs_in PORT USER PASSWORD: a tunnel opens, and carries.
logs_in() {
    (umask 077 && printf '%s:%s\n' "$2" "$3" >credentials)
    run_culvert -v -d -x "http://localhost:$1" --proxy-user-file credentials 127.0.0.1 "$TARGET_PORT" </dev/null
    [ "$status" = 0 ] || fail "$2 is not let in" || return
    assert_pattern "$OUT" 65536
}

all_log_in() {
    local user
    start_target source:65536
    for user in ann 'LABHOST\ann' LABHOST/ann ann@LABHOST 'jörg' 'LABHOST\jörg'; do
        logs_in "$1" "$user" s3cret
    done
    logs_in "$1" uml 'päss€wörd, "x"'
}

@test "NTLM: a user is let in however the domain is written, and beyond ASCII" {
    all_log_in "$NTLM_PORT"
    assert_line_in "$ERR" "answering with NTLM by GSSAPI with gss-ntlmssp as uml, from credentials"
}

@test "Negotiate: NTLM within it lets in the same users" {
    all_log_in "$NEGOTIATE_PORT"
    assert_line_in "$ERR" "answering with Negotiate"
}

@test "a wrong password is counted once by the server" {
    local port before
    for port in "$NTLM_PORT" "$NEGOTIATE_PORT"; do
        before=$(samba_bad_passwords eve)
        (umask 077 && printf 'eve:wrong\n' >credentials)
        run_culvert -x "http://localhost:$port" --proxy-user-file credentials 127.0.0.1 "$(closed_port)" </dev/null
        assert_status 5
        assert_complaint 407 refused
        [ "$(samba_bad_passwords eve)" = $((before + 1)) ]
    done
}

@test "twenty at once are let in" {
    local pids=() pid
    start_target source:1000
    (umask 077 && printf 'LABHOST\\ann:s3cret\n' >credentials)
    for _ in {1..20}; do
        timeout 20 "$CULVERT" -d -x "http://localhost:$NTLM_PORT" --proxy-user-file credentials \
            127.0.0.1 "$TARGET_PORT" </dev/null >/dev/null 2>>"$ERR" 3>&- 4>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
}
