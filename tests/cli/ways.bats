# SPDX-License-Identifier: ISC
# ways.bats: several ways to a target, tried in order.

load helper
# shellcheck source=../servers/squid.bash
. "$top_srcdir/tests/servers/squid.bash"
# shellcheck source=../servers/certificates.bash
. "$top_srcdir/tests/servers/certificates.bash"

DEAD=127.0.0.1:1 # nobody listens there

setup() {
    test_begin
    export XDG_RUNTIME_DIR=$TEST_DIR/run
    mkdir -m 700 "$XDG_RUNTIME_DIR"
}

teardown() {
    servers_stop
    test_end
}

# taken N ARGUMENT...: the tunnel is had by way N.
taken() {
    run_culvert -d --no-memory --check --json -w 10 "${@:2}" a.test:22
    assert_status 0
    [ "$(jq .way "$OUT")" = "$1" ] || fail "not way $1: $(cat "$OUT")"
}

# ends N STATUS ARGUMENT...: it ends at way N.
ends() {
    run_culvert -d --no-memory --check --json -w 10 "${@:3}" a.test:22
    assert_status "$2"
    [ "$(jq .way "$OUT")" = "$1" ] || fail "not way $1: $(cat "$OUT")"
}

# another_proxy SCRIPT...: one more scripted proxy; sets OTHER.
another_proxy() {
    start_tool scripted-proxy --script "$@"
    OTHER=127.0.0.1:$TOOL_PORT
}

@test "two squids: the second is taken when the first is not there" {
    server_need squid
    start_target farewell
    squid_start
    local first=$SQUID_PORT
    squid_start
    run_culvert -v -d -x "127.0.0.1:$first" --or -x "127.0.0.1:$SQUID_PORT" 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    refute_line_in "$ERR" 'trying way 2'
    run_culvert -v -d -x "$DEAD" --or -x "127.0.0.1:$SQUID_PORT" 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    assert_line_in "$ERR" 'trying way 2'
}

@test "squid: a closed port of the target is an answer, and no other way is tried" {
    server_need squid
    squid_start
    start_proxy proxy
    run_culvert -x "127.0.0.1:$SQUID_PORT" --or -x "$PROXY" 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 7
    assert_complaint 'way 1, proxy '
    assert_untouched
}

@test "what moves on: no name, no listener, broken rules, silence" {
    start_proxy proxy --tunnel banner
    taken 2 -x name.invalid:1 --or -x "$PROXY"
    taken 2 -x "$DEAD" --or -x "$PROXY"
    another_proxy close
    taken 2 -x "$OTHER" --or -x "$PROXY"
    another_proxy garbage:100
    taken 2 -x "$OTHER" --or -x "$PROXY"
    another_proxy silent
    taken 2 -x "$OTHER" --or -x "$PROXY" -w 1
    taken 2 -x unix:/nonexistent --or -x "$PROXY"
    taken 2 -x "exec:sh -c 'exit 1'" --or -x "$PROXY"
    taken 3 -x "$DEAD" --or -x unix:/nonexistent --or -x "$PROXY"
}

@test "a way that says of itself that it is at fault moves on, another does not" {
    start_proxy proxy --tunnel banner
    another_proxy status:503 --header 'Proxy-Status: p; error=proxy_internal_error'
    taken 2 -x "$OTHER" --or -x "$PROXY"
    another_proxy status:502 --header 'X-Squid-Error: ERR_SHUTTING_DOWN 0'
    taken 2 -x "$OTHER" --or -x "$PROXY"
    another_proxy status:503 --header 'Proxy-Status: p; error=connection_refused'
    ends 1 7 -x "$OTHER" --or -x "$PROXY"
    another_proxy status:503
    ends 1 7 -x "$OTHER" --or -x "$PROXY"
    another_proxy status:504
    ends 1 7 -x "$OTHER" --or -x "$PROXY"
    start_tool socks-replies '\005\000' '\005\001\000\001\000\000\000\000\000\000'
    ends 1 7 -x "socks5h://127.0.0.1:$TOOL_PORT" --or -x "$PROXY"
}

@test "403 and 407 move on with --or-on alone" {
    start_proxy proxy --tunnel banner
    another_proxy status:403
    ends 1 6 -x "$OTHER" --or -x "$PROXY"
    ends 1 6 --or-on 407 -x "$OTHER" --or -x "$PROXY"
    taken 2 --or-on 403 -x "$OTHER" --or -x "$PROXY"
    another_proxy proxy --credentials me:there
    ends 1 5 -x "$OTHER" --or -x "$PROXY"
    taken 2 --or-on 403,407 -x "$OTHER" --or -x "$PROXY"
    taken 2 --or-on 407 -x "$OTHER" -U me:wrong --or -x "$PROXY"
}

@test "a certificate that doesn't fit is the end, and no TLS failure goes on in clear" {
    server_need socat openssl
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip 'built without OpenSSL'
    certificates_make "$TEST_DIR/certificates"
    start_proxy proxy --tunnel banner
    local tls
    tls=127.0.0.1:$(closed_port)
    socat "OPENSSL-LISTEN:${tls##*:},bind=127.0.0.1,cert=certificates/good.pem,verify=0,fork" \
        "TCP:$PROXY" </dev/null >"$TEST_DIR/socat.log" 2>&1 3>&- 4>&- &
    STARTED+=($!)
    wait_until server_accepts "${tls##*:}"
    local plain=$PROXY
    another_proxy ssh-banner
    ends 1 4 -x "https://$tls" --or -x "https://$tls" --proxy-insecure
    ends 1 4 -x "https://$OTHER" --or -x "$plain"
    ends 1 4 -x "https://$OTHER" --or -x direct
    taken 2 -x "https://$OTHER" --or -x "https://$tls" --proxy-insecure
    taken 3 -x "https://$OTHER" --or -x "$plain" --or -x "https://$tls" --proxy-insecure
    another_proxy silent
    ends 1 8 -w 1 -x "https://$OTHER" --or -x "$plain"
}

@test "direct is a way where it is written" {
    start_target farewell
    run_culvert -d --no-memory -x "$DEAD" --or -x direct 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    run_culvert -d -x direct 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    start_proxy proxy --tunnel banner
    run_culvert -N --no-memory -x direct --or -x "$PROXY" 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 0
    run_culvert -x direct -x "$PROXY" a.test 22 </dev/null
    assert_status 2
    run_culvert -x "$PROXY" -x direct a.test 22 </dev/null
    assert_status 2
}

@test "the failure of all names each way, one line each, and the status is the last one's" {
    another_proxy status:403
    run_culvert --no-memory -x "$DEAD" --or -x unix:/nonexistent --or -x "$OTHER" a.test 22 </dev/null
    assert_status 6
    [ "$(wc -l <"$ERR")" = 3 ]
    [[ $(sed -n 1p "$ERR") == 'culvert: way 1, proxy 127.0.0.1:'*'Connection refused'* ]]
    [[ $(sed -n 2p "$ERR") == 'culvert: way 2, proxy unix:/nonexistent: '*'No such file'* ]]
    [[ $(sed -n 3p "$ERR") == "culvert: way 3, proxy $OTHER: answered CONNECT a.test:22 with 403"* ]]
}

@test "credentials go to their own way alone" {
    start_proxy proxy --tunnel banner --credentials me:there
    another_proxy close --log "$TEST_DIR/other.log"
    taken 2 --proxy-basic -x "$OTHER" --or -x "$PROXY" -U me:there
    refute_line_in "$TEST_DIR/other.log" Proxy-Authorization
    run_culvert -U me:there -x "$OTHER" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 2
    assert_complaint 'credentials before several -x'
}

@test "a wrong password that is in two ways is shown no more often than one alone" {
    start_proxy proxy --credentials me:there
    ends 2 5 --or-on 407 -x "http://me:wrong@$PROXY" --or -x "http://me:wrong@$PROXY"
    [ "$(grep -c '^Proxy-Authorization:' "$PROXY_LOG")" -le 2 ]
}

@test "CULVERT_PROXY may be a list, and no other variable" {
    start_proxy proxy --tunnel banner
    CULVERT_PROXY="$DEAD,$PROXY" taken 2
    CULVERT_PROXY="$DEAD http://$PROXY" taken 2
    CULVERT_PROXY="$DEAD|unix:/nonexistent|$PROXY" taken 3
    CULVERT_PROXY="PROXY $DEAD; SOCKS5 $DEAD; PROXY $PROXY; DIRECT" taken 3
    start_target farewell
    CULVERT_PROXY="$DEAD,direct" run_culvert -d --no-memory 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    CULVERT_PROXY="$DEAD,ftp://x" run_culvert a.test 22 </dev/null
    assert_status 2
    assert_complaint 'way 2 in CULVERT_PROXY has a scheme other than'
    CULVERT_PROXY="$DEAD,exec:cat" run_culvert a.test 22 </dev/null
    assert_status 2
    https_proxy="$DEAD,$PROXY" run_culvert a.test 22 </dev/null
    assert_status 2
    CULVERT_PROXY="$DEAD,$PROXY" run_culvert -U me:there a.test 22 </dev/null
    assert_status 2
    assert_complaint 'credentials for several proxies'
}

@test "what worked is remembered for the next run, and nothing can be read of it" {
    start_proxy proxy --tunnel banner
    run_culvert -v -N -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" 'trying way 2'
    run_culvert -v -N -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" 'way 2 comes first'
    refute_line_in "$ERR" trying
    run_culvert -v -N --no-memory -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
    assert_line_in "$ERR" 'trying way 2'
    run_culvert -v -N -x "$PROXY" --or -x "$DEAD" a.test 22 </dev/null
    refute_line_in "$ERR" 'comes first'
    [ "$(stat -c %a "$XDG_RUNTIME_DIR/culvert-ways")" = 600 ]
    run -1 grep -aE '127|proxy' "$XDG_RUNTIME_DIR/culvert-ways"
}

@test "no file but one's own is taken for what is remembered" {
    local file=$XDG_RUNTIME_DIR/culvert-ways
    start_proxy proxy --tunnel banner
    echo precious >other
    chmod 600 other
    for how in "ln" "ln -s" "mkfifo -m 600" "install -m 644"; do
        rm -f "$file"
        # shellcheck disable=SC2086
        case $how in
        mkfifo*) $how "$file" ;;
        *) $how "$PWD/other" "$file" ;;
        esac
        run_culvert -N -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
        assert_status 0
        assert_file other $'precious\n'
    done
    assert_file "$file" $'precious\n'
}

@test "a failure behind CONNECT is not remembered" {
    another_proxy close
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$OTHER" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 0
    [ ! -e "$XDG_RUNTIME_DIR/culvert-ways" ]
}

@test "when what was remembered fails, the others are tried, the first of them first" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 0
    server_end "$TOOL_PID"
    run_culvert -x "$DEAD" --or -x "$PROXY" a.test 22 </dev/null
    assert_status 3
    [[ $(sed -n 1p "$ERR") == 'culvert: way 2, '* ]]
    [[ $(sed -n 2p "$ERR") == 'culvert: way 1, '* ]]
}

@test "--or stands between two -x" {
    run_culvert --or -x proxy.example a.test 22 </dev/null
    assert_status 2
    run_culvert -x proxy.example --or a.test 22 </dev/null
    assert_status 2
    run_culvert -x proxy.example --or --or -x proxy.example a.test 22 </dev/null
    assert_status 2
    run_culvert --or-on 500 -x proxy.example a.test 22 </dev/null
    assert_status 2
}
