# SPDX-License-Identifier: ISC
# socks.bats: SOCKS 5, 4a and 4, with real servers and with scripted replies.

load helper
# shellcheck source=../servers/microsocks.bash
. "$top_srcdir/tests/servers/microsocks.bash"
# shellcheck source=../servers/dante.bash
. "$top_srcdir/tests/servers/dante.bash"
# shellcheck source=../servers/sshd.bash
. "$top_srcdir/tests/servers/sshd.bash"
# shellcheck source=../servers/squid.bash
. "$top_srcdir/tests/servers/squid.bash"
# shellcheck source=../servers/tor.bash
. "$top_srcdir/tests/servers/tor.bash"

setup() {
    test_begin
}

teardown() {
    servers_stop
    test_end
}

# opens ARGUMENT...: the tunnel to the target is had with these.
opens() {
    run_culvert -d "$@" "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

# refused STATUS TEXT ARGUMENT...: it fails so, in one line.
refused() {
    run_culvert "${@:3}" </dev/null
    assert_status "$1"
    assert_complaint "$2"
}

# replies BYTES...: a server that says one of these after each message, with escapes of printf, and
# then what the target would say. Sets SOCKS.
replies() {
    start_tool socks-replies "$@" --events "$TEST_DIR/socks.events"
    SOCKS=127.0.0.1:$TOOL_PORT
}

@test "microsocks: a target by address and by name" {
    server_need microsocks
    start_target farewell
    microsocks_start
    opens -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1
    opens -x "socks5://127.0.0.1:$MICROSOCKS_PORT" localhost
    opens -x "socks://127.0.0.1:$MICROSOCKS_PORT" localhost
    opens -X 5 -x "127.0.0.1:$MICROSOCKS_PORT" localhost
    opens --proxy-type socks5 -x "127.0.0.1:$MICROSOCKS_PORT" localhost
    opens --socks5-hostname "127.0.0.1:$MICROSOCKS_PORT" localhost
    opens --socks5 "127.0.0.1:$MICROSOCKS_PORT" localhost
    ALL_PROXY=socks5h://127.0.0.1:$MICROSOCKS_PORT opens localhost
}

@test "dante: 1 MiB each way comes whole" {
    server_need danted
    start_target exchange:1048576
    dante_start
    pattern 1048576 >sent
    run_culvert -N -x "socks5h://127.0.0.1:$DANTE_PORT" 127.0.0.1 "$TARGET_PORT" <sent
    assert_status 0
    head -c 1048576 "$OUT" >received
    assert_pattern received 1048576
    [ "$(tail -c +1048577 "$OUT" | tr -d '\r\n')" = "$(checksum sent)" ]
}

@test "microsocks: user and password, right, wrong and none" {
    server_need microsocks
    start_target farewell
    microsocks_start -u me -P 'sec ret'
    opens -x "socks5h://me:sec%20ret@127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1
    opens -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" -U 'me:sec ret' 127.0.0.1
    refused 5 'refused the user and password' -x "socks5h://me:wrong@127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1 1
    refused 5 'wants a user and a password' -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1 1
}

@test "the password is in no message" {
    server_need microsocks
    start_target farewell
    microsocks_start -u me -P s3cret
    opens -vv --trace "$TEST_DIR/trace" -x "socks5h://me:s3cret@127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1
    assert_line_in "$ERR" '> SOCKS 5 user and password [redacted]'
    assert_line_in "$ERR" "> SOCKS 5 CONNECT 127.0.0.1:$TARGET_PORT"
    refute_line_in "$ERR" s3cret
    refute_line_in "$TEST_DIR/trace" s3cret
}

@test "microsocks: a closed port is 7, and the number is said" {
    server_need microsocks
    microsocks_start
    refused 7 'with SOCKS reply 5: connection refused' \
        -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1 "$(closed_port)"
}

@test "dante: 5, 4a and 4" {
    server_need danted
    start_target farewell
    dante_start
    opens -x "socks5h://127.0.0.1:$DANTE_PORT" localhost
    opens -x "socks4://127.0.0.1:$DANTE_PORT" localhost
    opens -x "socks4://me@127.0.0.1:$DANTE_PORT" 127.0.0.1
    opens -x "socks4a://127.0.0.1:$DANTE_PORT" 127.0.0.1
    opens -X 4 -x "127.0.0.1:$DANTE_PORT" localhost
    opens --socks4 "127.0.0.1:$DANTE_PORT" localhost
    opens --proxy-type socks4 -x "127.0.0.1:$DANTE_PORT" 127.0.0.1
}

@test "dante: what its rules forbid is 6" {
    server_need danted
    dante_start 'socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 }'
    refused 6 'with SOCKS reply 2: not allowed by its rules' \
        -x "socks5h://127.0.0.1:$DANTE_PORT" 127.0.0.1 1
    refused 7 'with SOCKS reply 91: rejected or failed' \
        -x "socks4://127.0.0.1:$DANTE_PORT" 127.0.0.1 1
}

@test "tor: its refusals, those of its own numbers too, by TCP and by a Unix socket" {
    server_need tor
    tor_start
    refused 7 'with SOCKS reply 1: general failure' -x "socks5h://127.0.0.1:$TOR_PORT" 127.0.0.1 1
    refused 7 'with SOCKS reply 246: onion service: the address is invalid' \
        -x "socks5h://me:there@127.0.0.1:$TOR_PORT" bad.onion 22
    refused 7 'with SOCKS reply 246' -x "socks5h+unix:$TOR_SOCKET" bad.onion 22
    refused 7 'with SOCKS reply 6: TTL expired' -x "socks5h://127.0.0.1:$TOR_PORT" a.test 22
    refused 9 'it is a SOCKS proxy: use -x socks5h://' -x "http://127.0.0.1:$TOR_PORT" a.test 22
}

@test "ssh -D is a SOCKS proxy" {
    server_need ssh sshd
    start_target farewell
    sshd_start
    local port
    port=$(closed_port)
    ssh -F "$SSH_CONFIG" -N -D "127.0.0.1:$port" server \
        </dev/null >"$TEST_DIR/ssh.log" 2>&1 3>&- 4>&- &
    STARTED+=($!)
    wait_until server_accepts "$port"
    opens -x "socks5h://127.0.0.1:$port" localhost
    opens -x "socks4a://127.0.0.1:$port" localhost
}

@test "SOCKS behind HTTP, and HTTP behind SOCKS" {
    server_need microsocks squid
    start_target farewell
    squid_start
    microsocks_start
    opens -x "http://127.0.0.1:$SQUID_PORT" -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1
    opens -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" -x "http://127.0.0.1:$SQUID_PORT" 127.0.0.1
    opens -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1
}

@test "a SOCKS proxy that is spoken to as HTTP, and the other way round, is told with the option" {
    server_need microsocks
    microsocks_start
    refused 9 'that is a SOCKS proxy: use -x socks5h://' -x "127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1 1
    replies 'HTTP/1.1 400 Bad Request\r\n\r\n'
    refused 9 'an HTTP proxy, or a web server, answers here: use http://' -x "socks5h://$SOCKS" a.test 1
    refused 9 'an HTTP proxy, or a web server, answers here: use http://' -x "socks4a://$SOCKS" a.test 1
}

@test "a reply is read exactly, whatever its address and its portions" {
    local reply portions
    for reply in '\005\000\000\001\177\000\000\001\000\026' \
        '\005\000\000\003\004host\000\026' '\005\000\000\003\000\000\026' \
        '\005\000\000\004\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001\000\026'; do
        for portions in 1 3 100; do
            replies '\005\000' "$reply$BANNER" --portions "$portions"
            run_culvert -d -x "socks5h://$SOCKS" a.test 22
            assert_status 0
            assert_out "$BANNER"
        done
    done
    replies '\000\132\000\000\000\000\000\000'"$BANNER" --portions 1
    run_culvert -d -x "socks4a://$SOCKS" a.test 22
    assert_status 0
    assert_out "$BANNER"
}

@test "each reply has its status" {
    local reply status_wanted
    for reply in 1:7 2:6 3:7 4:7 5:7 6:7 7:6 10:6 11:7 377:7 360:7; do
        status_wanted=${reply#*:}
        replies '\005\000' "\\005\\${reply%:*}\\000\\001\\000\\000\\000\\000\\000\\000"
        refused "$status_wanted" 'with SOCKS reply ' -x "socks5h://$SOCKS" a.test 22
    done
    replies '\005\377'
    refused 5 'wants a user and a password' -x "socks5h://$SOCKS" a.test 22
    replies '\005\001'
    refused 9 'chose the SOCKS method 1, which was not offered' -x "socks5h://$SOCKS" a.test 22
    replies '\005\002'
    refused 9 'chose the SOCKS method 2, which was not offered' -x "socks5h://$SOCKS" a.test 22
    replies '\005\002' '\001\001'
    refused 5 'refused the user and password' -x "socks5h://a:b@$SOCKS" a.test 22
    replies '\005\000' '\005\000\000\007\000\000\000\000\000\000'
    refused 9 "an address of a type" -x "socks5h://$SOCKS" a.test 22
    replies '\005\000' '\005\000\000'
    refused 9 'closed the connection in the middle of its answer' -x "socks5h://$SOCKS" a.test 22
    replies '\005\000' ''
    refused 9 'closed the connection instead of the next answer' -x "socks5h://$SOCKS" a.test 22
    replies ''
    refused 9 'closed the connection without an answer' -x "socks5h://$SOCKS" a.test 22
}

@test "user and password are offered first, and shown though the proxy would not ask" {
    replies '\005\002' '\001\000' '\005\000\000\001\000\000\000\000\000\000'
    run_culvert -d -x "socks5h://me:there@$SOCKS" a.test 22
    assert_status 0
    assert_line_in "$TEST_DIR/socks.events" 'got 05020200'
    assert_line_in "$TEST_DIR/socks.events" 'got 01026d65057468657265'
    assert_line_in "$TEST_DIR/socks.events" 'got 0501000306612e746573740016'
}

@test "SOCKS 4 alone looks names up here, and can't ask for IPv6" {
    replies '\000\132\000\000\000\000\000\000'
    run_culvert -d -x "socks4://me@$SOCKS" localhost 22
    assert_status 0
    assert_line_in "$TEST_DIR/socks.events" 'got 040100167f0000016d6500'
    replies '\000\132\000\000\000\000\000\000'
    run_culvert -d -x "socks4a://me@$SOCKS" localhost 22
    assert_status 0
    assert_line_in "$TEST_DIR/socks.events" 'got 04010016000000016d65006c6f63616c686f737400'
    replies ''
    refused 2 'which is IPv6' -x "socks4://$SOCKS" ::1 22
    refused 3 'cannot look up name.invalid' -x "socks4://$SOCKS" name.invalid 22
    refused 2 'is a name, and with -n' -n -x "socks4://$SOCKS" localhost 22
}

@test "a silent proxy costs -w, and it is said that it may be an HTTP one" {
    start_proxy silent
    refused 8 'An HTTP proxy would wait for more' -w 0.3 -x "socks5h://$PROXY" a.test 22
}

@test "TLS to a SOCKS proxy, and passwords that don't fit, are refused" {
    local long
    long=$(head -c 256 /dev/zero | tr '\0' x)
    refused 2 'SOCKS inside TLS' -x socks5s://proxy.example a.test 22
    refused 2 'more than 255 bytes' -x "socks5h://me:$long@proxy.example" a.test 22
    refused 2 "SOCKS 4 can't carry" -x socks4://me:there@proxy.example a.test 22
    replies '\005\002'
    refused 2 'more than 255 bytes' -x "socks5h://$SOCKS" -U "me:$long" a.test 22
}

@test "--check times the exchange, and -F passes the socket on" {
    server_need microsocks
    start_target farewell
    microsocks_start
    run_culvert --check --json -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" "127.0.0.1:$TARGET_PORT"
    assert_status 0
    jq -e '.open and .ms.proxy > 0 and .ms.tcp > 0' "$OUT"
    run -0 "$TOOLS/take-socket" "$CULVERT" -F -x "socks5h://127.0.0.1:$MICROSOCKS_PORT" 127.0.0.1 "$TARGET_PORT"
}
