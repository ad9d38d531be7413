# SPDX-License-Identifier: ISC
# auth-budget.bats: what comes of a password reaches a proxy twice at most, whatever that does.

load helper
. "$top_srcdir/tests/servers/kdc.bash"
. "$top_srcdir/tests/cli/listening.bash"

setup_file() {
    server_have krb5kdc kadmin.local kinit || return 0
    kdc_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    SECRETS=$TEST_DIR/secrets
    (umask 077 && printf 'culvert:%s\n' "$KDC_PASSWORD" >credentials)
    export KRB5CCNAME=FILE:$TEST_DIR/no-tickets
}

teardown() {
    test_end
}

# hostile SCHEME END [OPTION]...: starts the proxy; sets PROXY.
hostile() {
    : >"$SECRETS"
    start_tool hostile-proxy --scheme "$1" --end "$2" --log "$SECRETS" "${@:3}"
    PROXY=localhost:$TOOL_PORT
}

secrets() {
    wc -l <"$SECRETS"
}

# shown_twice_at_most SCHEME: for each way of misbehaving.
shown_twice_at_most() {
    local end
    for end in close reset silent half refuse begin grow; do
        hostile "$1" "$end"
        run_culvert -w 1 -x "http://$PROXY" --proxy-user-file credentials "${@:2}" host.example 22 </dev/null
        [ "$status" != 0 ] || fail "$end: 0"
        [ "$(secrets)" -ge 1 ] || fail "$end: nothing was shown, so nothing is tested" || return
        [ "$(secrets)" -le 2 ] || fail "$end: $(secrets) were shown" || return
        assert_harmless "$ERR"
    done
}

@test "Basic is shown twice at most" {
    shown_twice_at_most basic
    shown_twice_at_most basic --proxy-basic
}

@test "Digest is shown twice at most" {
    need_schemes Digest
    shown_twice_at_most digest
}

@test "NTLM's third message is shown twice at most" {
    need_schemes NTLM
    shown_twice_at_most ntlm
}

@test "Negotiate with a password is shown twice at most" {
    server_need krb5kdc kadmin.local kinit
    need_schemes 'Negotiate'
    [ -e "$(dirname "$CULVERT")/culvert-auth-gss.so" ] || skip "built without GSSAPI"
    shown_twice_at_most negotiate
}

@test "of many tunnels at once, one alone tries a password that was not believed yet" {
    local scheme end
    need_schemes NTLM
    for scheme in basic ntlm; do
        for end in close silent refuse; do
            hostile "$scheme" "$end"
            run_culvert --check -j 16 -w 1 -x "http://$PROXY" --proxy-user-file credentials \
                host.example:1-8 </dev/null
            [ "$status" != 0 ]
            [ "$(secrets)" -ge 1 ]
            [ "$(secrets)" -le 2 ] || fail "$scheme, $end: $(secrets) were shown"
        done
    done
}

# through PROXY...: a tunnel by the first that leads there, with the same password for each.
through() {
    local ways=()
    for proxy; do
        ways+=(${ways[0]:+--or} -x "http://$proxy" --proxy-user-file credentials)
    done
    run_culvert -w 20 --no-memory --or-on 407 "${ways[@]}" host.example 22 </dev/null
    assert_status 5
}

@test "one password is shown twice at most over all ways, and once where it was refused" {
    local first
    hostile basic close
    through "$PROXY" "$PROXY" "$PROXY"
    [ "$(secrets)" = 2 ] || fail "$(secrets) were shown"
    assert_line_in "$ERR" "shown twice"
    hostile basic refuse
    through "$PROXY" "$PROXY"
    [ "$(secrets)" = 1 ] || fail "$(secrets) were shown to one that refuses it"
    hostile basic refuse
    first=$PROXY
    start_tool hostile-proxy --scheme basic --end refuse --log "$SECRETS"
    through "$first" "localhost:$TOOL_PORT" "127.0.0.1:$TOOL_PORT"
    [ "$(secrets)" = 2 ] || fail "$(secrets) were shown to several"
}

@test "a password that was right is shown twice at most when it is wrong" {
    local host
    hostile basic refuse --opens 2
    start_listener -x "http://$PROXY" --proxy-user-file credentials -D 0
    for host in a b c d a b a b c d; do
        ask -x "socks5h://127.0.0.1:$PORT" "http://$host.example/" >"$OUT" 2>&1 || true
    done
    [ "$(secrets)" = 4 ] || fail "$(secrets) were shown, two of them with success"
}

@test "SIGHUP takes no second password from a descriptor, and has the first tried once more" {
    hostile basic refuse
    printf 'wrong\nand what is not for us\n' >two-lines
    start_listener -x "http://$PROXY" -U me --password-fd 7 -D 0 7<two-lines
    ask -x "socks5h://127.0.0.1:$PORT" http://a.example/ >"$OUT" 2>&1 || true
    ask -x "socks5h://127.0.0.1:$PORT" http://a.example/ >"$OUT" 2>&1 || true
    [ "$(secrets)" = 1 ]
    assert_line_in "$ERR" "refused before); they were those of me, from -U"
    refute_line_in "$ERR" "there is no terminal"
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    refute_line_in "$ERR" "credentials stay"
    ask -x "socks5h://127.0.0.1:$PORT" http://a.example/ >"$OUT" 2>&1 || true
    ask -x "socks5h://127.0.0.1:$PORT" http://a.example/ >"$OUT" 2>&1 || true
    [ "$(secrets)" = 2 ] || fail "$(secrets) were shown"
    [ "$(sort -u "$SECRETS.values")" = "$(printf 'me:wrong' | base64)" ]
}

@test "a password that is right is shown by all of them" {
    start_proxy proxy --tunnel banner --credentials "$(cat credentials)"
    run_culvert --check -j 16 -x "$PROXY" --proxy-user-file credentials host.example:1-8 </dev/null
    assert_status 0
    [ "$(grep -c ' 200 ' "$OUT")" = 8 ] || [ "$(grep -c '^CONNECT' "$PROXY_LOG")" -ge 8 ]
}


# keeps_basic_back SCHEME: the proxy that offered it once offers Basic alone then.
keeps_basic_back() {
    hostile "$1" basic
    run_culvert -w 3 -x "http://$PROXY" --proxy-user-file credentials "${@:2}" host.example 22 </dev/null
    assert_status 5
    run ! grep -q Basic "$SECRETS" || fail "the password went in clear"
}

@test "Basic stays back in clear also when a proxy offers it alone that once offered more" {
    need_schemes NTLM Digest
    keeps_basic_back ntlm
    assert_line_in "$ERR" "--proxy-basic would send the password in clear"
    keeps_basic_back digest
    hostile ntlm basic
    run_culvert -w 3 -x "http://$PROXY" --proxy-auth ntlm,basic --proxy-user-file credentials \
        host.example 22 </dev/null
    assert_file "$SECRETS" $'NTLM\nBasic\n'
}

# opens: a tunnel, with the credentials.
opens() {
    run_culvert -v -N -x "http://$PROXY" --proxy-user-file credentials "$@" host.example 22 </dev/null
    assert_status 0
}

@test "a 407 whose body does not come is answered on another connection, and not waited for" {
    start_proxy 407-unfinished --script proxy --tunnel banner --credentials "$(cat credentials)"
    opens -w 2
    assert_line_in "$OUT" "$BANNER"
}

@test "in the middle of NTLM a body is waited for, since the connection counts" {
    need_schemes NTLM
    hostile ntlm open --slow-body 3
    opens
    assert_file "$SECRETS" $'NTLM\n'
}

@test "NTLM asks a proxy of HTTP/1.0 to keep the connection" {
    need_schemes NTLM
    hostile ntlm open --old
    opens
    assert_file "$SECRETS" $'NTLM\n'
}

@test "a proxy that does not go on after the first message of NTLM has refused nothing" {
    need_schemes NTLM
    start_proxy status:407 --header 'Proxy-Authenticate: NTLM'
    run_culvert -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 5
    assert_complaint 407 "does not go on"
    refute_line_in "$ERR" "refused the credentials"
}
