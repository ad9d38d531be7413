# SPDX-License-Identifier: ISC
# ssh.bats: the main job. ssh and scp through real proxies to a real sshd, with us in between.

load helper
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/tinyproxy.bash"
. "$top_srcdir/tests/servers/sshd.bash"

BIG=$((64 * 1048576))

setup_file() {
    server_have sshd ssh scp ssh-keygen || return 0
    sshd_start
    if server_have squid openssl; then
        squid_start
    fi
    if server_have tinyproxy; then
        tinyproxy_start
        export OPEN_PORT=$TINYPROXY_PORT
        tinyproxy_start 'BasicAuth culvert right-password'
        export AUTH_PORT=$TINYPROXY_PORT
    fi
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need sshd ssh scp ssh-keygen
    (umask 077 && printf '%s\n' "${SQUID_CREDENTIALS:-}" >squid-credentials &&
        printf 'culvert:right-password\n' >tinyproxy-credentials && printf 'culvert:wrong\n' >wrong)
}

teardown() {
    test_end
}

# through OPTION...: has ssh and scp go through culvert with these options.
through() {
    SSH_OPTIONS=(-F "$SSH_CONFIG" -o "ProxyCommand=$CULVERT $* %h %p")
}

# runs_a_command: ssh does, with input, output and exit status of its own.
runs_a_command() {
    status=0
    timeout 20 ssh "${SSH_OPTIONS[@]}" server 'tr a-z A-Z; exit 3' <<<"hello" >"$OUT" 2>"$ERR" || status=$?
    assert_status 3
    assert_out $'HELLO\n'
    assert_err ""
}

# copies_both_ways: a file of 64 MiB comes back as it went.
copies_both_ways() {
    pattern $BIG >big
    timeout 60 scp -q "${SSH_OPTIONS[@]}" big "server:$TEST_DIR/there" 2>"$ERR"
    timeout 60 scp -q "${SSH_OPTIONS[@]}" "server:$TEST_DIR/there" back 2>"$ERR"
    [ "$(checksum there)" = "$(checksum big)" ]
    [ "$(checksum back)" = "$(checksum big)" ]
}

# is_refused: ssh fails, and what was wrong with the proxy is to be read.
is_refused() {
    status=0
    timeout 20 ssh "${SSH_OPTIONS[@]}" server true </dev/null >"$OUT" 2>"$ERR" || status=$?
    assert_status 255
    [ "$(grep -c '^culvert: ' "$ERR")" = 1 ]
    grep '^culvert: ' "$ERR" >complaint
    assert_line_in complaint "$1"
}

@test "ssh runs a command through squid" {
    server_need squid openssl
    through -x "127.0.0.1:$SQUID_PORT"
    runs_a_command
}

@test "ssh runs a command through squid with a password" {
    server_need squid openssl
    through -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file "$TEST_DIR/squid-credentials"
    runs_a_command
}

@test "ssh runs a command through tinyproxy" {
    server_need tinyproxy
    through -x "127.0.0.1:$OPEN_PORT"
    runs_a_command
}

@test "ssh runs a command through tinyproxy with a password" {
    server_need tinyproxy
    through -x "127.0.0.1:$AUTH_PORT" --proxy-user-file "$TEST_DIR/tinyproxy-credentials"
    runs_a_command
}

@test "64 MiB go through squid and back, whole" {
    server_need squid openssl
    through -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file "$TEST_DIR/squid-credentials"
    copies_both_ways
}

@test "64 MiB go through tinyproxy and back, whole" {
    server_need tinyproxy
    through -x "127.0.0.1:$OPEN_PORT"
    copies_both_ways
}

@test "ssh fails with squid's wrong password, and our line says why" {
    server_need squid openssl
    through -x "127.0.0.1:$SQUID_AUTH_PORT" --proxy-user-file "$TEST_DIR/wrong"
    is_refused 407
}

@test "ssh fails with tinyproxy's wrong password, and our line says why" {
    server_need tinyproxy
    through -x "127.0.0.1:$AUTH_PORT" --proxy-user-file "$TEST_DIR/wrong"
    is_refused "127.0.0.1:$AUTH_PORT"
}

@test "ssh runs many commands at once, each through a tunnel of its own" {
    server_need squid openssl
    through -x "127.0.0.1:$SQUID_PORT"
    local number pids=()
    for number in 1 2 3 4; do
        timeout 20 ssh "${SSH_OPTIONS[@]}" server "echo $number" </dev/null >"out.$number" 3>&- 4>&- &
        pids+=("$!")
    done
    for number in 1 2 3 4; do
        wait "${pids[number - 1]}"
        assert_file "out.$number" "$number"$'\n'
    done
}
