# SPDX-License-Identifier: ISC
# usage.bats: the command line itself, and what is refused before anything is sent.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# refused ARGUMENT...: status 2, one line, and the proxy has heard nothing.
refused() {
    run_culvert "$@" </dev/null
    assert_status 2
    assert_complaint
    assert_untouched
}

# request_was LINE...: the proxy has got one head of just these lines.
request_was() {
    printf '%s\r\n' "$@" '' | cmp -s - "$PROXY_LOG" || fail "another request than expected"
}

@test "--help goes to standard output and has every option" {
    run_culvert --help </dev/null
    assert_status 0
    assert_err ""
    local option
    for option in -x --proxy -U --proxy-user --proxy-user-file --proxy-header --user-agent -4 -6 \
        -w --connect-timeout --idle-timeout -N --no-shutdown -q -d -v -V --version -h --help -X -P; do
        grep -qE -- "(^|[ ,])$option([ ,=[]|\$)" "$OUT" || fail "--help does not have $option"
    done
    cp "$OUT" long
    run_culvert -h </dev/null
    assert_status 0
    cmp long "$OUT"
}

@test "--help breaks no line of an 80-column terminal, and each option has a line of its own" {
    run_culvert --help </dev/null
    [ "$(awk '{ if (length > 80) print }' "$OUT")" = "" ]
    [ "$(grep -ciE 'likewise| $' "$OUT")" = 0 ]
}

@test "--help GROUP has the options of that group alone, and the groups are all of them" {
    local group
    for group in $("$CULVERT" --help | sed -n 's/^Groups for --help://p'); do
        run_culvert --help "$group" </dev/null
        assert_status 0
        assert_err ""
        head -n 1 "$OUT" | grep -q ':$'
        sed 1d "$OUT" >>all
    done
    "$CULVERT" --help | grep -E '^ {2}' | grep -v '^ *culvert' >options
    diff options <(grep -E '^ {2}' all)
    run_culvert --help no-such-group </dev/null
    assert_status 2
    assert_complaint "no group 'no-such-group'" messages
    "$CULVERT" --help >long
    run_culvert -x proxy.example host.example 22 --help </dev/null
    assert_status 0
    cmp long "$OUT"
    run_culvert host.example:22 -h </dev/null
    cmp long "$OUT"
}

@test "--version tells the engines" {
    run_culvert -V </dev/null
    assert_status 0
    grep -q '^authentication: Basic, Bearer$' "$OUT"
    grep -qE '^TLS: (OpenSSL [0-9]|none; )' "$OUT"
    grep -qE '^names beyond ASCII: (libidn2 [0-9]|none; )' "$OUT"
}

@test "--version goes to standard output, name first" {
    local option
    for option in -V --version; do
        run_culvert "$option" </dev/null
        assert_status 0
        assert_err ""
        head -n 1 "$OUT" | grep -qE '^culvert [0-9]+\.[0-9]+'
    done
}

@test "without a host there is a complaint, not a tunnel" {
    start_proxy proxy
    refused -x "$PROXY"
}

@test "a host without a port is refused" {
    start_proxy proxy
    refused -x "$PROXY" host.example
    refused -x "$PROXY" host.example:
    refused -x "$PROXY" host.example ''
    refused -x "$PROXY" '[::1]'
}

@test "a port without a host is refused" {
    start_proxy proxy
    refused -x "$PROXY" '' 22
    refused -x "$PROXY" :22
}

@test "arguments that are too many are refused" {
    start_proxy proxy
    refused -x "$PROXY" host.example 22 23
}

@test "ports outside of 1 to 65535, and what is not a number, are refused" {
    start_proxy proxy
    local port
    for port in 0 65536 -1 99999999999999999999 no-such-service 22x 0x16 ' 22' '2 2'; do
        refused -x "$PROXY" -- host.example "$port"
    done
}

@test "line ends, blanks and other control characters in a host are refused" {
    start_proxy proxy
    local host
    for host in $'host\r\nX-Evil: yes' $'host\n' $'ho\rst' 'ho st' $'ho\tst' $'ho\x01st' $'ho\x7fst'; do
        refused -x "$PROXY" "$host" 22
    done
}

@test "a host that is longer than any name is refused" {
    start_proxy proxy
    refused -x "$PROXY" "$(printf 'a%.0s' {1..64}).example" 22
    refused -x "$PROXY" "$(printf 'abcdefg.%.0s' {1..40})example" 22
}

@test "an option that is not known is refused and named" {
    start_proxy proxy
    refused -x "$PROXY" --no-such-option host.example 22
    assert_line_in "$ERR" no-such-option
    refused -x "$PROXY" -j host.example 22
    assert_line_in "$ERR" j
}

@test "an option without its argument is refused" {
    local option
    for option in -x --proxy -U --proxy-user --proxy-user-file --proxy-header --user-agent \
        -w --connect-timeout --idle-timeout -q -X -P; do
        refused "$option"
    done
}

@test "an argument for an option that takes none is refused" {
    start_proxy proxy
    refused -x "$PROXY" --no-shutdown=yes host.example 22
}

@test "a proxy that is no proxy is refused" {
    local proxy
    for proxy in '' 'http://' ':3128' 'http://:3128' 'ftp://proxy.example' 'proxy.example:0' \
        'proxy.example:65536' 'proxy.example:http' $'proxy\r\n.example' 'proxy .example' \
        'http://[::1' 'http://[::1]x:3128'; do
        refused -x "$proxy" host.example 22
    done
}

@test "times that are not times are refused" {
    start_proxy proxy
    local time
    for time in '' x 1x -1 nan inf 1e400 ' '; do
        refused -x "$PROXY" -w "$time" host.example 22
        refused -x "$PROXY" --idle-timeout "$time" host.example 22
    done
}

@test "a header that is no header, or would be two, is refused" {
    start_proxy proxy
    local header
    for header in '' 'no colon' ': no name' 'bad name: x' $'X-One: 1\r\nX-Two: 2' $'X-One: 1\nX-Two: 2' \
        $'X-One: \x01'; do
        refused -x "$PROXY" --proxy-header "$header" host.example 22
    done
}

@test "a line end in the user agent is refused" {
    start_proxy proxy
    refused -x "$PROXY" --user-agent $'one\r\nX-Two: 2' host.example 22
}

@test "-X takes connect, 5 and 4, and nothing else" {
    start_proxy proxy --tunnel banner
    refused -x "$PROXY" -X 6 host.example 22
    refused -x "$PROXY" -X socks5 host.example 22
    run_culvert -N -x "$PROXY" -X connect host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "nc's -N is understood" {
    start_proxy proxy --tunnel after-eof:10
    run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_pattern "$OUT" 10
}

@test "no proxy at all is a usage error that names -x" {
    refused host.example 22
    assert_line_in "$ERR" -x
}

@test "HOST:PORT in one argument is the same as in two" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" host.example:22 </dev/null
    assert_status 0
    run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    [ "$(grep -c '^CONNECT host.example:22 HTTP/1.1' "$PROXY_LOG")" = 2 ]
}

@test "the request has what it needs, and nothing else, in this order" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" --user-agent 'me/1' --proxy-header 'X-One: 1' \
        --proxy-header 'X-Two:  two words' host.example 22 </dev/null
    assert_status 0
    sed -i 's/:  */: /' "$PROXY_LOG"
    request_was 'CONNECT host.example:22 HTTP/1.1' 'Host: host.example:22' 'User-Agent: me/1' \
        'X-One: 1' 'X-Two: two words'
}

@test "the user agent is the program's name and version unless told otherwise" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    grep -qE $'^User-Agent: culvert/[0-9]+\\.[0-9.]+\r$' "$PROXY_LOG"
}

@test "an empty user agent sends none" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" --user-agent '' host.example 22 </dev/null
    assert_status 0
    request_was 'CONNECT host.example:22 HTTP/1.1' 'Host: host.example:22'
}

@test "an IPv6 target goes out in brackets, however it was written" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" 2001:db8::1 22 </dev/null
    assert_status 0
    run_culvert -N -x "$PROXY" '[2001:db8::1]:22' </dev/null
    assert_status 0
    run_culvert -N -x "$PROXY" '[2001:db8::1]' 22 </dev/null
    assert_status 0
    [ "$(grep -cF 'CONNECT [2001:db8::1]:22 HTTP/1.1' "$PROXY_LOG")" = 3 ]
    [ "$(grep -cF 'Host: [2001:db8::1]:22' "$PROXY_LOG")" = 3 ]
}

@test "a name in UTF-8 goes out as A-labels" {
    ! is_static || skip "what is linked statically loads no libidn2"
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" bücher.example 22 </dev/null
    assert_status 0
    assert_line_in "$PROXY_LOG" 'CONNECT xn--bcher-kva.example:22 HTTP/1.1'
    assert_line_in "$PROXY_LOG" 'Host: xn--bcher-kva.example:22'
}

@test "without -v nothing is said, with -v something is, on standard error" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_err ""
    run_culvert -N -v -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    [ -s "$ERR" ]
}

@test "an option that would mean nothing without another one is refused, not passed over" {
    local option
    start_proxy proxy
    for option in --json --jobs=2 --count=2 --interval=1 --banner=1; do
        run_culvert "$option" -x "$PROXY" host.example 22 </dev/null
        assert_status 2
        assert_complaint "${option%%=*} is for --check"
    done
    for option in --cacert=x --capath=x --cert=x --key=x --insecure --tls-servername=x --pinnedpubkey=x --alpn=x; do
        run_culvert "$option" -x "$PROXY" host.example 22 </dev/null
        assert_status 2
        assert_complaint "${option%%=*} is for --tls"
    done
    run_culvert --proxy-pinnedpubkey sha256//AAAA -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint "no https:// proxy"
    assert_untouched
}

@test "what the user says in --proxy-header goes before what we would say" {
    start_proxy proxy --tunnel banner
    run_culvert -N --proxy-header 'User-Agent: mine' --proxy-header 'host: other.example' -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    [ "$(grep -ic '^user-agent:' "$PROXY_LOG")" = 1 ]
    [ "$(grep -ic '^host:' "$PROXY_LOG")" = 1 ]
    assert_line_in "$PROXY_LOG" 'User-Agent: mine'
    assert_line_in "$PROXY_LOG" 'host: other.example'
}

@test "HTTP_PROXY alone is told to be no proxy's address for us" {
    HTTP_PROXY=http://127.0.0.1:9 run_culvert host.example 22 </dev/null
    assert_status 2
    assert_complaint "HTTP_PROXY isn't looked at"
}
