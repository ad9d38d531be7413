# SPDX-License-Identifier: ISC
# tls-proxy.bats: https:// proxies, alone and in chains, and their certificates.

load helper
. "$top_srcdir/tests/servers/certificates.bash"
. "$top_srcdir/tests/servers/apache.bash"
. "$top_srcdir/tests/servers/haproxy.bash"
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/stunnel.bash"
. "$top_srcdir/tests/servers/tinyproxy.bash"

BIG=$((64 * 1048576))

setup_file() {
    local name
    server_have squid tinyproxy openssl && [ -n "$(stunnel_program)" ] || return 0
    export CERTIFICATES=$BATS_FILE_TMPDIR/certificates
    certificates_make "$CERTIFICATES"
    mapfile -t free < <("$top_srcdir/tests/tools/target" --free-ports 1)
    SQUID_CREDENTIALS=one:first squid_start \
        "https_port 127.0.0.1:${free[0]} tls-cert=$CERTIFICATES/good.pem"
    export SQUID_TLS_PORT=${free[0]} FIRST_PORT=$SQUID_AUTH_PORT
    tinyproxy_start 'BasicAuth two second'
    export TINYPROXY_AUTH_PORT=$TINYPROXY_PORT
    for name in good wrong-name expired stranger self-signed; do
        stunnel_start "$TINYPROXY_PORT" "$CERTIFICATES/$name.pem"
        export "PORT_${name/-/_}=$STUNNEL_PORT"
    done
    stunnel_start "$TINYPROXY_PORT" "$CERTIFICATES/good.pem" "CAfile = $CERTIFICATES/ca.pem" \
        'verifyChain = yes'
    export PORT_client=$STUNNEL_PORT
    tinyproxy_start 'BasicAuth three third'
    export THIRD_PORT=$TINYPROXY_PORT
    if server_have haproxy; then
        haproxy_start "
listen front
    bind @0@ ssl crt $CERTIFICATES/good.pem alpn http/1.1
    mode tcp
    server tinyproxy 127.0.0.1:$TINYPROXY_AUTH_PORT
listen others
    bind @1@
    bind @2@"
        export HAPROXY_TLS_PORT=${HAPROXY_PORTS[0]}
    fi
    if server_have apache2; then
        mapfile -t free < <("$top_srcdir/tests/tools/target" --free-ports 1)
        apache_start "$(apache_module ssl)" "Listen 127.0.0.1:${free[0]}" \
            "<VirtualHost 127.0.0.1:${free[0]}>" \
            'SSLEngine on' "SSLCertificateFile $CERTIFICATES/good.pem" \
            'ProxyRequests On' '<Proxy *>' 'Require all granted' '</Proxy>' '</VirtualHost>'
        export APACHE_TLS_PORT=${free[0]}
    fi
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid tinyproxy openssl
    [ -n "$(stunnel_program)" ] || server_need stunnel4
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    (umask 077 && echo two:second >two && echo one:first >one && echo three:third >three)
    TRUST=(--proxy-cacert "$CERTIFICATES/ca.pem")
}

teardown() {
    exec 7>&-
    test_end
}

# carries OPTION...: 64 MiB come through whole.
carries() {
    start_target "source:$BIG"
    [ -p "$TEST_DIR/input" ] || open_input
    run_culvert "$@" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" "$BIG"
}

# takes OPTION...: 64 MiB go through whole. The answer would be lost in proxies that end a tunnel
# which is half-closed; the target tells.
takes() {
    start_target after-eof:10
    pattern "$BIG" >big
    run_culvert -N "$@" 127.0.0.1 "$TARGET_PORT" <big
    wait_until grep -q "received $BIG $(checksum big)" "$TARGET_EVENTS"
}

# refused PORT TEXT... : status 4, and the reason.
refused() {
    run_culvert -x "https://127.0.0.1:$1" "${TRUST[@]}" --proxy-user-file two 127.0.0.1 9 </dev/null
    assert_status 4
    assert_complaint "proxy 127.0.0.1:$1" "${@:2}"
}

@test "64 MiB come through squid's https_port, and go" {
    carries -x "https://localhost:$SQUID_TLS_PORT" "${TRUST[@]}"
    takes -x "https://localhost:$SQUID_TLS_PORT" "${TRUST[@]}"
}

@test "64 MiB come through stunnel and tinyproxy, with a password" {
    carries -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" --proxy-user-file two
}

@test "64 MiB come through HAProxy and tinyproxy, and go" {
    server_need haproxy
    carries -x "https://127.0.0.1:$HAPROXY_TLS_PORT" "${TRUST[@]}" --proxy-user-file two
    takes -x "https://127.0.0.1:$HAPROXY_TLS_PORT" "${TRUST[@]}" --proxy-user-file two
    run_culvert -x "127.0.0.1:$HAPROXY_TLS_PORT" host.example 22 </dev/null
    assert_status 9
    assert_complaint 'does it want TLS (https://)'
}

# Apache's mod_proxy_connect drops the connection to the client at the end, without close_notify.
@test "64 MiB come through Apache with TLS, and an end that could be anybody's is told" {
    server_need apache2
    start_target "source:$BIG"
    open_input
    run_culvert -x "https://127.0.0.1:$APACHE_TLS_PORT" "${TRUST[@]}" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 1
    assert_line_in "$ERR" 'without close_notify'
    assert_pattern "$OUT" "$BIG"
}

@test "64 MiB go through Apache with TLS, and the answer comes back" {
    server_need apache2
    start_target checksum
    pattern "$BIG" >big
    run_culvert -N -q 10 -x "https://127.0.0.1:$APACHE_TLS_PORT" "${TRUST[@]}" 127.0.0.1 "$TARGET_PORT" <big
    [ "$(cat "$OUT")" = "$(checksum big)" ]
    run_culvert -N -x "127.0.0.1:$APACHE_TLS_PORT" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 9
    assert_complaint 'does it want TLS (https://)'
}

@test "a target that reads slowly gets all that goes through TLS, and through TLS in TLS" {
    local proxy=https://127.0.0.1:$APACHE_TLS_PORT
    server_need apache2
    start_target slow
    pattern 8000000 >big
    run_culvert -N -q 30 -x "$proxy" "${TRUST[@]}" 127.0.0.1 "$TARGET_PORT" <big
    [ "$(cat "$OUT")" = "$(checksum big)" ]
    run_culvert -N -q 30 "${TRUST[@]}" -x "$proxy" -x "$proxy" 127.0.0.1 "$TARGET_PORT" <big
    [ "$(cat "$OUT")" = "$(checksum big)" ]
}

@test "-v tells the version of TLS and the cipher" {
    start_target line
    run_culvert -v --no-shutdown -x "https://localhost:$SQUID_TLS_PORT" "${TRUST[@]}" 127.0.0.1 "$TARGET_PORT" <<<hello
    assert_status 0
    grep -Eq "proxy localhost:$SQUID_TLS_PORT: TLSv1\.[23] with [A-Z0-9_-]+ after" "$ERR"
}

@test "a certificate that has expired is refused, and the date is told" {
    refused "$PORT_expired" "has expired on" "$(LC_ALL=C date -u -d yesterday +%Y)"
}

@test "a certificate for other names is refused, and they are told" {
    refused "$PORT_wrong_name" "is for elsewhere.example, 192.0.2.1, not for 127.0.0.1" \
        --proxy-tls-servername
}

@test "a certificate from an issuer that is not known is refused, and the issuer is told" {
    refused "$PORT_stranger" "issuer not known here" "another authority" "--proxy-cacert"
    refused "$PORT_self_signed" "issuer not known here" "--proxy-cacert"
}

@test "without --proxy-cacert the system's issuers count" {
    TRUST=()
    refused "$PORT_good" "issuer not known here"
    SSL_CERT_FILE=$CERTIFICATES/ca.pem run_culvert -x "https://127.0.0.1:$PORT_good" \
        --proxy-user-file two 127.0.0.1 "$(closed_port)" </dev/null
    [ "$status" != 4 ]
}

@test "a machine without any issuer is called so" {
    mkdir issuers
    SSL_CERT_FILE=$TEST_DIR/nowhere SSL_CERT_DIR=$TEST_DIR/issuers \
        run_culvert -x "https://127.0.0.1:$PORT_good" 127.0.0.1 9 </dev/null
    assert_status 4
    assert_complaint "issuer not known here" "no issuer at all is installed here"
    cp "$CERTIFICATES/ca.pem" issuers
    SSL_CERT_FILE=$TEST_DIR/nowhere SSL_CERT_DIR=$TEST_DIR/issuers \
        run_culvert -x "https://127.0.0.1:$PORT_good" 127.0.0.1 9 </dev/null
    assert_complaint "issuer not known here"
    refute_line_in "$ERR" "no issuer at all"
}

@test "--proxy-capath is a directory of issuers" {
    mkdir issuers
    cp "$CERTIFICATES/ca.pem" issuers
    openssl rehash issuers
    TRUST=(--proxy-capath issuers)
    carries -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" --proxy-user-file two
}

@test "--proxy-insecure takes any certificate" {
    carries -x "https://127.0.0.1:$PORT_expired" --proxy-insecure --proxy-user-file two
}

@test "--proxy-tls-servername is expected instead of the host" {
    carries -x "https://127.0.0.1:$PORT_wrong_name" "${TRUST[@]}" \
        --proxy-tls-servername elsewhere.example --proxy-user-file two
}

@test "a certificate of ours is demanded: without one it is status 4, with one it works" {
    run_culvert -x "https://127.0.0.1:$PORT_client" "${TRUST[@]}" --proxy-user-file two 127.0.0.1 9 </dev/null
    assert_status 4
    assert_complaint "it wants a certificate of ours: --proxy-cert"
    carries -x "https://127.0.0.1:$PORT_client" "${TRUST[@]}" --proxy-user-file two \
        --proxy-cert "$CERTIFICATES/client.crt" --proxy-key "$CERTIFICATES/client.key"
    carries -x "https://127.0.0.1:$PORT_client" "${TRUST[@]}" --proxy-user-file two \
        --proxy-cert "$CERTIFICATES/client.pem"
}

@test "pins: the right ones are taken, from the option and from a file, and wrong ones refused" {
    local pin
    pin=sha256//$(openssl pkey -pubin -in "$CERTIFICATES/good.pub" -outform der | openssl sha256 -binary | base64)
    carries -x "https://127.0.0.1:$PORT_good" --proxy-insecure --proxy-user-file two \
        --proxy-pinnedpubkey "sha256//AAAA;$pin"
    carries -x "https://127.0.0.1:$PORT_good" --proxy-insecure --proxy-user-file two \
        --proxy-pinnedpubkey "$CERTIFICATES/good.pub"
    TRUST+=(--proxy-pinnedpubkey "sha256//AAAA")
    refused "$PORT_good" "its public key is not the one" "$pin"
    TRUST=(--proxy-insecure --proxy-pinnedpubkey "$CERTIFICATES/good.pub")
    refused "$PORT_expired" "its public key is not the one"
}

@test "files that can't be used are status 2" {
    local option
    for option in --proxy-cacert --proxy-cert --proxy-pinnedpubkey; do
        run_culvert -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" "$option" nowhere 127.0.0.1 9 </dev/null
        assert_status 2
        assert_complaint nowhere
    done
}

@test "a proxy that does not speak TLS is told from one that does" {
    start_proxy ssh-banner
    refused "$PROXY_PORT" "TLS handshake failed" "does not speak TLS"
}

@test "the handshake is under the deadline" {
    start_proxy silent
    run_culvert -w 1 -x "https://$PROXY" 127.0.0.1 22 </dev/null
    assert_status 8
    assert_complaint "TLS handshake"
}

@test "a chain of three, in clear and not, each with its own credentials" {
    carries -x "http://127.0.0.1:$FIRST_PORT" --proxy-user-file one \
        -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" --proxy-user-file two \
        -x "http://127.0.0.1:$THIRD_PORT" --proxy-user-file three
}

@test "a chain of two proxies with TLS: one stands in the other" {
    carries -x "https://localhost:$SQUID_TLS_PORT" "${TRUST[@]}" \
        -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" --proxy-user-file two
}

@test "the hop of a chain that fails is named" {
    run_culvert -x "http://127.0.0.1:$FIRST_PORT" --proxy-user-file one \
        -x "https://127.0.0.1:$PORT_expired" "${TRUST[@]}" --proxy-user-file two 127.0.0.1 9 </dev/null
    assert_status 4
    assert_complaint "proxy 127.0.0.1:$PORT_expired" expired
    run_culvert -x "http://127.0.0.1:$FIRST_PORT" --proxy-user-file one \
        -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" 127.0.0.1 9 </dev/null
    assert_status 5
    assert_complaint "proxy 127.0.0.1:$PORT_good" 407
}

@test "-F with TLS is refused before anything is dialled" {
    start_proxy silent
    status=0
    "$TOOLS/take-socket" "$CULVERT" -F -x "https://$PROXY" host.example 22 </dev/null >"$OUT" 2>"$ERR" || status=$?
    assert_status 2
    assert_complaint "-F cannot hand over"
    assert_untouched
}

@test "the module is not opened without need" {
    server_need strace
    start_proxy proxy --tunnel banner
    strace -f -o trace -e trace=open,openat "$CULVERT" -N -x "$PROXY" host.example 22 </dev/null >"$OUT"
    run ! grep -qE 'culvert-tls|libssl|libcrypto' trace
}

@test "without the module it is said what is missing" {
    mkdir bin
    cp "$CULVERT" bin
    start_proxy silent
    CULVERT=$TEST_DIR/bin/culvert run_culvert -w 5 -x "https://$PROXY" host.example 22 </dev/null
    # One that is installed would be found as well.
    [ "$status" = 8 ] || {
        assert_status 2
        assert_complaint "TLS cannot be used" OpenSSL
        assert_untouched
    }
}

@test "a FIFO in the place of a file of TLS is refused, not waited for" {
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    mkfifo fifo
    for option in --proxy-cacert --proxy-cert --proxy-pinnedpubkey; do
        run_culvert "$option" fifo -x https://127.0.0.1:1 host.example 22 </dev/null
        assert_status 2
        assert_complaint "fifo" "not a regular file"
    done
    SSL_CERT_FILE=fifo run_culvert -x https://127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    assert_complaint "fifo as SSL_CERT_FILE" "not a regular file"
}

@test "OpenSSL's own configuration counts, and no variable has the keys written anywhere" {
    printf '%s\n' 'openssl_conf = all' '[all]' 'ssl_conf = ssl' '[ssl]' 'system_default = policy' '[policy]' \
        'MaxProtocol = TLSv1.2' >policy
    SSLKEYLOGFILE=keys OPENSSL_CONF=policy run_culvert -v -x "https://127.0.0.1:$PORT_good" "${TRUST[@]}" \
        --proxy-user-file two 127.0.0.1 "$(closed_port)" </dev/null
    assert_line_in "$ERR" TLSv1.2
    [ ! -e keys ]
}
