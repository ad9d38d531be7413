# SPDX-License-Identifier: ISC
# unix.bats: proxies at Unix sockets, and proxies that a program leads to.

load helper
# shellcheck source=../servers/squid.bash
. "$top_srcdir/tests/servers/squid.bash"
# shellcheck source=../servers/sshd.bash
. "$top_srcdir/tests/servers/sshd.bash"

setup() {
    test_begin
}

teardown() {
    servers_stop
    test_end
}

# bridge ADDRESS PORT: a Unix socket, as socat has it, that leads to a port.
bridge() {
    socat "$1,fork" "TCP:127.0.0.1:$2" </dev/null >"$TEST_DIR/socat.log" 2>&1 3>&- 4>&- &
    STARTED+=($!)
}

opens() {
    run_culvert -d "$@" "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

refused() {
    run_culvert "${@:3}" </dev/null
    assert_status "$1"
    assert_complaint "$2"
}

@test "squid behind a Unix socket, however that is written" {
    server_need socat squid
    start_target farewell
    squid_start
    bridge "UNIX-LISTEN:$TEST_DIR/proxy.sock" "$SQUID_PORT"
    wait_until test -S "$TEST_DIR/proxy.sock"
    opens -x "unix:$TEST_DIR/proxy.sock" 127.0.0.1
    opens -x "unix://$TEST_DIR/proxy.sock" 127.0.0.1
    opens -x unix:./proxy.sock 127.0.0.1
    opens -x "http+unix:$TEST_DIR/proxy.sock" 127.0.0.1
    opens -x "http+unix://${TEST_DIR//\//%2F}%2Fproxy.sock" 127.0.0.1
    https_proxy=unix:$TEST_DIR/proxy.sock opens 127.0.0.1
}

@test "an abstract socket" {
    server_need socat
    start_proxy proxy --tunnel banner
    bridge "ABSTRACT-LISTEN:culvert-test-$$" "$PROXY_PORT"
    wait_until grep -q "@culvert-test-$$" /proc/net/unix
    run_culvert -N -x "unix:@culvert-test-$$" a.test 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "credentials go to a proxy at a Unix socket" {
    server_need socat
    start_proxy proxy --tunnel banner --credentials me:there
    bridge "UNIX-LISTEN:$TEST_DIR/proxy.sock" "$PROXY_PORT"
    wait_until test -S "$TEST_DIR/proxy.sock"
    run_culvert -N -x "http+unix://me:there@${TEST_DIR//\//%2F}%2Fproxy.sock" a.test 22 </dev/null
    assert_status 0
    run_culvert -N -x unix:./proxy.sock -U me:there a.test 22 </dev/null
    assert_status 0
    refused 5 "proxy unix:./proxy.sock" -x unix:./proxy.sock a.test 22
}

@test "a Unix socket is the first hop of a chain, and no other" {
    server_need socat squid
    start_target farewell
    squid_start
    bridge "UNIX-LISTEN:$TEST_DIR/proxy.sock" "$SQUID_PORT"
    wait_until test -S "$TEST_DIR/proxy.sock"
    opens -x unix:./proxy.sock -x "http://127.0.0.1:$SQUID_PORT" 127.0.0.1
    refused 2 'can only be the first proxy of a chain' -x "http://127.0.0.1:$SQUID_PORT" \
        -x unix:./proxy.sock a.test 22
}

@test "a socket that isn't there, that nobody has, that isn't one" {
    refused 3 'No such file or directory; is the path right' -x unix:/nonexistent/p a.test 22
    touch file
    refused 3 'Connection refused' -x unix:./file a.test 22
    refused 2 'too long for a Unix socket' -x "unix:/$(head -c 107 /dev/zero | tr '\0' x)" a.test 22
    refused 2 'wants TLS' -x https+unix:/p a.test 22
}

@test "-F passes a Unix socket on" {
    server_need socat
    start_proxy proxy --tunnel banner
    bridge "UNIX-LISTEN:$TEST_DIR/proxy.sock" "$PROXY_PORT"
    wait_until test -S "$TEST_DIR/proxy.sock"
    run -0 "$TOOLS/take-socket" "$CULVERT" -F -x unix:./proxy.sock a.test 22 </dev/null
    [[ $output == "$BANNER"* ]]
}

@test "exec: a program's standard input and output lead to the proxy" {
    server_need socat
    start_proxy proxy --tunnel exchange:1048576
    pattern 1048576 >sent
    run_culvert -N -x "exec:socat -t 20 - TCP:127.0.0.1:$PROXY_PORT" a.test 22 <sent
    assert_status 0
    head -c 1048576 "$OUT" >received
    assert_pattern received 1048576
    [ "$(tail -c +1048577 "$OUT" | tr -d '\r\n')" = "$(checksum sent)" ]
}

@test "exec: ssh -W, with no shell in between" {
    server_need ssh sshd
    start_proxy proxy --tunnel banner
    sshd_start
    run_culvert -N -x "exec:ssh -F $SSH_CONFIG -W 127.0.0.1:$PROXY_PORT server" a.test 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "exec: the words are as the manual has them" {
    printf '#!/bin/sh\nprintf "%%s|" "$@" >words\n' >"a program"
    chmod 755 "a program"
    run_culvert -x "exec:'./a program' one 't w o' \"th\\\"ree\" fo\\ ur \$HOME '' *" a.test 22 </dev/null
    assert_file words "one|t w o|th\"ree|fo ur|\$HOME||*|"
}

@test "exec: the program's exit status is in the failure" {
    refused 3 'proxy exec:sh: the program ended with status 7' -x "exec:sh -c 'exit 7'" a.test 22
    refused 3 'proxy exec:sh: the program was ended by signal 9' -x "exec:sh -c 'kill -9 \$\$'" a.test 22
    refused 3 'proxy exec:sh: the program ended with status 0' -x "exec:sh -c 'exit 0'" a.test 22
    refused 3 'cannot be run: No such file' -x exec:./nonexistent a.test 22
}

@test "exec: a program that fails in the middle breaks the tunnel" {
    run_culvert -d -x "exec:sh -c 'printf \"HTTP/1.1 200 x\\r\\n\\r\\nhalf\"; exit 3'" a.test 22
    assert_status 1
    assert_file "$OUT" half
    assert_line_in "$ERR" 'the program ended with status 3'
    run_culvert -d -x "exec:sh -c 'printf \"HTTP/1.1 200 x\\r\\n\\r\\nwhole\"; cat >/dev/null'" -w 5 --quit-after 0 a.test 22
}

@test "exec: a program that ends well, but before it read all, breaks the tunnel, too" {
    cat >program <<'END'
#!/bin/bash
while IFS= read -r line && [ "$line" != $'\r' ]; do :; done
printf 'HTTP/1.1 200 x\r\n\r\n'
read -rn 1
END
    chmod +x program
    pattern 1000 >sent
    run_culvert -N -x exec:./program a.test 22 <sent
    assert_status 1
    assert_line_in "$ERR" 'the tunnel broke: connection reset by the program, which ended with status 0'
}

@test "exec: the program is ended with the tunnel, and its standard error is ours" {
    printf '#!/bin/sh\necho $$ >pid\necho hello >&2\nprintf "HTTP/1.1 403 no\\r\\nContent-Length: 0\\r\\n\\r\\n"\nexec sleep 1000\n' >program
    chmod 755 program
    run_culvert -x exec:./program a.test 22 </dev/null
    assert_status 6
    assert_line_in "$ERR" hello
    wait_until gone "$(cat pid)"
}

gone() {
    ! server_is_running "$1"
}

@test "exec: a program that is stopped is ended as well" {
    printf '#!/bin/sh\ntrap "echo so >ended; exit" TERM\nkill -STOP $$\nsleep 1\n' >program
    chmod +x program
    run_culvert -w 1 -x exec:./program a.test 22 </dev/null
    assert_status 8
    wait_until grep -q so ended
}

@test "exec: not from a variable, not with -F, not behind another hop" {
    CULVERT_PROXY=exec:cat run_culvert a.test 22 </dev/null
    assert_status 2
    assert_complaint 'names a program, which is only taken from the command line'
    refused 2 'can only be the first proxy of a chain' -x proxy.example -x exec:cat a.test 22
    run "$TOOLS/take-socket" "$CULVERT" -F -x exec:cat a.test 22
    [[ $output == *'-F cannot hand over the stream of a program'* ]]
}

@test "exec: SOCKS may be spoken with what a program leads to" {
    server_need socat
    start_tool socks-replies '\005\000' '\005\000\000\001\000\000\000\000\000\000hello'
    run_culvert -d -x "socks5h+exec:socat - TCP:127.0.0.1:$TOOL_PORT" a.test 22
    assert_status 0
    assert_out hello
}
