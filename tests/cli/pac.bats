# SPDX-License-Identifier: ISC
# pac.bats: --pac, the ways that a PAC file has for a target.

load helper

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

@test "--pac stands in the place of -x, for one tunnel" {
    pac "return 'DIRECT';"
    refused 2 'one of them alone' -x proxy.example host.example 22
    refused 2 '--pac is for one tunnel' --check host.example:22
}

@test "without culvert-pac it is said what is missing" {
    pac "return 'DIRECT';"
    mkdir alone
    cp "$CULVERT" alone/
    [ ! -e "$(sed -n 's/^pkglibexecdir = //p' "$top_builddir/Makefile" | head -n 1)/culvert-pac" ] || skip 'one is installed'
    CULVERT=$TEST_DIR/alone/culvert refused 2 'built with duktape' host.example 22
}
