# SPDX-License-Identifier: ISC
# auth-squid.bats: every scheme with a real squid, and Negotiate with a real KDC.

load helper
. "$top_srcdir/tests/servers/kdc.bash"
. "$top_srcdir/tests/servers/squid.bash"

setup_file() {
    server_have squid openssl krb5kdc kadmin.local kinit || return 0
    SQUID_CREDENTIALS=culvert:$(printable_password)
    export SQUID_CREDENTIALS
    kdc_start
    SQUID_SCHEMES=digest squid_start
    export DIGEST_PORT=$SQUID_AUTH_PORT DIGEST_LOG=$SQUID_DIR/access.log
    SQUID_SCHEMES=ntlm squid_start
    export NTLM_PORT=$SQUID_AUTH_PORT NTLM_LOG=$SQUID_DIR/access.log
    SQUID_SCHEMES=negotiate squid_start
    export NEGOTIATE_PORT=$SQUID_AUTH_PORT NEGOTIATE_LOG=$SQUID_DIR/access.log
    SQUID_SCHEMES='negotiate ntlm digest basic' squid_start
    export ALL_PORT=$SQUID_AUTH_PORT ALL_LOG=$SQUID_DIR/access.log
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid openssl krb5kdc kadmin.local kinit
    [ -x "$(dirname "$CULVERT")/culvert-auth" ] || skip "built without libcurl"
    (umask 077 && printf '%s\n' "$SQUID_CREDENTIALS" >credentials && printf 'culvert:wrong\n' >wrong &&
        printf 'nobody:%s\n' "${SQUID_CREDENTIALS#*:}" >unknown)
    export KRB5CCNAME=FILE:$TEST_DIR/no-tickets
}

teardown() {
    exec 7>&-
    test_end
}

# for_ntlm: sets NTLM_FILE to credentials that NTLM can send here: libcurl can't beyond ASCII. Fails
# where there is no NTLM.
for_ntlm() {
    NTLM_FILE=credentials
    case $("$CULVERT" -V) in
    *'NTLM by GSSAPI'*) ;;
    *'NTLM by libcurl'*)
        NTLM_FILE=plain
        (umask 077 && printf 'culvert:plain\n' >plain)
        ;;
    *) return 1 ;;
    esac
}

# printable_password: every character of ASCII that can be printed, and some that are not of ASCII.
# The files of squid's helper for Basic end a password at nothing but a newline.
printable_password() {
    local number
    for number in {32..126}; do
        printf '%b' "\\x$(printf %x "$number")"
    done
    printf 'é€'
}

# carries PORT [OPTION]...: 16 MiB come through the tunnel as they were sent.
carries() {
    start_target source:16777216
    run_culvert -v -d -x "http://localhost:$1" "${@:2}" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_pattern "$OUT" 16777216
}

# requests LOG: how many CONNECTs to this test's target the proxy has seen.
requests() {
    grep -c "CONNECT 127.0.0.1:$TARGET_PORT " "$1"
}

# refuses PORT LOG COUNT [OPTION]...: status 5, after so many requests.
refuses() {
    TARGET_PORT=$(closed_port)
    run_culvert -x "http://localhost:$1" "${@:4}" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 5
    assert_complaint "proxy localhost:$1" 407
    wait_until requests_are "$2" "$3"
}

requests_are() {
    [ "$(requests "$1")" = "$2" ]
}

answered_with() {
    assert_line_in "$ERR" "answering with $1"
}

@test "Digest: the right password, with every printable character, carries 16 MiB" {
    need_engine curl
    carries "$DIGEST_PORT" --proxy-user-file credentials
    answered_with Digest
    wait_until requests_are "$DIGEST_LOG" 2
}

@test "Digest: a wrong password and an unknown user are tried once" {
    need_engine curl
    refuses "$DIGEST_PORT" "$DIGEST_LOG" 2 --proxy-user-file wrong
    refuses "$DIGEST_PORT" "$DIGEST_LOG" 2 --proxy-user-file unknown
}

@test "Digest: the realm may have a comma and the name of a scheme in it" {
    need_engine curl
    run_culvert -vv -x "http://localhost:$DIGEST_PORT" --proxy-user-file credentials 127.0.0.1 "$(closed_port)" </dev/null
    grep -q 'Proxy-Authenticate: Digest realm="squid, Basic of the tests"' "$ERR"
    answered_with Digest
}

@test "NTLM: three messages on one connection carry 16 MiB" {
    for_ntlm || skip "no NTLM here"
    carries "$NTLM_PORT" --proxy-user-file "$NTLM_FILE"
    answered_with NTLM
    wait_until requests_are "$NTLM_LOG" 3
}

@test "Negotiate: a ticket carries 16 MiB, and no password is asked for" {
    kdc_ticket
    carries "$NEGOTIATE_PORT"
    answered_with Negotiate
    wait_until requests_are "$NEGOTIATE_LOG" 2
}

# negotiate: a run that ends before a tunnel stands.
negotiate() {
    TARGET_PORT=$(closed_port)
    run_culvert -v -x "http://localhost:$NEGOTIATE_PORT" 127.0.0.1 "$TARGET_PORT" </dev/null
}

@test "Negotiate: without a ticket it is said that there is none" {
    negotiate
    assert_status 5
    assert_line_in "$ERR" "credentials"
    [ ! -e "$(dirname "$CULVERT")/culvert-auth-gss.so" ] ||
        assert_line_in "$ERR" "No Kerberos credentials available (default cache: $KRB5CCNAME) (kinit gets a ticket)"
}

@test "Negotiate: a password gets the ticket" {
    need_engine gss
    (umask 077 && printf 'culvert:%s\n' "$KDC_PASSWORD" >kerberos && printf 'culvert@%s:%s\n' "$KDC_REALM" "$KDC_PASSWORD" >realm)
    carries "$NEGOTIATE_PORT" --proxy-user-file kerberos
    answered_with Negotiate
    run_culvert -x "http://localhost:$NEGOTIATE_PORT" --proxy-user-file realm -d 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    [ ! -e "$TEST_DIR/no-tickets" ]
}

@test "Negotiate: a password that the KDC refuses ends it, with no NTLM behind" {
    need_engine gss
    : >"$KDC_DIR/kdc.log"
    refuses "$NEGOTIATE_PORT" "$NEGOTIATE_LOG" 1 --proxy-user-file wrong
    assert_line_in "$ERR" "Negotiate: the KDC refused the password: "
    [ "$(grep -c 'AS_REQ.* culvert@' "$KDC_DIR/kdc.log")" = 1 ]
}

@test "Negotiate: a proxy named by an address is told to be" {
    need_engine gss
    kdc_ticket
    TARGET_PORT=$(closed_port)
    run_culvert -x "http://127.0.0.1:$NEGOTIATE_PORT" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 5
    assert_complaint "not found in Kerberos database (asked for HTTP@127.0.0.1; the proxy is named by an address: Kerberos wants its name)"
}

ticket_is_over() {
    ! klist -s
}

@test "Negotiate: an expired ticket and clocks that differ are called so" {
    need_engine gss
    kdc_ticket -l 1s
    wait_until ticket_is_over
    negotiate
    assert_status 5
    assert_line_in "$ERR" "Ticket expired (kinit gets a new one)"
    kdc_ticket
    server_need cc
    printf '%s\n' '#define _GNU_SOURCE' '#include <sys/time.h>' '#include <sys/syscall.h>' '#include <time.h>' \
        '#include <unistd.h>' \
        'int gettimeofday(struct timeval *t, void *z) { long r = syscall(SYS_gettimeofday, t, z); t->tv_sec += 1200; return (int)r; }' \
        'time_t time(time_t *p) { struct timeval t; gettimeofday(&t, 0); if (p) *p = t.tv_sec; return t.tv_sec; }' >skew.c
    cc -shared -fPIC -o skew.so skew.c
    LD_PRELOAD=$TEST_DIR/skew.so${LD_PRELOAD:+:$LD_PRELOAD} negotiate
    assert_status 5
    assert_line_in "$ERR" "Clock skew too great (the clocks of this machine, the KDC and the proxy have to agree)"
}

@test "Negotiate: a KDC that never answers does not hold up the deadline" {
    start_proxy silent
    sed "s/kdc = .*/kdc = $PROXY/" "$KDC_DIR/krb5.conf" >krb5.conf
    kdc_ticket
    export KRB5_CONFIG=$TEST_DIR/krb5.conf
    run_culvert -w 2 -x "http://localhost:$NEGOTIATE_PORT" 127.0.0.1 22 </dev/null
    [ "$status" = 8 ] || assert_status 5
    grep -q "407" "$ERR"
}

@test "of all four a ticket is used first" {
    kdc_ticket
    carries "$ALL_PORT" --proxy-user-file credentials
    answered_with Negotiate
    wait_until requests_are "$ALL_LOG" 2
}

@test "of all four Digest is used where there is no ticket" {
    need_engine curl
    carries "$ALL_PORT" --proxy-user-file credentials
    answered_with Digest
    refute_line_in "$ERR" "answering with Basic"
}

@test "of all four just those are used that are allowed" {
    need_engine curl
    local scheme name file
    for scheme in ntlm:NTLM digest:Digest basic:Basic; do
        name=${scheme#*:}
        file=credentials
        if [ "$name" = NTLM ]; then
            for_ntlm || continue
            file=$NTLM_FILE
        fi
        run_culvert -v -x "http://localhost:$ALL_PORT" --proxy-auth "negotiate,${scheme%:*}" \
            --proxy-user-file "$file" 127.0.0.1 "$(closed_port)" </dev/null
        answered_with "$name"
    done
}

@test "a wrong password isn't tried again with a weaker scheme" {
    need_engine curl
    refuses "$ALL_PORT" "$ALL_LOG" 2 --proxy-user-file wrong
    assert_line_in "$ERR" "refused the credentials (Digest)"
}

@test "the values of credentials are in no trace" {
    need_engine curl
    local value port file
    kdc_ticket
    for port in "$DIGEST_PORT" "$NTLM_PORT" "$NEGOTIATE_PORT" "$ALL_PORT"; do
        file=credentials
        if [ "$port" = "$NTLM_PORT" ]; then
            for_ntlm || continue
            file=$NTLM_FILE
        fi
        run_culvert -vvv -x "http://localhost:$port" --proxy-user-file "$file" 127.0.0.1 "$(closed_port)" </dev/null
        assert_line_in "$ERR" "redacted"
        refute_line_in "$ERR" 'response='
        for value in TlRMTVNTUAADAAAA YII; do
            ! grep '^culvert: >' "$ERR" | grep -q "$value" || fail "a value is shown"
        done
    done
}
