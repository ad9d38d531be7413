# SPDX-License-Identifier: ISC
# auth-apache.bats: Digest with a real Apache, which compares its uri to the request.

load helper
. "$top_srcdir/tests/servers/apache.bash"

setup_file() {
    server_have openssl && [ -n "$(apache_program)" ] || return 0
    export APACHE_CREDENTIALS='culvert:a "pass\word: 50%, é€'
    APACHE_SCHEME=Digest apache_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need openssl
    [ -n "$(apache_program)" ] || server_need apache2
    [ -e "$(dirname "$CULVERT")/culvert-auth-curl.so" ] || skip "built without libcurl"
    PROXY=127.0.0.1:$APACHE_AUTH_PORT
    (umask 077 && printf '%s\n' "$APACHE_CREDENTIALS" >credentials && printf 'culvert:wrong\n' >wrong)
}

teardown() {
    exec 7>&-
    test_end
}

@test "Apache: Digest with the right password carries 16 MiB" {
    start_target source:16777216
    open_input
    run_culvert -v -x "$PROXY" --proxy-user-file credentials 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_line_in "$ERR" "answering with Digest"
    assert_pattern "$OUT" 16777216
}

@test "Apache: Digest passes a half-close on" {
    start_target after-eof:100000
    run_culvert -N -x "$PROXY" --proxy-user-file credentials 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_pattern "$OUT" 100000
}

@test "Apache: Digest over a target that is written in another way is right as well" {
    start_target banner
    run_culvert -N -x "$PROXY" --proxy-user-file credentials LocalHost "$TARGET_PORT" </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "Apache: a wrong password is status 5" {
    run_culvert -x "$PROXY" --proxy-user-file wrong 127.0.0.1 22 </dev/null
    assert_status 5
    assert_complaint "proxy $PROXY" "refused the credentials (Digest)"
}
