# SPDX-License-Identifier: ISC
# auth-choice.bats: which scheme is chosen, and what happens when it can't be used.

load helper

setup() {
    test_begin
    (umask 077 && echo me:secret >credentials)
    BASIC="Basic $(printf me:secret | base64)"
}

teardown() {
    test_end
}

need_libcurl() {
    [ -e "$(dirname "$CULVERT")/culvert-auth-curl.so" ] || skip "built without libcurl"
}

# with_helper LINE...: culvert in a directory of its own, and a shell script beside it as its helper.
with_helper() {
    mkdir bin
    cp "$CULVERT" bin/culvert
    CULVERT=$TEST_DIR/bin/culvert
    printf '%s\n' '#!/bin/sh' "$@" >bin/culvert-auth
    chmod +x bin/culvert-auth
}

# asks CHALLENGE...: a proxy that never has enough, each time with these challenges, one a line.
asks() {
    local challenge headers=()
    for challenge; do
        headers+=(--header "Proxy-Authenticate: $challenge")
    done
    start_proxy status:407 "${headers[@]}"
}

answer() {
    run_culvert -N "$@" -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
}

requests() {
    grep -c '^CONNECT ' "$PROXY_LOG"
}

@test "the strongest algorithm of Digest is taken, wherever it stands" {
    need_libcurl
    asks 'Digest realm="a", nonce="one", qop="auth", Digest realm="b, Basic c", nonce="two", qop="auth", algorithm=SHA-256' \
        'Digest realm="a", nonce="three", qop="auth", algorithm=MD5'
    answer
    assert_status 5
    [ "$(requests)" = 2 ]
    grep '^Proxy-Authorization: Digest' "$PROXY_LOG" | grep 'algorithm=SHA-256' | grep -q 'nonce="two"'
}

@test "an algorithm that nobody knows does not hide one that is known" {
    need_libcurl
    asks 'Digest realm="a", nonce="one", algorithm=WHIRLPOOL, Digest realm="a", nonce="two", algorithm=MD5-sess, qop="auth"'
    answer
    grep '^Proxy-Authorization: Digest' "$PROXY_LOG" | grep -q 'nonce="two"'
}

@test "a proxy that calls every nonce stale is not believed for ever" {
    need_libcurl
    asks 'Digest realm="a", nonce="one", stale=true'
    answer
    assert_status 5
    assert_complaint 407
    [ "$(requests)" -le 6 ]
}

@test "a nonce that is stale is replaced once" {
    need_libcurl
    asks 'Digest realm="a", nonce="one", stale=true'
    answer
    [ "$(grep -c '^Proxy-Authorization: Digest' "$PROXY_LOG")" -ge 2 ]
}

@test "NTLM that answers with no message, or with nonsense, is status 5" {
    need_libcurl
    local challenge
    for challenge in NTLM 'NTLM !!!' 'NTLM AAAA' 'Negotiate %%%'; do
        asks "$challenge"
        : >"$PROXY_LOG"
        answer
        assert_status 5
        assert_complaint 407
        [ "$(requests)" -le 3 ]
    done
}

@test "a scheme that nobody knows is named, and nothing is sent" {
    asks 'Hawk id="x"' 'Scram'
    answer
    assert_status 5
    assert_complaint "offered: Hawk, Scram"
    [ "$(requests)" = 1 ]
}

@test "Basic stays back in clear where Digest is offered, even when Digest cannot be used" {
    with_helper 'exit 1'
    asks 'Digest realm="a", nonce="one"' 'Basic realm="a"'
    answer
    assert_status 5
    assert_complaint "--proxy-basic would send the password in clear"
    run ! grep -qi '^Proxy-Authorization' "$PROXY_LOG"
}

@test "Basic that was asked for by its name is used when Digest cannot be" {
    with_helper 'exit 1'
    asks 'Digest realm="a", nonce="one"' 'Basic realm="a"'
    answer --proxy-auth digest,basic
    assert_status 5
    assert_line_in "$PROXY_LOG" "Proxy-Authorization: $BASIC"
    [ "$(requests)" = 2 ]
}

@test "a helper that isn't there is told, with what to do" {
    with_helper
    rm bin/culvert-auth
    asks 'Digest realm="a", nonce="one"'
    answer
    assert_status 5
    # One that is installed would be found as well.
    if ! grep -q '^Proxy-Authorization: Digest' "$PROXY_LOG"; then
        assert_line_in "$ERR" "Digest cannot be used: culvert-auth"
        assert_line_in "$ERR" "libcurl"
    fi
}

@test "a helper that hangs is killed at the deadline" {
    with_helper 'echo $$ >'"$TEST_DIR/pid" 'exec sleep 60'
    asks 'Digest realm="a", nonce="one"'
    answer -w 1
    [ "$status" = 8 ] || assert_status 5
    assert_complaint 407
    wait_until is_gone "$(cat pid)"
}

is_gone() {
    ! server_is_running "$1"
}

@test "a helper that babbles, or says nothing, is not believed" {
    local line
    for line in 'head -c 200000 /dev/urandom 2>/dev/null' 'printf "P\\377\\377\\377\\177"' \
        'printf "P\\005\\000\\000\\000ab\\r\\nc"' 'printf "P\\014\\000\\000\\000Basic bm9uZQ"' \
        'printf "P\\011\\000\\000\\000Digest a=more"' 'printf "L\\010\\000\\000\\000Digest x"' 'exit 0'; do
        rm -rf bin
        CULVERT=${CULVERT_BUILT:=$CULVERT} with_helper "$line"
        asks 'Digest realm="a", nonce="one"'
        : >"$PROXY_LOG"
        CULVERT=$TEST_DIR/bin/culvert answer
        assert_status 5
        assert_complaint 407
        ! grep -qi '^Proxy-Authorization' "$PROXY_LOG" || fail "its words were sent: $line"
    done
}

@test "no helper is started for Basic, Bearer, or no authentication at all" {
    server_need strace
    (umask 077 && echo abc.def >token)
    start_proxy proxy --tunnel banner --credentials me:secret
    strace -f -o trace -e trace=execve "$CULVERT" -N -x "$PROXY" --proxy-user-file credentials \
        host.example 22 </dev/null >"$OUT"
    assert_out "$BANNER"$'\r\n'
    start_proxy proxy --tunnel banner
    strace -f -A -o trace -e trace=execve "$CULVERT" -N -x "$PROXY" --proxy-bearer-file token \
        host.example 22 </dev/null >"$OUT"
    strace -f -A -o trace -e trace=execve "$CULVERT" -N -x "$PROXY" host.example 22 </dev/null >"$OUT"
    [ "$(grep -c execve trace)" = 3 ]
}

@test "a Bearer token goes out in the first request" {
    (umask 077 && printf 'abc.def-~+/==\nmore\n' >token)
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" --proxy-bearer-file token host.example 22 </dev/null
    assert_status 0
    grep -qxF $'Proxy-Authorization: Bearer abc.def-~+/==\r' "$PROXY_LOG"
    : >"$PROXY_LOG"
    run_culvert -N -x "$PROXY" --proxy-bearer-command 'echo xyz' host.example 22 </dev/null
    grep -qxF $'Proxy-Authorization: Bearer xyz\r' "$PROXY_LOG"
}

@test "a Bearer token that is none is refused before anything is sent" {
    start_proxy proxy
    (umask 077 && printf 'a b\n' >token)
    run_culvert -N -x "$PROXY" --proxy-bearer-file token host.example 22 </dev/null
    assert_status 2
    assert_complaint "token"
    refute_line_in "$ERR" "a b"
    run ! grep -q CONNECT "$PROXY_LOG"
}

@test "a Bearer token that was refused is not sent again" {
    (umask 077 && echo abc >token)
    asks 'Bearer error="invalid_token"'
    run_culvert -N -x "$PROXY" --proxy-bearer-file token host.example 22 </dev/null
    assert_status 5
    assert_complaint "refused the credentials (Bearer)"
    [ "$(requests)" = 1 ]
}

@test "--proxy-auth knows its words" {
    start_proxy proxy
    run_culvert -N --proxy-auth digest,telepathy -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint "any, negotiate"
    assert_untouched
}

@test "--version tells the schemes" {
    need_libcurl
    run_culvert --version
    assert_status 0
    grep -q '^authentication: Digest by libcurl/[0-9.]*$' "$OUT"
}

@test "--version tells what there is without the helper" {
    with_helper 'exit 1'
    run_culvert --version
    assert_status 0
    grep -q '^authentication: no culvert-auth' "$OUT"
}

# opens_with_digest SCRIPT [OPTION]...: the scripted proxy, which computes the value by itself, lets us in.
opens_with_digest() {
    : >"$PROXY_EVENTS"
    : >"$PROXY_LOG"
    start_proxy "$1" --tunnel banner "${@:2}"
    run_culvert -N -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    assert_line_in "$OUT" "$BANNER"
    [ "$(requests)" = 2 ]
}

@test "Digest is right with MD5 and with SHA-256, and for a password in UTF-8" {
    need_libcurl
    printf 'me:p\303\244ss "w\\rd" %%41\n' >credentials
    opens_with_digest 407-keep --auth digest --credentials "$(cat credentials)"
    opens_with_digest 407-keep --auth digest-sha-256 --credentials "$(cat credentials)"
}

@test "Digest goes on on the same connection, or on a new one where the 407 ended it" {
    local script
    need_libcurl
    opens_with_digest 407-keep --auth digest --credentials me:secret
    [ "$(grep -c accepted "$PROXY_EVENTS")" = 1 ]
    opens_with_digest 407-chunked --auth digest --credentials me:secret
    [ "$(grep -c accepted "$PROXY_EVENTS")" = 1 ]
    for script in 407-close 407-1.0; do
        opens_with_digest "$script" --script 407-keep --auth digest --credentials me:secret
        [ "$(grep -c accepted "$PROXY_EVENTS")" = 2 ]
    done
}

@test "Digest survives a proxy that closes a kept connection between the 407 and the answer" {
    need_libcurl
    start_proxy 407-forget --tunnel banner --auth digest --credentials me:secret
    run_culvert -N -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    assert_line_in "$OUT" "$BANNER"
    [ "$(grep -c accepted "$PROXY_EVENTS")" -le 3 ]
}

@test "-v tells as whom it goes before anything is sent, and once that it goes in clear" {
    start_proxy proxy --tunnel banner --credentials me:secret
    run_culvert -v -N -U me:secret -x "$PROXY" host.example 22 </dev/null
    assert_line_in "$ERR" "answering with Basic as me, from -U"
    refute_line_in "$ERR" "in clear"
    run_culvert -v -N --proxy-basic -x "http://me:secret@$PROXY" host.example 22 </dev/null
    assert_line_in "$ERR" "sending at once Basic as me, from the proxy's URL"
    refute_line_in "$ERR" secret
    # a name that is not called so, and yet leads here
    run_culvert -v -N -4 -U me:secret -x "http://$(uname -n):$PROXY_PORT" host.example 22 </dev/null
    [ "$status" != 0 ] || assert_line_in "$ERR" "Basic goes in clear: everybody on the way can read the password"
}
