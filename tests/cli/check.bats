# SPDX-License-Identifier: ISC
# check.bats: --check, which says what gets through.

load helper
. "$top_srcdir/tests/servers/squid.bash"

setup_file() {
    server_have squid openssl || return 0
    squid_start
}

teardown_file() {
    servers_stop
}

setup() {
    test_begin
    server_need squid openssl jq
    SQUID=127.0.0.1:$SQUID_PORT
}

teardown() {
    test_end
}

# column JQ: what jq finds in the lines of the output.
column() {
    jq -r "$1" "$OUT"
}

@test "a target that stands and two that don't: a line each, in the order given, and the worst status" {
    start_target banner
    run_culvert --check -x "$SQUID" --banner 5 127.0.0.1:"$(closed_port)" 127.0.0.1:"$TARGET_PORT" \
        127.0.0.1:9 </dev/null
    assert_status 7
    assert_err ""
    [ "$(wc -l <"$OUT")" = 3 ]
    sed -n 1p "$OUT" | grep -q 'failed.*\[7\] proxy.*503'
    sed -n 2p "$OUT" | grep "open.*tcp.*proxy.*banner" | grep -qF "says: $BANNER"
    sed -n 3p "$OUT" | grep -q 'failed.*\[6\] proxy.*403.*server: squid'
}

@test "when all stand the status is 0" {
    start_target banner
    run_culvert -z -x "$SQUID" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_err ""
}

@test "ports may be a list with ranges, and targets come from standard input" {
    run_culvert --check --json -x "$SQUID" - '[::1]:9' <<'TARGETS'
# a comment
127.0.0.1:9,1-3

  host.invalid:22
TARGETS
    [ "$status" -ge 6 ]
    column .target >targets
    assert_file targets $'127.0.0.1:9\n127.0.0.1:1\n127.0.0.1:2\n127.0.0.1:3\nhost.invalid:22\n[::1]:9\n'
}

@test "JSON has what a program wants to know, and every line of it is valid" {
    start_target banner
    run_culvert --check --json --banner 5 -x "$SQUID" 127.0.0.1:"$TARGET_PORT" 127.0.0.1:9 </dev/null
    assert_status 6
    [ "$(column '.open' | xargs)" = "true false" ]
    [ "$(column '.exit_status' | xargs)" = "0 6" ]
    [ "$(column '.status' | xargs)" = "200 403" ]
    [ "$(column '.rounds' | xargs)" = "1 1" ]
    [ "$(sed -n 1p "$OUT" | jq -r .banner)" = "$BANNER" ]
    [ "$(sed -n 2p "$OUT" | jq -r .phase)" = proxy ]
    [ "$(sed -n 2p "$OUT" | jq -r .peer)" = "proxy $SQUID" ]
    column '.ms | (.total >= .tcp and .proxy > 0 and .total > 0)' | grep -qx true
}

@test "JSON is valid whatever the proxy says" {
    start_proxy status:403 --reason $'quo"te\\back\x1b[31m\xff\xc3' --header $'Server: \x01"\\x'
    run_culvert --check --json -x "$PROXY" host.example:22 </dev/null
    assert_status 6
    [ "$(jq -r .exit_status "$OUT")" = 6 ]
    assert_harmless "$OUT"
}

@test "the schemes that a proxy offers are told" {
    run_culvert --check --json -x "127.0.0.1:$SQUID_AUTH_PORT" 127.0.0.1:22 </dev/null
    assert_status 5
    [ "$(column .schemes)" = Basic ]
}

@test "each round of authentication has its time" {
    (umask 077 && echo "$SQUID_CREDENTIALS" >credentials)
    start_target banner
    run_culvert --check --json --proxy-anyauth --proxy-user-file credentials \
        -x "127.0.0.1:$SQUID_AUTH_PORT" 127.0.0.1:"$TARGET_PORT" </dev/null
    assert_status 0
    [ "$(column '.rounds')" = 2 ]
    column '.ms.rounds | length == 2 and all(. > 0)' | grep -qx true
    run_culvert --check --proxy-anyauth --proxy-user-file credentials \
        -x "127.0.0.1:$SQUID_AUTH_PORT" 127.0.0.1:"$TARGET_PORT" </dev/null
    grep -qE 'proxy [0-9.]+ \([0-9.]+ \+ [0-9.]+\)' "$OUT"
}

@test "a password is read or asked for once, however many targets there are" {
    local command
    start_target banner
    (umask 077 && printf '%s\n' "${SQUID_CREDENTIALS#*:}" >password)
    command="echo run >>'$TEST_DIR/runs'; cat '$TEST_DIR/password'"
    run_culvert --check -j 4 -x "127.0.0.1:$SQUID_AUTH_PORT" -P "${SQUID_CREDENTIALS%%:*}" \
        --password-command "$command" "127.0.0.1:$TARGET_PORT,$TARGET_PORT,$TARGET_PORT" </dev/null
    assert_status 0
    [ "$(wc -l <runs)" = 1 ]
    run_culvert --check -j 4 -x "127.0.0.1:$SQUID_AUTH_PORT" -P "${SQUID_CREDENTIALS%%:*}" \
        --password-fd 8 "127.0.0.1:$TARGET_PORT,$TARGET_PORT,$TARGET_PORT" </dev/null 8<password
    assert_status 0
    [ "$(grep -c ' open ' "$OUT")" = 3 ]
}

@test "without -x each target goes through the environment's proxy, but for those that no_proxy exempts" {
    start_target banner
    export https_proxy="http://$SQUID" no_proxy=127.0.0.1
    run_culvert --check --json "127.0.0.1:$TARGET_PORT" localhost:9 </dev/null
    assert_status 6
    [ "$(column '"\(.open) \(.rounds)"' | xargs)" = "true 0 false 1" ]
}

@test "many at a time give the same as one after the other" {
    local ports
    ports=$(printf '%s,' {1..40})
    run_culvert --check --json -j 16 -x "$SQUID" "127.0.0.1:${ports%,}" </dev/null
    column '"\(.target) \(.exit_status)"' >many
    run_culvert --check --json -x "$SQUID" "127.0.0.1:${ports%,}" </dev/null
    column '"\(.target) \(.exit_status)"' | cmp - many
    [ "$(wc -l <many)" = 40 ]
}

@test "--count repeats and sums up" {
    start_target banner
    run_culvert --check --count 3 --interval 0.01 -x "$SQUID" 127.0.0.1:"$TARGET_PORT" </dev/null
    assert_status 0
    [ "$(wc -l <"$OUT")" = 4 ]
    tail -n 1 "$OUT" | grep -q '3 tries, 3 open, 0 % lost; min/median/max [0-9./]* ms'
    run_culvert --check --json --count 2 --interval 0 -x "$SQUID" 127.0.0.1:9 </dev/null
    [ "$(tail -n 1 "$OUT" | jq -r '"\(.summary) \(.tries) \(.open) \(.loss_percent)"')" = "127.0.0.1:9 2 0 100" ]
}

@test "targets that are none are status 2, and nothing is tried" {
    local word
    start_proxy proxy
    for word in host host:0 host:5-3 "host:22," 'ho st:22' host:22-x; do
        run_culvert --check -x "$PROXY" host.example:1 "$word" </dev/null
        assert_status 2
        assert_complaint "$word"
    done
    run_culvert --check -x "$PROXY" </dev/null
    assert_status 2
    assert_untouched
}

@test "the output has colours on a terminal alone, and none with NO_COLOR" {
    run_culvert --check -x "$SQUID" 127.0.0.1:9 </dev/null
    assert_harmless "$OUT"
    TERM=xterm "$TOOLS/on-pty" "$CULVERT" --check -x "$SQUID" 127.0.0.1:9 >"$OUT" 2>/dev/null || true
    grep -q $'\e\\[31mfailed' "$OUT"
    TERM=xterm NO_COLOR=1 "$TOOLS/on-pty" "$CULVERT" --check -x "$SQUID" 127.0.0.1:9 >"$OUT" 2>/dev/null || true
    run ! grep -q $'\e' "$OUT"
}

@test "when the reader goes away it ends" {
    status=0
    timeout 20 "$CULVERT" --check --count 1000 --interval 0 -x "$SQUID" 127.0.0.1:9 | head -n 1 >"$OUT" || status=$?
    [ "$status" = 0 ]
    [ "$(wc -l <"$OUT")" = 1 ]
}

@test "output that can't be written is told" {
    status=0
    "$CULVERT" --check -x "$SQUID" 127.0.0.1:9 </dev/null >/dev/full 2>"$ERR" || status=$?
    assert_status 1
    assert_complaint 'cannot write standard output'
}

@test "too few descriptors for all jobs make it slower, not wrong" {
    (
        ulimit -n 20
        run_culvert --check --json -j 64 -x "$SQUID" 127.0.0.1:1-60 </dev/null
        assert_status 7
        assert_err ""
    )
    [ "$(grep -c '"status":' "$OUT")" = 60 ]
    run ! grep -q 'cannot be tried' "$OUT"
}

@test "an interrupt ends --count, and what is known is summed up" {
    local pid
    start_target banner
    python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
        "$CULVERT" --check --count 1000 --interval 0.1 -x "$SQUID" "127.0.0.1:$TARGET_PORT" \
        </dev/null >"$OUT" 2>"$ERR" 3>&- &
    pid=$!
    STARTED+=("$pid")
    wait_until grep -q ' open ' "$OUT"
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" = 130 ]
    tail -n 1 "$OUT" | grep -q 'tries, .* lost; min/median/max'
}

@test "an address without a port is told to have none" {
    run_culvert --check -x "$SQUID" ::1 </dev/null
    assert_status 2
    assert_complaint "'::1' has no port"
}

@test "a line of the input may be a host and its ports, or several targets" {
    printf '127.0.0.1 9,1\r\n127.0.0.1:2 127.0.0.1:3 # and so on\n' >targets
    run_culvert --check --json -x "$SQUID" - <targets
    [ "$(column .target | xargs)" = "127.0.0.1:9 127.0.0.1:1 127.0.0.1:2 127.0.0.1:3" ]
}

@test "metrics come in the text format of Prometheus, grouped by metric" {
    start_target banner
    run_culvert --check --format prometheus -x "$SQUID" 127.0.0.1:"$TARGET_PORT" 127.0.0.1:9 </dev/null
    assert_status 6
    [ "$(grep -c '^# TYPE culvert_probe_[a-z_]* gauge$' "$OUT")" = 3 ]
    grep -qxF "culvert_probe_success{target=\"127.0.0.1:$TARGET_PORT\"} 1" "$OUT"
    grep -qxF 'culvert_probe_success{target="127.0.0.1:9"} 0' "$OUT"
    grep -qxF 'culvert_probe_exit_status{target="127.0.0.1:9"} 6' "$OUT"
    grep -qE "^culvert_probe_duration_seconds\{target=\"127.0.0.1:$TARGET_PORT\",phase=\"proxy\"\} 0\.[0-9]{6}$" "$OUT"
    # every sample stands behind the HELP and TYPE of its own metric
    awk '$1 == "#" { metric = $3; next } index($1, metric "{") != 1 { exit 1 }' "$OUT"
    run ! grep -qvE '^(# (HELP|TYPE) |culvert_probe_[a-z_]+\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\} [0-9.]+$)' "$OUT"
}

@test "--format prometheus tells one round" {
    run_culvert --check --format prometheus --count 2 -x 127.0.0.1:1 127.0.0.1:22 </dev/null
    assert_status 2
    assert_complaint "--format prometheus" "--count"
    run_culvert --check --format xml -x 127.0.0.1:1 127.0.0.1:22 </dev/null
    assert_status 2
    assert_complaint "--format 'xml' is none of text, json, prometheus"
}

@test "where there are several tunnels, what is told of each has its number" {
    run_culvert --check -v -x 127.0.0.1:1 host.example:22,23 </dev/null
    assert_status 3
    grep -q '^culvert: 1: 127.0.0.1:1: Connection refused' "$ERR"
    grep -q '^culvert: 2: 127.0.0.1:1: Connection refused' "$ERR"
    run_culvert --check -v -x 127.0.0.1:1 host.example:22 </dev/null
    grep -q '^culvert: 127.0.0.1:1: Connection refused' "$ERR"
}

# state TEXT...: the one line that --check prints has each TEXT in it.
state() {
    assert_status 0
    [ "$(wc -l <"$OUT")" = 1 ]
    for text; do
        assert_line_in "$OUT" "$text"
    done
}

@test "what may be no tunnel is open? with the reason, and in JSON a doubt" {
    start_proxy says --says 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>'
    run_culvert --check -x "$PROXY" host.example:22 </dev/null
    state ' open?  ' 'looks like a web page'
    run_culvert --check --json -x "$PROXY" host.example:22 </dev/null
    state '"open":true,"exit_status":0,' '"doubt":"the answer calls itself text/html' "\"via\":[\"$PROXY\"]"
    start_proxy says --says 'HTTP/1.1 200 OK\r\n\r\n'
    run_culvert --check -x "$PROXY" host.example:22 </dev/null
    state ' open?  ' 'it ended at once, without a byte'
    start_proxy says --says 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n'
    run_culvert --check --banner 5 -x "$PROXY" host.example:22 </dev/null
    state ' open?  ' 'says: HTTP/1.1 400 Bad Request' 'HTTP came out of it'
}

@test "a target that is silent, or speaks as it should, is not doubted; without a proxy it is direct" {
    start_target banner
    start_proxy content-length
    run_culvert --check --json -x "$PROXY" 127.0.0.1:"$TARGET_PORT" </dev/null
    state '"open":true' '"doubt":""'
    run_culvert --check --noproxy '*' 127.0.0.1:"$TARGET_PORT" </dev/null
    state ' open   ' '  direct'
    run_culvert --check --json --noproxy '*' 127.0.0.1:"$TARGET_PORT" </dev/null
    state '"via":[]' '"doubt":""'
    start_target idle
    run_culvert --check -x "$PROXY" 127.0.0.1:"$TARGET_PORT" </dev/null
    state ' open   '
    refute_line_in "$OUT" direct
}

@test "a line that is wrong is told by its number and passed over; the status is 2 unless another is worse" {
    start_target banner
    run_culvert --check -x "$SQUID" - <<TARGETS
127.0.0.1:$TARGET_PORT
127.0.0.1:$TARGET_PORT 127.0.0.1
# 127.0.0.1
127.0.0.1:$TARGET_PORT,0
$(printf '127.0.0.1:%s\r' "$TARGET_PORT")
TARGETS
    assert_status 2
    [ "$(grep -c ' open ' "$OUT")" = 2 ]
    [ "$(wc -l <"$OUT")" = 2 ]
    grep -q "^culvert: line 2 is passed over: target '127.0.0.1' has no port" "$ERR"
    grep -q '^culvert: line 4 is passed over: ' "$ERR"
    [ "$(wc -l <"$ERR")" = 2 ]
    run_culvert --check -x "$SQUID" - <<<$'x\n127.0.0.1:9'
    assert_status 6
    run_culvert --check -x "$SQUID" - </dev/null
    assert_status 2
    assert_complaint 'no target is given to check'
}

@test "lines of standard input are tried as they come" {
    start_target banner
    mkfifo lines
    "$CULVERT" --check -x "$SQUID" - "127.0.0.1:9" <lines >came 2>&1 3>&- &
    exec 8>lines
    echo "127.0.0.1:$TARGET_PORT" >&8
    wait_until grep -q ' open ' came
    printf '127.0.0.1:%s' "$TARGET_PORT" >&8
    exec 8>&-
    status=0
    wait $! || status=$?
    assert_status 6
    [ "$(grep -c ' open ' came)" = 2 ]
    tail -n 1 came | grep -q '^127.0.0.1:9 .*failed'
}
