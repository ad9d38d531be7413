# SPDX-License-Identifier: ISC
# fdpass.bats: the socket itself is handed over (-F), and we are gone.

load helper
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/sshd.bash"

setup_file() {
    server_have sshd ssh scp ssh-keygen squid openssl || return 0
    sshd_start
    squid_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    (umask 077 && printf '%s\n' "${SQUID_CREDENTIALS:-}" >credentials)
}

teardown() {
    test_end
}

# over OPTION...: has ssh and scp take the socket from culvert with these options.
over() {
    server_need sshd ssh scp ssh-keygen squid openssl
    SSH_OPTIONS=(-F "$SSH_CONFIG" -o "ProxyCommand=$CULVERT -F $* %h %p" -o ProxyUseFdpass=yes)
}

# pass OPTION...: takes the socket without ssh, and talks over it.
pass() {
    status=0
    timeout 20 "$TOOLS/take-socket" "$CULVERT" -F "$@" >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
}

culvert_is_gone() {
    local pid
    for pid in $(test_processes); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != culvert ] || fail "there is culvert $pid"
    done
}

@test "ssh takes the socket, runs a command, and no culvert is left meanwhile" {
    over -x "127.0.0.1:$SQUID_PORT"
    mkfifo go
    timeout 20 ssh "${SSH_OPTIONS[@]}" server 'echo there; cat; exit 3' <go >"$OUT" 2>"$ERR" 3>&- 4>&- &
    local ssh=$!
    exec 8>go
    wait_until grep -q there "$OUT"
    culvert_is_gone
    echo hello >&8
    exec 8>&-
    status=0
    wait "$ssh" || status=$?
    assert_status 3
    assert_out $'there\nhello\n'
    assert_err ""
}

@test "ssh takes the socket from a proxy that wants a password, and copies 64 MiB both ways" {
    over -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file "$TEST_DIR/credentials"
    pattern $((64 * 1048576)) >big
    timeout 60 scp -q "${SSH_OPTIONS[@]}" big "server:$TEST_DIR/there" 2>"$ERR"
    timeout 60 scp -q "${SSH_OPTIONS[@]}" "server:$TEST_DIR/there" back 2>"$ERR"
    [ "$(checksum back)" = "$(checksum big)" ]
}

@test "ssh tells what was wrong when there is no socket to take" {
    over -x "127.0.0.1:$SQUID_AUTH_PORT"
    status=0
    timeout 20 ssh "${SSH_OPTIONS[@]}" server true </dev/null >"$OUT" 2>"$ERR" || status=$?
    assert_status 255
    assert_line_in "$ERR" "answered 407"
}

@test "a banner that came with the 200 is still in the socket" {
    start_proxy banner-with-200 --tunnel echo
    pass -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_out "$BANNER"$'\r\nhello\n'
}

@test "the socket is passed after a 407 on the same connection, and on a new one" {
    local script
    for script in 407-keep 407-chunked 407-forget; do
        start_proxy "$script" --tunnel banner --credentials "me:secret"
        (umask 077 && echo me:secret >mine)
        pass -x "$PROXY" --proxy-user-file mine host.example 22 <<<"hello"
        assert_status 0
        assert_out "$BANNER"$'\r\nhello\n'
    done
}

@test "the socket of a direct connection is passed as well" {
    start_target line
    no_proxy='*' pass 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'hello\n'
}

@test "after a refusal nothing is passed" {
    start_proxy status:403
    pass -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint 403
}

@test "where standard output is no Unix socket it is said before anything is dialled" {
    start_proxy proxy --tunnel banner
    run_culvert -F -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint "-F needs" "ProxyUseFdpass"
    assert_untouched
}

@test "when nobody takes the socket the status is 1" {
    start_proxy proxy --tunnel banner
    status=0
    python3 - "$CULVERT" "$PROXY" <<'PYTHON' >"$OUT" 2>"$ERR" || status=$?
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.close()
sys.exit(subprocess.run([sys.argv[1], "-F", "-x", sys.argv[2], "host.example", "22"], stdin=theirs,
                        stdout=theirs, timeout=20).returncode)
PYTHON
    assert_status 1
    assert_complaint "cannot pass the socket"
}
