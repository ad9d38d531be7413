# SPDX-License-Identifier: ISC
# auth-binding.bats: Negotiate over TLS is bound to the proxy's certificate (RFC 5929).

load helper
. "$top_srcdir/tests/servers/certificates.bash"
. "$top_srcdir/tests/servers/kdc.bash"
. "$top_srcdir/tests/servers/squid.bash"

ACCEPTOR=$top_builddir/tests/tools/gss-acceptor

setup_file() {
    server_have squid openssl krb5kdc kadmin.local kinit && [ -x "$ACCEPTOR" ] || return 0
    export CERTIFICATES=$BATS_FILE_TMPDIR/certificates
    certificates_make "$CERTIFICATES"
    kdc_start
    # squid's helpers run as its user
    chmod 755 "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
    cp "$ACCEPTOR" "$BATS_FILE_TMPDIR/gss-acceptor"
    binding_proxy "$(hash_of good)"
    export BOUND_PORT=$TLS_PORT BOUND_NOTES=$NOTES CLEAR_PORT=$SQUID_AUTH_PORT
    binding_proxy "$(hash_of stranger)"
    export OTHER_PORT=$TLS_PORT OTHER_NOTES=$NOTES
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid openssl krb5kdc kadmin.local kinit
    [ -x "$ACCEPTOR" ] || skip "built without GSSAPI"
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    (umask 077 && printf 'culvert:%s\n' "$KDC_PASSWORD" >credentials)
    export KRB5CCNAME=FILE:$TEST_DIR/no-tickets
    : >"$BOUND_NOTES"
    : >"$OTHER_NOTES"
}

teardown() {
    test_end
}

hash_of() {
    openssl x509 -in "$CERTIFICATES/$1.pem" -outform DER | sha256sum | cut -d ' ' -f 1
}

# binding_proxy HASH: a squid that speaks TLS, and whose helper accepts what is bound to the hash.
# Sets TLS_PORT and NOTES.
binding_proxy() {
    mapfile -t free < <("$top_srcdir/tests/tools/target" --free-ports 1)
    TLS_PORT=${free[0]}
    NOTES=$BATS_FILE_TMPDIR/notes.$TLS_PORT
    : >"$NOTES"
    chmod 666 "$NOTES"
    squid_start "https_port 127.0.0.1:$TLS_PORT tls-cert=$CERTIFICATES/good.pem" \
        "auth_param negotiate program /usr/bin/env KRB5_KTNAME=FILE:$KDC_DIR/keytab KRB5RCACHENAME=none: $BATS_FILE_TMPDIR/gss-acceptor $NOTES $1" \
        "auth_param negotiate children 2 startup=1 idle=1" \
        "acl over_tls localport $TLS_PORT" \
        "acl somebody proxy_auth REQUIRED" \
        "http_access deny over_tls !somebody"
}

# knocks URL [OPTION]...: one tunnel, with the proxy's certificate believed.
knocks() {
    start_target source:65536
    run_culvert -v -d -x "$1" --proxy-cacert "$CERTIFICATES/ca.pem" "${@:2}" 127.0.0.1 "$TARGET_PORT" </dev/null
}

@test "a ticket is bound to the certificate of the proxy, and the acceptor sees that" {
    kdc_ticket
    knocks "https://localhost:$BOUND_PORT"
    assert_status 0
    assert_pattern "$OUT" 65536
    assert_file "$BOUND_NOTES" $'bound culvert@'"$KDC_REALM"$'\n'
}

@test "a password gets a ticket that is bound as well" {
    knocks "https://localhost:$BOUND_PORT" --proxy-auth negotiate --proxy-user-file credentials
    assert_status 0
    assert_file "$BOUND_NOTES" $'bound culvert@'"$KDC_REALM"$'\n'
}

@test "what is bound to another certificate is refused" {
    kdc_ticket
    knocks "https://localhost:$OTHER_PORT"
    assert_status 5
    grep -q '^refused: .*bindings' "$OTHER_NOTES"
}

@test "nothing is bound without TLS" {
    kdc_ticket
    knocks "http://localhost:$CLEAR_PORT"
    assert_status 5
    grep -q '^not bound culvert@' "$BOUND_NOTES"
}
