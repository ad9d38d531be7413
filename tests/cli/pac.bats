# SPDX-License-Identifier: ISC
# pac.bats: --pac, the ways that a PAC file has for a target.

load helper
. "$top_srcdir/tests/cli/listening.bash"

setup() {
    test_begin
    [ -x "$(dirname "$CULVERT")/culvert-pac" ] || skip 'built without duktape'
}

teardown() {
    test_end
}

# pac BODY: a PAC file whose function has this body.
pac() {
    printf 'function FindProxyForURL(url, host) {\n%s\n}\n' "$1" >a.pac
}

# opens ARGUMENT...: the tunnel is had, and the banner comes.
opens() {
    run_culvert -N -v --no-memory --pac a.pac "$@" </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

refused() {
    run_culvert --pac a.pac "${@:3}" </dev/null
    assert_status "$1"
    assert_complaint "$2"
}

@test "the proxy that the file names is used, and -v shows the answer" {
    start_proxy proxy --tunnel banner
    pac "return 'PROXY $PROXY';"
    opens host.example 22
    assert_line_in "$ERR" "the PAC file answers: PROXY $PROXY"
    assert_line_in "$PROXY_LOG" 'CONNECT host.example:22 HTTP/1.1'
}

@test "the ways of the answer are tried in order, DIRECT too" {
    start_proxy proxy --tunnel banner
    pac "return 'PROXY 127.0.0.1:1; QUIC x:1; SOCKS5 127.0.0.1:1; PROXY $PROXY; DIRECT';"
    opens host.example 22
    assert_line_in "$ERR" 'trying way 3'
    assert_line_in "$ERR" '1 ways of the PAC file'
    start_target farewell
    pac "return 'PROXY 127.0.0.1:1; DIRECT';"
    run_culvert -d --no-memory --pac a.pac 127.0.0.1 "$TARGET_PORT"
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "the file is given the URL and the host, and says what it likes by alert()" {
    start_proxy proxy --tunnel banner
    pac "alert(url + ' ' + host); return 'PROXY $PROXY';"
    opens host.example 22
    assert_line_in "$ERR" 'the PAC file says: https://host.example:22/ host.example'
}

@test "names are looked up for the file, but not with -n" {
    start_proxy proxy --tunnel banner
    pac "alert('is ' + dnsResolve('localhost') + ' ' + dnsResolve('name.invalid') + ' ' + myIpAddress().length); return 'PROXY $PROXY';"
    opens host.example 22
    grep -qE 'the PAC file says: is 127\.[0-9.]+ null [0-9]+' "$ERR"
    opens -n host.example 22
    assert_line_in "$ERR" 'the PAC file says: is null null'
}

@test "a wrong file is told with its line, and is status 2" {
    printf 'function FindProxyForURL(url, host) {\n  return "a;\n}\n' >a.pac
    refused 2 'a.pac:2: SyntaxError' host.example 22
    pac 'return nothing;'
    refused 2 'a.pac:2: ReferenceError' host.example 22
    pac "return 'PROXY me:there@proxy:1';"
    refused 2 'has credentials' host.example 22
    pac "return 'QUIC x:1';"
    refused 2 'names no way that culvert knows' host.example 22
    rm a.pac
    refused 2 'cannot read a.pac' host.example 22
    mkdir a.pac
    refused 2 'a.pac' host.example 22
    rmdir a.pac
    head -c 1048577 /dev/zero | tr '\0' ' ' >a.pac
    refused 2 'more than 1 MiB' host.example 22
}

@test "a file that never ends does not hold anybody up" {
    pac 'while (1) {}'
    refused 2 'computes for more than 2 s' host.example 22
    refused 8 'did not answer in time' -w 0.5 host.example 22
}

@test "a culvert-pac that talks without end is held for broken, before the deadline" {
    mkdir bin
    cp "$CULVERT" bin
    printf '#!/bin/sh\nexec cat /dev/zero\n' >bin/culvert-pac
    chmod +x bin/culvert-pac
    pac "return 'DIRECT';"
    CULVERT=$TEST_DIR/bin/culvert refused 1 'culvert-pac is broken' -w 8 host.example 22
}

@test "--pac stands in the place of -x" {
    pac "return 'DIRECT';"
    refused 2 'one of them alone' -x proxy.example host.example 22
}

# two_proxies: one for a.example and its kin, one for all others; sets FIRST and SECOND.
two_proxies() {
    start_proxy proxy --tunnel banner
    FIRST=$PROXY
    PROXY_LOG=$TEST_DIR/second.log PROXY_EVENTS=$TEST_DIR/second.events start_proxy proxy --tunnel banner
    SECOND=$PROXY
    pac "alert(url); if (host == 'wrong.example') return no.thing; if (dnsDomainIs(host, 'a.example')) return 'PROXY $FIRST'; return 'PROXY 127.0.0.1:1; PROXY $SECOND';"
}

@test "--check asks the file for each target, and tells which proxy it was" {
    two_proxies
    run_culvert --check -v -j 4 --pac a.pac a.example:1-3 b.example:1-3 wrong.example:1 </dev/null
    assert_status 2
    [ "$(grep -c '^CONNECT a.example' "$PROXY_LOG")" = 3 ]
    [ "$(grep -c '^CONNECT b.example' second.log)" = 3 ]
    assert_line_in "$ERR" 'PAC file says: https://a.example:2/'
    [ "$(grep -c "a.pac:2" "$OUT")" = 1 ]
    run_culvert --check --json --pac a.pac a.example:1 </dev/null
    assert_status 0
    assert_line_in "$OUT" "\"via\":[\"$FIRST\"]"
}

@test "-D asks the file for each request, once in half a minute, and after SIGHUP anew" {
    local at
    two_proxies
    start_listener -v -N --pac a.pac -D 0
    for at in a.example:1 a.example:1 b.example:1 b.example:1 b.example:2; do
        (sleep 0.2) | timeout 10 nc.openbsd -N -X connect -x "127.0.0.1:$PORT" "${at%:*}" "${at#*:}" >"$OUT"
        assert_out "$BANNER"$'\r\n'
    done
    [ "$(grep -c '^CONNECT a.example:1 ' "$PROXY_LOG")" = 2 ]
    [ "$(grep -c '^CONNECT b.example' second.log)" = 3 ]
    [ "$(grep -c 'PAC file says: https://b.example:1/' "$ERR")" = 1 ]
    ask -D head -p -x "http://127.0.0.1:$PORT" http://wrong.example/ >"$OUT" 2>&1 || true
    assert_line_in head "HTTP/1.1 502"
    ask -x "http://127.0.0.1:$PORT" http://a.example/ >"$OUT" 2>&1 || true
    assert_line_in "$ERR" "PAC file says: http://a.example:80/"
    pac "return 'PROXY $FIRST';"
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    (sleep 0.2) | timeout 10 nc.openbsd -N -X connect -x "127.0.0.1:$PORT" b.example 1 >"$OUT"
    assert_out "$BANNER"$'\r\n'
    assert_line_in "$PROXY_LOG" "CONNECT b.example:1 "
}

@test "a file that computes much is given up for its target, and asked on for others" {
    two_proxies
    pac "if (host == 'b.example') while (1) {} var i; for (i = 0; i < 3e6; i++); return 'PROXY $FIRST';"
    start_listener -v -N --pac a.pac -D 0
    ask -D head -p -x "http://127.0.0.1:$PORT" http://b.example/ >"$OUT" 2>&1 || true
    assert_line_in head "computes for more than 2 s"
    for at in 1 2 3 4 5 6 7 8 9 10 11 12; do
        (sleep 0.2) | timeout 20 nc.openbsd -N -X connect -x "127.0.0.1:$PORT" a.example "$at" >"$OUT"
        assert_out "$BANNER"$'\r\n'
    done
}

@test "credentials go to each proxy that the file names" {
    local option
    (umask 077 && echo me:there >credentials &&
        printf 'machine 127.0.0.1 login me password there\n' >netrc)
    start_proxy proxy --credentials me:other
    FIRST=$PROXY
    PROXY_LOG=$TEST_DIR/second.log PROXY_EVENTS=$TEST_DIR/second.events start_proxy proxy --tunnel banner --credentials me:there
    pac "return 'PROXY 127.0.0.1:1; PROXY $PROXY; DIRECT';"
    opens -U me:there host.example 22
    opens --proxy-user-file credentials host.example 22
    opens -U me --password-command 'echo there' host.example 22
    opens --netrc-file netrc host.example 22
    CULVERT_PROXY_USER=me CULVERT_PROXY_PASSWORD=there opens host.example 22
    for option in '-U me:there' '--netrc-file netrc' '--proxy-user-file credentials'; do
        # shellcheck disable=SC2086
        run_culvert --check --pac a.pac $option host.example:1-2 </dev/null
        assert_status 0
    done
    refused 2 'has the password once' -U me --password-fd 0 host.example 22
    pac "return 'PROXY $FIRST; PROXY $PROXY';"
    opens --or-on 407 -U me:there host.example 22
    assert_line_in "$ERR" 'trying way 2'
}

@test "a crowd at once asks one process, and a proxy that is the listener itself is none" {
    start_tool crowd --echo
    pac "return 'DIRECT';"
    start_listener --pac a.pac -D 0 -L "0:127.0.0.1:$TOOL_PORT"
    "$TOOLS/crowd" --to "$(sed -nE '2s/.*listening on [^ ]*:([0-9]+) .*/\1/p' "$ERR")" --count 200 --size 10000 >"$OUT"
    assert_line_in "$OUT" "2000000 bytes each way"
    pac "return 'PROXY 127.0.0.1:$PORT';"
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "read again" "$ERR"
    ask -D head -p -x "http://127.0.0.1:$PORT" http://b.example/ >"$OUT" 2>&1 || true
    assert_line_in head "the proxy is this listener itself"
}

@test "without culvert-pac it is said what is missing" {
    pac "return 'DIRECT';"
    mkdir alone
    cp "$CULVERT" alone/
    [ ! -e "$(sed -n 's/^pkglibexecdir = //p' "$top_builddir/Makefile" | head -n 1)/culvert-pac" ] || skip 'one is installed'
    CULVERT=$TEST_DIR/alone/culvert refused 2 'built with duktape' host.example 22
}
