# SPDX-License-Identifier: ISC
# explain.bats: --explain says what would be done, and does none of it.

load helper

setup() {
    test_begin
    (umask 077 && echo one:secret1 >user-file && printf 'machine c.example login three password secret3\n' >netrc &&
        echo secret-token >token)
    export HOME=$TEST_DIR
}

teardown() {
    test_end
}

explains() {
    run_culvert --explain "$@" </dev/null
    sed -Ei '/^sandbox: /d; s/"sandbox":"[^"]*",//' "$OUT" # what this system has
    assert_status 0
    assert_file "$ERR" ""
    refute_line_in "$OUT" secret
    assert_harmless "$OUT"
}

# The chain of three with five sources.
chain() {
    explains "$@" -x http://a.example --proxy-user-file user-file --proxy-bearer-file token \
        -x "https://two:secret2@b.example:8443" --proxy-insecure --proxy-basic \
        -x c.example --netrc-file netrc --password-command 'echo secret4' \
        --tls --tls-servername other.example host.example 22
}

@test "a chain of three, with credentials from five sources, is told for people" {
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    chain
    assert_out "target: host.example:22
way: chain
from: the command line
proxy 1:
    proxy: a.example:80
    spoken: CONNECT, in clear
    user: one
    user from: user-file
    password: given
    token from: token
    schemes: Bearer
    files: user-file, token
proxy 2:
    proxy: b.example:8443
    spoken: CONNECT, in TLS
    user: two
    user from: the proxy's URL
    password: given
    schemes: Basic
    TLS:
        certificate: not verified
        protocols: http/1.1
proxy 3:
    proxy: c.example:3128
    spoken: CONNECT, in clear
    user: three
    user from: netrc
    password: given
    schemes: Negotiate, Digest, NTLM, Bearer, Basic
    files: netrc
TLS with the target:
    TLS:
        certificate: verified, with the issuers of the system
        name: other.example
"
}

@test "the same as JSON" {
    server_need jq
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    chain --json
    [ "$(wc -l <"$OUT")" = 1 ]
    [ "$(jq -r '.target, .way, (.proxies | length)' "$OUT")" = $'host.example:22\nchain\n3' ]
    [ "$(jq -r '.proxies[].user_from' "$OUT")" = $'user-file\nthe proxy\'s URL\nnetrc' ]
    [ "$(jq -c '.proxies[0].files' "$OUT")" = '["user-file","token"]' ]
    [ "$(jq -c '.proxies[1].schemes' "$OUT")" = '["Basic"]' ]
    [ "$(jq -r '.target_tls.tls.name' "$OUT")" = other.example ]
}

@test "the variable that names the proxy is told, and its password is not" {
    export https_proxy=http://me:secret@127.0.0.1:3128 CULVERT_PROXY_PASSWORD=secret5
    explains host.example 22
    assert_line_in "$OUT" "from: https_proxy"
    assert_line_in "$OUT" "user: me"
    export https_proxy=http://me@127.0.0.1:3128
    explains host.example 22
    assert_line_in "$OUT" "password: given"
}

@test "a target that needs no proxy is told so" {
    export https_proxy=http://127.0.0.1:3128 no_proxy=.example
    explains host.example 22
    assert_out $'target: host.example:22\nway: direct\nfrom: no_proxy exempts the target\n'
}

@test "nothing is sent, nobody is asked, and nothing is run" {
    server_need strace
    start_proxy proxy
    strace -f -o trace -e trace=network,execve "$CULVERT" --explain -x "$PROXY" -U me \
        --password-command 'echo secret >asked' host.example 22 </dev/null >"$OUT"
    assert_untouched
    [ ! -e asked ]
    assert_line_in "$OUT" "password: from --password-command, when it is wanted"
    run_culvert --explain --check -x "$PROXY" host.example:22 </dev/null
    assert_untouched
    [ "$(grep -c execve trace)" = 1 ]
    run ! grep -qE 'connect\(|sendto\(|sendmsg\(' trace || fail "something was sent"
}

@test "what is wrong with a file is told as for a tunnel" {
    run_culvert --explain -x a.example --proxy-user-file missing host.example 22 </dev/null
    assert_status 2
    assert_complaint missing
}

@test "--explain takes the formats of --check that it has, and nothing else of it" {
    run_culvert --explain -j 4 -x a.example host.example 22 </dev/null
    assert_status 2
    assert_complaint "is for --check"
    run_culvert --explain -L 8080:host.example:22 -x a.example host.example 22 </dev/null
    assert_status 2
    assert_complaint "--explain is for one target"
    run_culvert --explain --format prometheus -x a.example host.example 22 </dev/null
    assert_status 2
    assert_complaint "--explain"
}
