# SPDX-License-Identifier: ISC
# log.bats: what is told goes into files as well.

load helper

setup() {
    test_begin
    (umask 077 && echo me:secret >credentials)
}

teardown() {
    test_end
}

# is_log FILE: every line has a time, and a process that is the same in all.
is_log() {
    run ! grep -qvE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z \[[0-9]+\] .' "$1" ||
        fail "no log: $(cat "$1")"
    [ "$(stat -c %a "$1")" = 600 ]
}

@test "--log-file has the failure that standard error has, and is appended to" {
    start_proxy status:403
    run_culvert --log-file log -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint 403
    run_culvert --log-file log -v -x "$PROXY" host.example 22 </dev/null
    is_log log
    [ "$(grep -c 'answered CONNECT host.example:22 with 403' log)" = 2 ]
    [ "$(grep -c 'connected to' log)" = 1 ]
}

@test "--log-file is written though standard error is closed" {
    start_proxy status:403
    status=0
    "$CULVERT" --log-file log -x "$PROXY" host.example 22 </dev/null >"$OUT" 2>&- || status=$?
    assert_status 6
    is_log log
}

@test "--trace has the heads without the credentials, and standard error stays quiet" {
    start_proxy 407-keep --tunnel banner --credentials me:secret
    run_culvert -N --trace trace -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    assert_err ""
    is_log trace
    assert_line_in trace "> CONNECT host.example:22 HTTP/1.1"
    assert_line_in trace "< HTTP/1.1 407"
    assert_line_in trace "> Proxy-Authorization: Basic [redacted]"
    refute_line_in trace "$(printf me:secret | base64)"
    assert_line_in trace "ended by"
}

@test "a file that cannot be written is told before anything is sent" {
    local option
    start_proxy proxy
    for option in --log-file --trace; do
        run_culvert "$option" nowhere/log -x "$PROXY" host.example 22 </dev/null
        assert_status 2
        assert_complaint nowhere/log
    done
    assert_untouched
}

@test "what the proxy says is harmless in a file as well" {
    start_proxy escapes
    run_culvert --trace trace -x "$PROXY" host.example 22 </dev/null
    assert_harmless trace
}

# undump FILE MARK: the bytes of the hexdump behind the mark, each of which has to be at its offset.
undump() {
    python3 - "$1" "$2" <<'PYTHON'
import re, sys
data = b""
for line in open(sys.argv[1], encoding="utf-8"):
    found = re.match(r"[^]]*\] %s ([0-9a-f]{8})  ((?:[0-9a-f]{2} )+) " % sys.argv[2], line)
    if found:
        assert int(found[1], 16) == len(data), line
        data += bytes.fromhex(found[2])
sys.stdout.buffer.write(data)
PYTHON
}

@test "--trace-data has what was carried, both ways, and nothing of it changes" {
    start_target echo
    start_proxy proxy
    printf 'a question with \x1b and \xff\n' >question
    run_culvert -N --trace trace --trace-data -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <question
    assert_status 0
    cmp "$OUT" question
    is_log trace
    assert_harmless trace
    undump trace '>' | cmp - question
    undump trace '<' | cmp - question
    assert_line_in trace '> 00000010  1b 20 61 6e 64 20 ff 0a                          . and ..'
}

@test "--trace-data shows each byte of a long transfer at its offset" {
    start_target source:200000
    start_proxy proxy
    run_culvert --trace trace --trace-data -x "$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_pattern "$OUT" 200000
    undump trace '<' | cmp - "$OUT"
}

@test "--trace-data with nothing to write to, or with -F, is refused" {
    start_proxy proxy
    run_culvert --trace-data -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint '--trace FILE'
    run_culvert --trace trace --trace-data -F -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint '-F'
    assert_untouched
}

@test "a signal ends culvert as it would, and with -v the last words are said" {
    local name
    start_target banner
    start_proxy proxy
    open_input
    for name in TERM HUP; do
        : >"$OUT"
        start_culvert --log-file log -v -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <&7 >"$OUT"
        wait_until [ -s "$OUT" ]
        kill "-$name" "$CULVERT_PID"
        wait_culvert
        [ "$status" = $((128 + $(kill -l "$name"))) ]
        grep -q 'ended by a signal: 0 bytes sent, 16 received' "$ERR"
    done
    [ "$(grep -c 'ended by a signal' log)" = 2 ]
    exec 7>&-
}

@test "in a directory where others may put links none is followed" {
    mkdir sticky
    chmod 1777 sticky
    ln -s ../precious sticky/log
    run_culvert --log-file sticky/log -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    [ ! -e precious ]
    ln -s sticky/own own
    run_culvert --log-file own -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 3
    [ -e sticky/own ]
}

@test "in a directory where others may put files theirs are not written to" {
    local way
    mkdir sticky
    chmod 1777 sticky
    touch mine
    ln mine sticky/link
    run_culvert --log-file sticky/link -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    assert_complaint "cannot write to sticky/link"
    [ "$(id -u)" = 0 ] || skip "needs root"
    touch sticky/file
    mkfifo sticky/fifo
    chown nobody sticky/*
    exec 7<>sticky/fifo
    for way in "--log-file sticky/file" "--trace sticky/file" "--log-file sticky/fifo"; do
        # shellcheck disable=SC2086
        run_culvert $way -x 127.0.0.1:1 host.example 22 </dev/null
        assert_status 2
    done
    exec 7>&-
    assert_file sticky/file ""
    run_culvert --log-file sticky/new -x 127.0.0.1:1 host.example 22 </dev/null
    run_culvert --log-file sticky/new -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 3
}
