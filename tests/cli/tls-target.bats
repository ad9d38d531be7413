# SPDX-License-Identifier: ISC
# tls-target.bats: TLS with the target, inside of the tunnel (--tls).

load helper
. "$top_srcdir/tests/servers/certificates.bash"
. "$top_srcdir/tests/servers/apache.bash"
. "$top_srcdir/tests/servers/stunnel.bash"

BIG=$((64 * 1048576))

setup_file() {
    server_have openssl && [ -n "$(apache_program)" ] && [ -n "$(stunnel_program)" ] || return 0
    export CERTIFICATES=$BATS_FILE_TMPDIR/certificates
    certificates_make "$CERTIFICATES"
    apache_start
    stunnel_start "$APACHE_PORT" "$CERTIFICATES/good.pem"
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need openssl
    [ -n "$(apache_program)" ] || server_need apache2
    [ -n "$(stunnel_program)" ] || server_need stunnel4
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    PROXY=127.0.0.1:$APACHE_PORT
    TLS=(--tls --cacert "$CERTIFICATES/ca.pem")
}

teardown() {
    exec 7>&-
    test_end
}

# start_peer PART [OPTION]...: a target that speaks TLS, and that can end without a close_notify.
start_peer() {
    "$TOOLS/tls-target" --certificate "$CERTIFICATES/${PAIR:-good}.pem" --play "$1" --port-file port \
        "${@:2}" >told </dev/null 3>&- 4>&- &
    STARTED+=("$!")
    wait_until [ -s port ]
    TARGET_PORT=$(cat port)
}

# start_s_server FILE: OpenSSL's own server, which sends the file and ends; what it gets is in "got".
start_s_server() {
    TARGET_PORT=$(closed_port)
    openssl s_server -quiet -naccept 1 -accept "127.0.0.1:$TARGET_PORT" \
        -cert "$CERTIFICATES/good.pem" <"$1" >got 2>s_server.log 3>&- 4>&- &
    STARTED+=("$!")
    wait_until server_accepts_quietly
}

# A connection would count as the one that s_server serves.
server_accepts_quietly() {
    grep -q ":$(printf %04X "$TARGET_PORT") 00000000:0000 0A" /proc/net/tcp
}

@test "64 MiB go to openssl s_server in a tunnel, whole" {
    pattern $BIG >big
    mkfifo nothing
    exec 7<>nothing
    start_s_server nothing
    run_culvert --no-shutdown -q 1 "${TLS[@]}" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <big
    assert_status 0
    wait_until cmp -s big got
}

@test "64 MiB come from a target that speaks TLS, through two layers of TLS as well" {
    start_peer "source:$BIG"
    open_input
    run_culvert "${TLS[@]}" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" "$BIG"
    rm port
    start_peer "source:$BIG"
    run_culvert "${TLS[@]}" -x "https://127.0.0.1:$STUNNEL_PORT" --proxy-cacert "$CERTIFICATES/ca.pem" \
        127.0.0.1 "$TARGET_PORT" <&7
    assert_status 0
    assert_pattern "$OUT" "$BIG"
}

@test "64 MiB go and their checksum comes back: close_notify is a half-close" {
    local layer
    pattern $BIG >big
    for layer in "-x $PROXY" "-x https://127.0.0.1:$STUNNEL_PORT --proxy-cacert $CERTIFICATES/ca.pem"; do
        rm -f port
        start_peer checksum
        # shellcheck disable=SC2086
        run_culvert -N "${TLS[@]}" $layer 127.0.0.1 "$TARGET_PORT" <big
        assert_status 0
        assert_out "$(checksum big)"$'\n'
    done
}

@test "a tunnel that ends without close_notify is broken, not ended: status 1" {
    start_peer truncate:100000
    open_input
    run_culvert "${TLS[@]}" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7
    assert_status 1
    assert_pattern "$OUT" 100000
    grep -q "cut short" "$ERR"
}

@test "TLS without a proxy works as well" {
    start_peer checksum
    no_proxy='*' run_culvert -N "${TLS[@]}" localhost "$TARGET_PORT" <<<hello
    assert_status 0
    assert_out "$(checksum <<<hello)"$'\n'
}

@test "the target's certificate is verified, and the options are the target's" {
    start_peer checksum
    run_culvert -N --tls -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 4
    assert_complaint "target 127.0.0.1:$TARGET_PORT" "issuer not known here" "; --cacert" \
        "if the issuer is the proxy's, it opens TLS to inspect what is carried"
    no_proxy='*' run_culvert -N --tls 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 4
    assert_complaint "issuer not known here"
    refute_line_in "$ERR" inspect
    run_culvert -N "${TLS[@]}" --tls-servername other.example -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 4
    assert_complaint "is for localhost, 127.0.0.1, not for other.example"
    run_culvert -N --tls --insecure -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    run_culvert -N "${TLS[@]}" --pinnedpubkey sha256//AAAA -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 4
}

@test "--alpn offers protocols, and a wrong list is refused" {
    start_peer alpn --alpn imap
    run_culvert "${TLS[@]}" --alpn smtp,imap -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_out $'imap\n'
    run_culvert "${TLS[@]}" --alpn smtp,,imap -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 2
}

@test "a banner that comes with the handshake is not held back" {
    start_peer banner
    open_input
    start_culvert "${TLS[@]}" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7 >"$OUT"
    wait_until grep -q "$BANNER" "$OUT"
}

@test "what a slow target could not take at once goes on without more of the input" {
    start_peer count:40000000
    pattern 40000000 >big
    open_input
    start_culvert "${TLS[@]}" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7 >"$OUT"
    timeout 10 cat big >&7
    wait_until grep -q "$(checksum big)" "$OUT"
}

@test "files and names that can't be used are told before anything is sent" {
    local option
    start_proxy proxy
    for option in --cacert=nofile --cert=nofile --capath=nodir; do
        run_culvert --tls "$option" -x "$PROXY" host.example 22 </dev/null
        assert_status 2
        assert_complaint 'No such file or directory'
    done
    run_culvert --tls --tls-servername= -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint '--tls-servername'
    assert_untouched
}

@test "a dot behind the name is for the look-up: it is neither asked for nor expected" {
    start_peer name
    run_culvert "${TLS[@]}" --tls-servername localhost. -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_out localhost
}

@test "a certificate that names its host in the subject alone is not believed (RFC 9525)" {
    PAIR=localhost start_peer name
    run_culvert "${TLS[@]}" -x "$PROXY" localhost "$TARGET_PORT" </dev/null
    assert_status 4
    assert_complaint "no subjectAltName" localhost
}

@test "- is standard input for a file of TLS" {
    start_peer name
    run_culvert --tls --cacert - -x "$PROXY" localhost "$TARGET_PORT" <"$CERTIFICATES/ca.pem"
    assert_status 0
    assert_out localhost
    run_culvert --tls --cacert - -x "$PROXY" localhost "$TARGET_PORT" < <(cat "$CERTIFICATES/ca.pem")
    assert_status 0
    assert_out localhost
}

@test "a standard input that says nothing is not waited for past -w, though OpenSSL is to read it" {
    open_input
    run_culvert -w 1 --tls --cacert - -x 127.0.0.1:1 localhost 443 <&7
    assert_status 8
    assert_complaint "nothing came from standard input in time"
    run_culvert -w 5 --tls --cacert - -x 127.0.0.1:1 localhost 443 < <(head -c 9000000 /dev/zero)
    assert_status 2
    assert_complaint "cannot read standard input"
}

@test "a name with a NUL in it, or one of great length, is told as it is" {
    local name
    # DNS:localhost\0.x, and DNS: of 300 bytes
    for name in DER:300e820c6c6f63616c686f7374002e78 "DNS:$(printf 'x%.0s' {1..300})"; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
            -addext "subjectAltName=$name" -keyout key.pem -out cert.pem 2>/dev/null
        cat cert.pem key.pem >both.pem
        rm -f port
        "$TOOLS/tls-target" --certificate both.pem --play name --port-file port >told 2>&1 </dev/null 3>&- 4>&- &
        STARTED+=("$!")
        wait_until [ -s port ]
        run_culvert --tls --cacert cert.pem -x "$PROXY" localhost "$(cat port)" </dev/null
        assert_status 4
        case $name in
        DER*) assert_complaint "its certificate is for localhost?.x, not for localhost" ;;
        *) assert_complaint "its certificate is for xxxxxxxx" ;;
        esac
    done
}

# start_flood OPTION...: a target that sends records without data.
start_flood() {
    rm -f port
    "$TOOLS/tls-flood" --certificate "$CERTIFICATES/good.pem" "$@" --port-file port \
        >told 2>&1 </dev/null 3>&- 4>&- &
    STARTED+=("$!")
    wait_until [ -s port ]
    TARGET_PORT=$(cat port)
}

@test "records without data have their use, and an end" {
    start_flood --records 20
    run_culvert -N "${TLS[@]}" -x "$PROXY" localhost "$TARGET_PORT" </dev/null
    assert_status 0
    assert_file "$OUT" $'first\nlast\n'
    start_flood --records 100000
    run_culvert -N "${TLS[@]}" -x "$PROXY" localhost "$TARGET_PORT" </dev/null
    assert_status 1
    grep -q "records without data" "$ERR"
    assert_file "$OUT" $'first\n'
    start_flood --records 100000 --mute
    run_culvert -N "${TLS[@]}" -x "$PROXY" localhost "$TARGET_PORT" </dev/null
    assert_status 1
    assert_complaint "the tunnel broke: TLS: records without data"
    local input
    for input in -d -N; do
        start_flood --records 5000 --hello-requests
        run_culvert "$input" "${TLS[@]}" -x direct localhost "$TARGET_PORT" </dev/null
        assert_status 1
        grep -q "records without data" "$ERR"
        assert_file "$OUT" $'first\n'
    done
}

# rests: whether culvert has had nothing to do for a while.
rests() {
    local before
    before=$(ticks "$CULVERT_PID")
    sleep 0.3
    [ "$(ticks "$CULVERT_PID")" = "$before" ]
}

@test "who wants to be answered and reads nothing doesn't keep the processor busy" {
    start_flood --records 1000000 --deaf
    start_culvert "${TLS[@]}" -x direct localhost "$TARGET_PORT" >"$OUT" < <(exec yes 3>&- 4>&-)
    wait_until [ -s "$OUT" ]
    wait_until rests
}

@test "a handshake that never comes to its end has an end" {
    start_flood --hello-requests
    run_culvert -N -w 5 "${TLS[@]}" -x "$PROXY" localhost "$TARGET_PORT" </dev/null
    assert_status 4
    assert_complaint "the TLS handshake failed" "records without data"
}

@test "a server name that means any name below it is refused" {
    run_culvert --tls-servername .example.org "${TLS[@]}" -x "$PROXY" localhost 443 </dev/null
    assert_status 2
    assert_complaint "begin with a dot"
}
