# SPDX-License-Identifier: ISC
# relay.bats: every byte, both ways, whichever side ends first.

load helper

setup() {
    test_begin
}

teardown() {
    exec 7>&-
    test_end
}

MEGA=1048576

@test "20 MB are echoed whole when standard input ends first" {
    start_proxy proxy --tunnel echo
    pattern 20000000 >sent
    run_culvert -N -x "$PROXY" host.example 22 < <(cat sent)
    assert_status 0
    cmp sent "$OUT"
}

@test "20 MB are echoed whole from pipe to pipe" {
    start_proxy proxy --tunnel echo
    pattern 20000000 >sent
    # shellcheck disable=SC2002  # from a pipe, not from a file
    cat sent | timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 2>"$ERR" | cat >received
    cmp sent received
    assert_err ""
}

@test "the end of standard input reaches the far end, and its answer comes after" {
    start_proxy proxy --tunnel after-eof:$MEGA
    run_culvert --shutdown-after 0.3 -x "$PROXY" host.example 22 <<<"the question"
    assert_status 0
    assert_pattern "$OUT" $MEGA
    assert_line_in "$PROXY_EVENTS" "received 13 $(checksum <<<'the question')"
}

@test "both ways at once, each is whole" {
    start_proxy proxy --tunnel exchange:$((8 * MEGA))
    pattern $((5 * MEGA)) >sent
    run_culvert -N -x "$PROXY" host.example 22 < <(cat sent)
    assert_status 0
    {
        pattern $((8 * MEGA))
        checksum sent
    } | cmp - "$OUT"
}

@test "the end of the tunnel ends the program though standard input stays open" {
    start_proxy proxy --tunnel source:$MEGA
    open_input
    run_culvert --linger 0.3 -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_pattern "$OUT" $MEGA
}

@test "a far end that says something and closes is heard, and ends us" {
    start_proxy proxy --tunnel farewell
    open_input
    run_culvert --linger 0.3 -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "a far end that reads slowly gets all" {
    start_proxy proxy --tunnel slow
    pattern $MEGA >sent
    run_culvert -N -x "$PROXY" host.example 22 < <(cat sent)
    assert_status 0
    assert_out "$(checksum sent)"$'\n'
}

@test "a reader of our output that is slow gets all" {
    start_proxy proxy --tunnel source:$((4 * MEGA))
    open_input
    timeout 20 "$CULVERT" -N --linger 0.3 -x "$PROXY" host.example 22 <&7 2>"$ERR" | {
        sleep 0.3
        dd bs=1000 count=500 iflag=fullblock status=none
        sleep 0.3
        cat
    } >received
    assert_pattern received $((4 * MEGA))
}

@test "a far end that reads nothing holds us up, and takes neither memory nor processor" {
    start_proxy proxy --tunnel sink
    local before
    pattern $((40 * MEGA)) >sent
    start_culvert -N -x "$PROXY" host.example 22 >"$OUT" < <(cat sent)
    wait_until grep -q tunnel "$PROXY_EVENTS"
    sleep 0.5
    before=$(ticks "$CULVERT_PID")
    sleep 1
    (($(ticks "$CULVERT_PID") - before < 50)) || fail "it spins"
    (($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$CULVERT_PID/status") < 20000)) ||
        fail "it takes in what it cannot pass on"
}

@test "small pieces go through as they come" {
    start_proxy proxy --tunnel echo
    local piece answer
    coproc timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 2>"$ERR"
    # shellcheck disable=SC2153
    local to=${COPROC[1]} from=${COPROC[0]} pid=$COPROC_PID
    for piece in one two three; do
        echo "$piece" >&"$to"
        read -r -t 10 answer <&"$from"
        [ "$answer" = "$piece" ]
    done
    exec {to}>&-
    wait "$pid"
}

@test "regular files are read and written" {
    start_proxy proxy --tunnel echo
    pattern $((2 * MEGA)) >sent
    run_culvert -N -x "$PROXY" host.example 22 <sent
    assert_status 0
    cmp sent "$OUT"
}

@test "a file is read from where it stands" {
    start_proxy proxy --tunnel echo
    printf 'first\nsecond\n' >sent
    {
        read -r _
        run_culvert -N -x "$PROXY" host.example 22
        assert_status 0
    } <sent
    assert_out $'second\n'
}

@test "a file open for appending is appended to" {
    start_proxy proxy --tunnel source:$MEGA
    printf 'before' >received
    timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 </dev/null >>received
    { printf 'before' && pattern $MEGA; } | cmp - received
}

@test "/dev/null may be both" {
    start_proxy proxy --tunnel after-eof:$MEGA
    timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 </dev/null >/dev/null
}

@test "/dev/full is a standard output that fails, and that is told" {
    start_proxy proxy --tunnel source:$MEGA
    open_input
    status=0
    timeout 20 "$CULVERT" -N -x "$PROXY" host.example 22 <&7 >/dev/full 2>"$ERR" || status=$?
    assert_status 1
    assert_complaint
}

@test "a limit of file sizes is a standard output, or a log, that fails, and ends nothing else" {
    start_proxy proxy --tunnel banner
    (ulimit -f 0 && exec "$CULVERT" -N -x "$PROXY" host.example 22 2>&1 >file </dev/null) | cat >told
    (ulimit -f 0 && exec "$CULVERT" -N --log-file log -v -x "$PROXY" host.example 22 2>&1 </dev/null) | cat >second
    assert_file told $'culvert: cannot write standard output: File too large\n'
    assert_line_in second "$BANNER"
    assert_line_in second 'ended by'
}

@test "a socket may be both" {
    server_need socat
    start_proxy proxy --tunnel line
    printf '#!/bin/sh\nexec "%s" -N -x %s host.example 22\n' "$CULVERT" "$PROXY" >through
    chmod +x through
    printf 'hello\n' | timeout 20 socat -t 10 - EXEC:./through >received
    assert_file received $'hello\n'
}

@test "a terminal may be both, and is left as it was" {
    start_proxy proxy --tunnel line
    "$TOOLS/on-pty" --type $'hello\n' "$CULVERT" -N -x "$PROXY" host.example 22 >"$OUT" 2>"$ERR"
    assert_out $'hello\n'
    assert_err ""
}

@test "a reader that has left ends us, without a word, though nothing moves" {
    start_proxy proxy --tunnel one-byte
    open_input
    mkfifo output
    exec 8<>output
    start_culvert --linger 0.3 -x "$PROXY" host.example 22 <&7 >output 8>&-
    local byte
    read -r -t 10 -N 1 byte <&8
    [ "$byte" = x ]
    exec 8>&-
    wait_culvert
    assert_status 0
    # Each ssh that ends leaves us so. It is no news to anybody.
    assert_err ""
}

@test "the flags of descriptors that we share are never changed" {
    start_proxy proxy --tunnel one-byte
    open_input
    mkfifo output
    exec 8<>output
    local input_flags output_flags byte
    input_flags=$(descriptor_flags 7)
    output_flags=$(descriptor_flags 8)
    start_culvert -N -x "$PROXY" host.example 22 <&7 >&8
    read -r -t 10 -N 1 byte <&8
    echo hello >&7
    wait_until test "$(descriptor_flags 7) $(descriptor_flags 8)" = "$input_flags $output_flags"
    sleep 0.2
    [ "$(descriptor_flags 7)" = "$input_flags" ]
    [ "$(descriptor_flags 8)" = "$output_flags" ]
    kill "$CULVERT_PID"
    wait_until culvert_has_ended
    [ "$(descriptor_flags 7)" = "$input_flags" ]
    [ "$(descriptor_flags 8)" = "$output_flags" ]
    exec 8>&-
}

@test "waiting takes no processor time, whatever it is that we wait for" {
    start_proxy silent --script proxy --script proxy --script proxy --tunnel one-byte
    open_input
    echo "pending" >&7
    local pids=() pid before
    # For the answer of the proxy, with input pending.
    start_culvert -N -x "$PROXY" host.example 22 <&7 >one
    pids+=("$CULVERT_PID")
    wait_until grep -q '^1 request' "$PROXY_EVENTS"
    # For either side, in a tunnel where nothing moves.
    mkfifo quiet
    exec 8<>quiet
    start_culvert -N -x "$PROXY" host.example 22 <&8 >two
    pids+=("$CULVERT_PID")
    # For the far end, when input has ended.
    start_culvert -N -x "$PROXY" host.example 22 </dev/null >three
    pids+=("$CULVERT_PID")
    # The same with input whose writer is gone, which is not quite the same to poll.
    start_culvert -N -x "$PROXY" host.example 22 >four < <(echo last)
    pids+=("$CULVERT_PID")
    wait_until test -s two -a -s three -a -s four
    before=()
    for pid in "${pids[@]}"; do
        before+=("$(ticks "$pid")")
    done
    sleep 2
    for pid in 0 1 2 3; do
        (($(ticks "${pids[pid]}") - before[pid] < 50)) || fail "number $((pid + 1)) spins"
    done
    exec 8>&-
}

@test "a reset of the tunnel is told, status 1" {
    start_proxy proxy --tunnel reset:10
    open_input
    run_culvert -N -x "$PROXY" host.example 22 <&7
    assert_status 1
    : >"$OUT"
    assert_complaint
}

@test "--no-shutdown keeps the end of input from the far end" {
    start_proxy proxy --tunnel line
    run_culvert --no-shutdown -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_out $'hello\n'
    start_proxy proxy --tunnel after-eof:10
    run_culvert --no-shutdown --idle-timeout 0.5 -x "$PROXY" host.example 22 </dev/null
    assert_status 8
    assert_out ""
}

@test "-q ends the program a while after the end of input" {
    start_proxy proxy --tunnel one-byte
    run_culvert -q 1 -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_out x
    assert_err ""
    assert_line_in "$PROXY_EVENTS" "received 6 $(checksum <<<hello)"
}

@test "-q does not end the program before the end of input" {
    start_proxy proxy --tunnel line
    run_culvert -q 0 -x "$PROXY" host.example 22 < <(sleep 0.5 && echo hello && sleep 1)
    assert_status 0
    assert_out $'hello\n'
}

@test "-d does not read standard input" {
    start_proxy proxy --tunnel source:1000
    printf 'all of it' >input.txt
    {
        run_culvert -d -x "$PROXY" host.example 22
        cat >rest
    } <input.txt
    assert_status 0
    assert_pattern "$OUT" 1000
    assert_file rest 'all of it'
    wait_until grep -q '^1 received 0 ' "$PROXY_EVENTS"
}

@test "--idle-timeout ends a tunnel where nothing moves, status 8" {
    start_proxy proxy --tunnel one-byte
    open_input
    run_culvert --idle-timeout 0.5 -x "$PROXY" host.example 22 <&7
    assert_status 8
    assert_out x
    : >"$OUT"
    assert_complaint
}

@test "--idle-timeout leaves a tunnel alone where something moves" {
    start_proxy proxy --tunnel echo
    run_culvert --idle-timeout 2 -x "$PROXY" host.example 22 < <(
        for word in one two three four five six; do
            echo "$word"
            sleep 0.5
        done
    )
    assert_status 0
    assert_out $'one\ntwo\nthree\nfour\nfive\nsix\n'
}

@test "-w is for the set-up alone" {
    start_proxy proxy --tunnel line
    run_culvert -N -w 0.5 -x "$PROXY" host.example 22 < <(sleep 1 && echo hello)
    assert_status 0
    assert_out $'hello\n'
}

@test "a far end that closes at once is no error, and is told" {
    start_proxy proxy --tunnel source:0
    open_input
    run_culvert --linger 0 -x "$PROXY" host.example 22 <&7
    assert_status 0
    assert_complaint "closed after 0 bytes of input, without a word"
}

@test "a direct connection is carried just as well" {
    start_target exchange:$MEGA
    pattern $MEGA >sent
    no_proxy='*' https_proxy=http://127.0.0.1:1 run_culvert -N 127.0.0.1 "$TARGET_PORT" < <(cat sent)
    assert_status 0
    { cat sent && checksum sent; } | cmp - "$OUT"
}

@test "a standard output that is closed is a failure, not a hole" {
    start_target banner
    start_proxy proxy
    status=0
    timeout 20 "$CULVERT" -N -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null >&- 2>"$ERR" || status=$?
    assert_status 1
    assert_line_in "$ERR" 'cannot write standard output: Bad file descriptor'
}
