# SPDX-License-Identifier: ISC
# end.bats: the end of a tunnel. Nothing is lost, and the exit status agrees.
#
# What takes longer than five seconds begins in setup_file, and runs beside the other tests: see slow.

load helper
. "$top_srcdir/tests/servers/apache.bash"
. "$top_srcdir/tests/servers/haproxy.bash"
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/tinyproxy.bash"
. "$top_srcdir/tests/servers/git.bash"

MEGA=1048576
ROUNDS=3 # through each proxy

setup_file() {
    test_begin
    export SLOW_DIR=$TEST_DIR PROXIES=''
    if server_have squid openssl; then
        squid_start
        PROXIES+=" squid:$SQUID_PORT"
    fi
    if server_have tinyproxy; then
        tinyproxy_start
        PROXIES+=" tinyproxy:$TINYPROXY_PORT"
    fi
    if server_have apache2 openssl || server_have httpd openssl; then
        apache_start
        PROXIES+=" apache:$APACHE_PORT"
    fi
    if server_have haproxy && [ -n "${APACHE_PORT:-}" ]; then
        haproxy_start "
frontend front
    bind @0@
    default_backend apache
backend apache
    server apache 127.0.0.1:$APACHE_PORT
listen others
    bind @1@
    bind @2@"
        PROXIES+=" haproxy:${HAPROXY_PORTS[0]}"
    fi
    if server_have git; then
        git_start
    fi
    slow echo-squid slow_echo squid
    slow echo-tinyproxy slow_echo tinyproxy
    slow clone slow_clone
    slow idle slow_idle
    slow vanished slow_in_namespace vanished
    slow dozing slow_in_namespace dozing
}

teardown_file() {
    servers_stop
    TEST_DIR=$SLOW_DIR BATS_TEST_COMPLETED=1 test_end
}

setup() {
    test_begin
}

teardown() {
    exec 7>&- 8>&- 9>&-
    test_end
}

# each_proxy COMMAND...: runs it with PROXY and NAME for each of the real proxies that there are.
each_proxy() {
    local proxy
    for proxy in $PROXIES; do
        NAME=${proxy%%:*} PROXY=127.0.0.1:${proxy#*:}
        "$@" || fail "through $NAME, status ${status:-}: $(cat "$ERR")" || return
    done
}

# use_proxy NAME: sets PROXY, or skips the test.
use_proxy() {
    [[ " $PROXIES" == *" $1:"* ]] || server_need "$1" || return
    [[ " $PROXIES" == *" $1:"* ]] || skip "there is no $1"
    PROXY=${PROXIES#*" $1:"}
    PROXY=127.0.0.1:${PROXY%% *}
}

# What takes long.

# slow NAME COMMAND...: runs it in the background, in a directory of its own.
slow() {
    mkdir "$SLOW_DIR/$1"
    (
        TEST_DIR=$SLOW_DIR/$1 STARTED=()
        cd "$TEST_DIR" || exit
        OUT=$TEST_DIR/out ERR=$TEST_DIR/err status=''
        PROXY_LOG=$TEST_DIR/proxy.log PROXY_EVENTS=$TEST_DIR/proxy.events
        : >"$OUT"
        : >"$ERR"
        "${@:2}" >log 2>&1 </dev/null || echo "the test itself failed" >>log
        for pid in "${STARTED[@]}"; do
            server_end "$pid"
        done
        echo "$status" >ended.new
        mv ended.new ended
    ) 3>&- 4>&- &
}

# slow_result NAME: waits for it, and has its files and its status.
slow_result() {
    local tries=1500
    cd "$SLOW_DIR/$1" || return
    until [ -e ended ]; do
        ((tries-- > 0)) || fail "$1 does not end" || return
        sleep 0.02
    done
    OUT=$PWD/out ERR=$PWD/err status=$(cat ended)
    if grep -q '^skip' log; then
        skip "$(sed -n 's/^skip //p' log)"
    fi
    [ ! -s log ] || fail "$(cat log)"
}

# slow_proxy NAME: sets PROXY; without it the job is to be skipped.
slow_proxy() {
    PROXY=${PROXIES#*" $1:"}
    [ "$PROXY" != "$PROXIES" ] || {
        echo "skip there is no $1"
        return 1
    }
    PROXY=127.0.0.1:${PROXY%% *}
}

# 50 MB by pipe, with nothing but the defaults.
slow_echo() {
    slow_proxy "$1" || return 0
    start_target echo
    pattern $((50 * MEGA)) >sent
    run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" < <(cat sent)
    cmp sent "$OUT" && rm sent
}

# A clone for which the server has to think for 12 seconds before it sends anything but keep-alives.
slow_clone() {
    slow_proxy squid || return 0
    server_have git || {
        echo "skip git is not installed"
        return 0
    }
    SERVERS_RUNNING=''
    git_start 12 || return
    status=0
    git_through "$PROXY" timeout 40 git clone -q "git://127.0.0.1:$GIT_PORT/one" clone 2>"$ERR" ||
        status=$?
    servers_stop
}

slow_idle() {
    start_proxy proxy --tunnel one-byte-shut:11000
    open_input
    run_culvert -x "$PROXY" host.example 22 <&7
    exec 7>&-
}

# slow_in_namespace NAME: a script of tests/tools/cut-path, in a network of its own.
slow_in_namespace() {
    if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null || ! server_have ip; then
        echo "skip a network namespace of one's own takes root, unshare and ip"
        return 0
    fi
    unshare -n "$BASH" -c '. "$0"; "$@"' "$top_srcdir/tests/cli/namespace.bash" "in_namespace_$1"
    status=0
}

# The input ends first.

page_is_whole() {
    local round
    start_target page:100000
    for ((round = 0; round < ROUNDS; round++)); do
        run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" < <(printf 'GET / HTTP/1.0\r\n\r\n')
        assert_status 0
        { printf 'HTTP/1.0 200 OK\r\n\r\n' && pattern 100000; } | cmp - "$OUT"
        assert_err ""
    done
}

@test "the answer of an HTTP/1.0 server comes whole through each proxy" {
    each_proxy page_is_whole
}

ask_late() {
    timeout 20 "$CULVERT" -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello" \
        >"out.$NAME" 2>"err.$NAME" 3>&- 4>&- &
    ASKED+=("$!")
}

@test "an answer that takes two seconds comes through each proxy" {
    local pid proxy ASKED=()
    start_target later:2000
    each_proxy ask_late
    for pid in "${ASKED[@]}"; do
        wait "$pid"
    done
    for proxy in $PROXIES; do
        assert_file "out.${proxy%%:*}" $'hello\n'
        assert_file "err.${proxy%%:*}" ""
    done
}

source_is_whole() {
    start_target source:$((32 * MEGA))
    run_culvert -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_pattern "$OUT" $((32 * MEGA))
    assert_err ""
}

@test "a large source is whole with /dev/null as input, through each proxy" {
    each_proxy source_is_whole
}

@test "a clone and a push over git:// succeed, through each proxy" {
    server_need git
    each_proxy clone_and_push
}

clone_and_push() {
    git_through "$PROXY" git clone -q "git://127.0.0.1:$GIT_PORT/one" "clone.$NAME"
    cmp "clone.$NAME/file" "$GIT_SERVED/file"
    echo "$NAME" >"clone.$NAME/new"
    git_in "clone.$NAME" add new
    git_in "clone.$NAME" commit -q -m "From $NAME"
    (cd "clone.$NAME" && git_through "$PROXY" git push -q origin "HEAD:refs/heads/from-$NAME")
    git_in "$GIT_SERVED/one" show-ref -q "refs/heads/from-$NAME"
}

@test "the end of the input is passed on when the tunnel has been silent for --shutdown-after" {
    start_proxy proxy --tunnel after-eof:1000
    run_culvert --shutdown-after 0.5 -v -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_pattern "$OUT" 1000
    assert_line_in "$ERR" "0.5 s"
}

@test "-N passes it on at once, and the last of -N, --no-shutdown and --shutdown-after counts" {
    local options
    start_proxy proxy --tunnel after-eof:1000
    for options in "-N" "--shutdown" "--shutdown-after 0" "--no-shutdown -N" \
        "--no-shutdown --shutdown-after 0.1"; do
        # shellcheck disable=SC2086
        run_culvert $options -x "$PROXY" host.example 22 <<<"hello"
        assert_status 0
        assert_pattern "$OUT" 1000
        assert_err ""
    done
}

@test "--no-shutdown, and a negative --shutdown-after, keep it back" {
    local options
    start_proxy proxy --tunnel after-eof:10
    for options in "--no-shutdown" "-N --shutdown-after -0.5"; do
        # shellcheck disable=SC2086
        run_culvert $options --idle-timeout 0.3 -x "$PROXY" host.example 22 <<<"hello"
        assert_status 8
        assert_out ""
    done
}

@test "the silence begins anew with each byte that comes" {
    use_proxy squid
    start_target trickle:4
    run_culvert --shutdown-after 0.7 -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out $'0\n1\n2\n3\n'
}

@test "a reader that takes its time is not silence" {
    use_proxy squid
    start_target exchange:$((4 * MEGA))
    timeout 20 "$CULVERT" --shutdown-after 0.5 -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null \
        2>"$ERR" | (head -c 1 && sleep 1.2 && cat) >"$OUT"
    head -c $((4 * MEGA)) "$OUT" >begin
    assert_pattern begin $((4 * MEGA))
}

@test "a far end that reads slowly has all before the end comes" {
    use_proxy squid
    start_target dozing:1500
    pattern $((8 * MEGA)) >sent
    run_culvert --shutdown-after 0.5 -x "$PROXY" 127.0.0.1 "$TARGET_PORT" < <(cat sent)
    wait_until grep -q "received $((8 * MEGA)) $(checksum sent)" "$TARGET_EVENTS"
}

# The reader goes.

@test "head -1 has its line, and that is no failure" {
    local statuses
    start_proxy proxy --tunnel one-line
    timeout 20 "$CULVERT" -x "$PROXY" host.example 22 </dev/null 2>"$ERR" | head -n 1 >"$OUT"
    statuses=("${PIPESTATUS[@]}")
    [ "${statuses[0]}" = 0 ]
    assert_out $'one\n'
    assert_err ""
}

@test "what a reader that has left did not get is counted, status 1" {
    local statuses
    start_proxy proxy --tunnel "exchange:$((4 * MEGA))"
    # the reader stays until there is more than a pipe holds
    timeout 20 "$CULVERT" -x "$PROXY" host.example 22 </dev/null 2>"$ERR" |
        (head -c 10 >"$OUT" && sleep 0.3)
    statuses=("${PIPESTATUS[@]}")
    [ "${statuses[0]}" = 1 ]
    : >"$OUT"
    assert_complaint "bytes"
    grep -qE '[1-9][0-9]* bytes' "$ERR"
}

@test "a reader that leaves does not end the input" {
    start_proxy proxy --tunnel idle
    timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 2>"$ERR" \
        < <(sleep 0.2 && echo one && sleep 0.5 && echo two) | true
    wait_until grep -q "received 8 $(printf 'one\ntwo\n' | checksum)" "$PROXY_EVENTS"
    assert_err ""
}

# The target ends first.

# receives_whole OPTION...: a target does, which has ended its own side first.
receives_whole() {
    start_target farewell
    run_culvert "$@" 127.0.0.1 "$TARGET_PORT" < <(cat sent)
    assert_status 0
    wait_until grep -q "received $(stat -c %s sent) $(checksum sent)" "$TARGET_EVENTS"
    assert_err ""
}

@test "a target that ends its side at once and reads on has all of the input" {
    pattern $((8 * MEGA)) >sent
    no_proxy='*' receives_whole
    local name
    for name in apache haproxy; do # the others close both sides, as they do for anybody
        if [[ " $PROXIES" == *" $name:"* ]]; then
            use_proxy "$name"
            receives_whole -x "$PROXY"
        fi
    done
}

# is_received COMMAND...: a server that listens on the port after its arguments has all of the input.
is_received() {
    local port pid
    port=$(closed_port)
    "$@" 127.0.0.1 "$port" >received </dev/null 3>&- 4>&- &
    pid=$!
    STARTED+=("$pid")
    wait_until port_is_bound "$port"
    no_proxy='*' run_culvert -N 127.0.0.1 "$port" < <(cat sent)
    assert_status 0
    assert_err ""
    wait_until has_ended "$pid"
    cmp sent received
}

port_is_bound() {
    grep -qi ":$(printf %04x "$1") 00000000:0000 0A" /proc/net/tcp
}

has_ended() {
    ! server_is_running "$1"
}

@test "nc -l and ncat -l --recv-only have all of the input" {
    server_need nc.openbsd ncat
    pattern $((8 * MEGA)) >sent
    is_received nc.openbsd -l
    is_received nc.openbsd -N -l
    is_received ncat -l --recv-only
}

@test "who reads standard output sees its end when the target ends, and the input goes on" {
    start_proxy proxy --tunnel farewell
    mkfifo input output
    # shellcheck disable=SC2094
    exec 7<>input 8<input 9>input 7>&-
    cat output >"$OUT" 3>&- 4>&- 8>&- 9>&- &
    STARTED+=("$!")
    start_culvert --linger 5 -x "$PROXY" host.example 22 <&8 >output 8>&- 9>&-
    wait_until has_ended "${STARTED[-2]}"
    assert_out "$BANNER"$'\r\n'
    server_is_running "$CULVERT_PID"
    echo "more" >&9
    exec 8>&- 9>&-
    wait_culvert
    assert_status 0
    assert_line_in "$PROXY_EVENTS" "received 5 $(checksum <<<more)"
}

@test "standard output is let go, and not shut down for others that have it" {
    start_proxy proxy --tunnel farewell
    python3 - "$CULVERT" "$PROXY" >"$OUT" 2>"$ERR" <<'PYTHON'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
shell = subprocess.Popen(["sh", "-c", '"$@" </dev/null; echo "and more"', "sh", sys.argv[1], "-x", sys.argv[2],
                          "host.example", "22"], stdout=theirs, stdin=subprocess.DEVNULL)
theirs.close()
while data := ours.recv(1000):
    sys.stdout.write(data.decode())
sys.exit(shell.wait(20))
PYTHON
    assert_out "$BANNER"$'\r\nand more\n'
    assert_err ""
}

@test "input that says no more is waited for until --linger is over" {
    start_proxy proxy --tunnel farewell
    open_input
    run_culvert --linger 0.3 -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    assert_err ""
}

@test "a target that was seen to read on is sent input for as long as it comes" {
    start_proxy proxy --tunnel farewell
    run_culvert --linger 0.4 -x "$PROXY" host.example 22 \
        < <(sleep 0.1 && echo one && sleep 0.8 && echo two && sleep 0.8 && echo three)
    assert_status 0
    assert_line_in "$PROXY_EVENTS" "received 14 $(printf 'one\ntwo\nthree\n' | checksum)"
    assert_err ""
}

@test "a target that ended and reads no more is given up, and what it did not take is told" {
    start_proxy proxy --tunnel half-sink
    pattern $((16 * MEGA)) >sent
    run_culvert --linger 0.3 -x "$PROXY" host.example 22 <sent
    assert_status 1
    : >"$OUT"
    assert_complaint
    grep -qE '[1-9][0-9]* bytes' "$ERR"
}

@test "the end of the target is the end where the input is a terminal" {
    start_proxy proxy --tunnel farewell
    "$TOOLS/on-pty" "$CULVERT" --linger 100 -x "$PROXY" host.example 22 >"$OUT" 2>"$ERR"
    assert_out "$BANNER"$'\r\n'
    assert_err ""
}

# The tunnel breaks.

@test "a reset with input on its way is status 1, and says how many bytes are in doubt" {
    start_proxy proxy --tunnel reset-after:100000
    run_culvert -x "$PROXY" host.example 22 < <(pattern $((16 * MEGA)))
    assert_status 1
    : >"$OUT"
    assert_complaint
    grep -qE '[1-9][0-9]* bytes' "$ERR"
}

@test "urgent data is carried in line, to a pipe, a file, a socket and a terminal" {
    start_proxy proxy --tunnel urgent:100000
    { pattern 50000 && printf '!' && pattern 100000 | tail -c 50000; } >wanted
    timeout 20 "$CULVERT" -x "$PROXY" host.example 22 </dev/null 2>"$ERR" | cat >"$OUT"
    cmp wanted "$OUT"
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    cmp wanted "$OUT"
    timeout 20 "$CULVERT" -x "$PROXY" host.example 22 </dev/null >>appended 2>"$ERR"
    cmp wanted appended
    timeout 20 "$CULVERT" --trace trace --trace-data -x "$PROXY" host.example 22 </dev/null >"$OUT"
    cmp wanted "$OUT"
    "$TOOLS/on-pty" "$CULVERT" -x "$PROXY" host.example 22 >"$OUT" 2>"$ERR"
    cmp wanted "$OUT"
    assert_err ""
}

# What is said of it.

@test "a tunnel that ends upon a half-close that nobody asked for, without an answer, is told" {
    use_proxy squid
    start_target later:3000
    run_culvert --idle-timeout 0.5 --log-file log -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_complaint -N --no-shutdown
    assert_line_in log --no-shutdown
}

@test "a half-close that was asked for is no news" {
    local options
    use_proxy squid
    for options in -N "--shutdown-after 0.2"; do
        start_target later:1000
        # shellcheck disable=SC2086
        run_culvert $options -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
        assert_status 0
        assert_out ""
        assert_err ""
    done
}

@test "nor is one upon which an answer came, or before which all had been said" {
    start_proxy proxy --tunnel after-eof:10
    run_culvert --idle-timeout 0.5 -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_pattern "$OUT" 10
    assert_err ""
    start_proxy proxy --tunnel echo
    run_culvert --idle-timeout 0.5 -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_out $'hello\n'
    assert_err ""
}

@test "a tunnel that is shut in our face is told" {
    start_proxy proxy --tunnel shut
    open_input
    run_culvert --log-file log -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_complaint "without a word"
    assert_line_in log "without a word"
    echo "hello" >&7
    start_proxy proxy --tunnel shut:200
    run_culvert -x "$PROXY" host.example 22 <&7
    [ "$status" != 1 ] || return 0 # then the six bytes met a closed door
    assert_status 0
    assert_complaint "without a word"
}

@test "of a tunnel that is shut in its face ssh says something after us" {
    server_need ssh
    start_proxy proxy --tunnel shut
    status=0
    timeout 20 ssh -F none -o "ProxyCommand=$CULVERT -x $PROXY %h %p" nobody@host.example true \
        </dev/null >"$OUT" 2>"$ERR" || status=$?
    assert_status 255
    head -n 1 "$ERR" | grep -q '^culvert: '
}

@test "a receiver that says nothing is no closed door" {
    start_proxy proxy --tunnel source:0
    run_culvert --linger 1 -x "$PROXY" host.example 22 \
        < <(for word in 1 2 3 4 5 6; do echo "$word" && sleep 0.1; done)
    assert_status 0
    assert_line_in "$PROXY_EVENTS" "received 12 "
    assert_err ""
}

@test "-d waits for nothing, passes no end on and has no notes" {
    start_proxy proxy --tunnel shut:200
    open_input
    run_culvert -d -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_err ""
}

@test "-q ends the wait for an answer, and not the one for what was sent" {
    start_proxy proxy --tunnel one-byte
    pattern 1000000 >sent
    run_culvert -q 0.2 -x "$PROXY" host.example 22 < <(cat sent)
    assert_status 0
    assert_out x
    assert_err ""
    wait_until grep -q "received 1000000 $(checksum sent)" "$PROXY_EVENTS"
}

@test "an idle timeout that is shorter passes the end on first, and begins anew" {
    start_proxy proxy --tunnel one-byte
    run_culvert --idle-timeout 0.3 -x "$PROXY" host.example 22 <<<"hello"
    assert_status 8
    assert_line_in "$PROXY_EVENTS" "received 6 $(checksum <<<hello)"
}

# Standard error.

# full_pipe: descriptor 9 is a pipe that takes no more, and has a reader.
full_pipe() {
    mkfifo full
    exec 9<>full
    dd if=/dev/zero of=full oflag=nonblock bs=4096 count=1000 status=none 2>/dev/null || true
    dd if=/dev/zero of=full oflag=nonblock bs=1 count=5000 status=none 2>/dev/null || true
}

@test "a standard error that nobody reads holds nothing up" {
    full_pipe
    start_proxy proxy --tunnel echo
    pattern $MEGA >sent
    status=0
    timeout 20 "$CULVERT" -vv -N -x "$PROXY" host.example 22 < <(cat sent) >"$OUT" 2>&9 || status=$?
    assert_status 0
    cmp sent "$OUT"
    status=0
    timeout 20 "$CULVERT" -vv -x "127.0.0.1:$(closed_port)" host.example 22 </dev/null 2>&9 || status=$?
    assert_status 3
}

@test "the line of a failure waits a moment for a standard error that is full" {
    full_pipe
    (sleep 0.3 && exec cat <&9 >drained) 3>&- 4>&- &
    STARTED+=("$!")
    status=0
    timeout 20 "$CULVERT" -x "127.0.0.1:$(closed_port)" host.example 22 </dev/null 2>&9 || status=$?
    assert_status 3
    wait_until grep -qa 'cannot connect' drained
}

@test "a standard error that is closed, or whose reader is gone, changes nothing" {
    start_proxy proxy --tunnel echo
    pattern $MEGA >sent
    status=0
    timeout 20 "$CULVERT" -vv -N -x "$PROXY" host.example 22 < <(cat sent) >"$OUT" 2>&- || status=$?
    assert_status 0
    cmp sent "$OUT"
    mkfifo gone
    # shellcheck disable=SC2094
    exec 9<>gone 8>gone 9>&-
    status=0
    timeout 20 "$CULVERT" -vv -N -x "$PROXY" host.example 22 < <(cat sent) >"$OUT" 2>&8 || status=$?
    assert_status 0
    cmp sent "$OUT"
    status=0
    timeout 20 "$CULVERT" -vv -x "127.0.0.1:$(closed_port)" host.example 22 </dev/null 2>&8 || status=$?
    assert_status 3
}

@test "programs that we start have SIGPIPE as it was" {
    start_proxy 407-keep --tunnel line --credentials me:secret
    echo hello | run_culvert -x "$PROXY" -U me \
        --password-command 'grep SigIgn /proc/self/status >signals; echo secret' host.example 22
    (((16#$(cut -f 2 signals) & 1 << 12) == 0)) || fail "SIGPIPE is ignored"
}

# What took long.

@test "50 MB come back whole from an echo through squid and tinyproxy, with the defaults" {
    local name
    for name in squid tinyproxy; do
        slow_result "echo-$name"
        assert_status 0
        assert_err ""
    done
}

@test "a clone for which the server thinks for twelve seconds is whole" {
    slow_result clone
    assert_status 0
    assert_err ""
    [ -s clone/file ]
}

@test "a tunnel that was closed after a long silence is told, with the cure" {
    slow_result idle
    assert_status 0
    assert_out x
    : >"$OUT"
    assert_complaint "without a byte" ServerAliveInterval
}

@test "a peer that has vanished is noticed, whether bytes are on their way or not" {
    slow_result vanished
    assert_file idle.status $'1\n'
    assert_file busy.status $'1\n'
    assert_line_in idle.err culvert:
    assert_line_in busy.err culvert:
}

@test "a peer that reads nothing for long is not one that has vanished" {
    slow_result dozing
    assert_file status $'0\n'
    assert_file err ""
    [ "$(cat out)" = "$(pattern $((4 * MEGA)) | checksum)" ]
}
