# SPDX-License-Identifier: ISC
# matrix.bats: tunnels opened in every strange way that a proxy can think of.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# opens SCRIPT: the tunnel stands, and not a byte is lost or added at either end. The answer is either
# the first thing that the proxy sends, or right in front of the target's first bytes.
opens() {
    start_proxy "$1" --tunnel "${2:-banner}"
    run_culvert -N -x "$PROXY" host.example 22 <<<"hello"
    assert_status 0
    assert_out "$BANNER"$'\r\nhello\n'
    assert_err ""
}

# fails_with STATUS SCRIPT [OPTION]...: no tunnel, and one line that names the proxy.
fails_with() {
    start_proxy "$2"
    run_culvert -x "$PROXY" "${@:3}" host.example 22 <<<"hello"
    assert_status "$1"
    assert_complaint "$PROXY"
}

@test "an honest proxy opens a tunnel to a real target" {
    start_target banner
    start_proxy proxy
    run_culvert -N -x "$PROXY" 127.0.0.1 "$TARGET_PORT" <<<"hello"
    assert_status 0
    assert_out "$BANNER"$'\r\nhello\n'
}

@test "the target's first bytes in the segment of the 200 are not lost" {
    opens banner-with-200 echo
}

@test "a status line in two segments is one status line" {
    opens split-status-line
}

@test "headers in later segments are not given to the user" {
    opens late-headers
}

@test "an end of head in two segments is one end" {
    opens split-end
}

@test "an answer of one byte at a time is an answer" {
    opens byte-by-byte
}

@test "a header of 9000 bytes is read past" {
    opens long-header
}

@test "70 headers are read past" {
    opens many-headers
}

@test "lines that end in LF alone are lines" {
    opens bare-lf
}

@test "a missing reason phrase is not missed" {
    opens no-reason
}

@test "a 200 of HTTP/1.0 opens the tunnel" {
    opens http-1.0
}

@test "header names in lower case are header names" {
    opens lower-case
}

@test "folded headers are read past" {
    opens folded-header
}

@test "a Content-Length in a 200 means nothing" {
    opens content-length
}

@test "a Transfer-Encoding in a 200 means nothing" {
    opens transfer-encoding
}

@test "a 100 and a 103 in front of the 200 are read past" {
    opens interim
}

@test "a 100 and a 103 in segments of their own are read past" {
    opens interim-apart
}

@test "a 201 opens the tunnel" {
    opens created
}

@test "a 204 opens the tunnel" {
    opens no-content
}

@test "nothing but the request is sent before the 200" {
    opens late
    assert_line_in "$PROXY_EVENTS" '1 early 0'
}

@test "a proxy that closes without an answer has broken the rules" {
    fails_with 9 close
}

@test "a proxy that closes in the middle of the head has broken the rules" {
    fails_with 9 close-in-head
}

@test "a reset in the middle of the head is told" {
    fails_with 9 reset-in-head
}

@test "1 MiB of headers is too much" {
    fails_with 9 huge-head
}

@test "a status line of 1 MiB is too much" {
    fails_with 9 huge-line
}

@test "an endless row of 100s comes to an end" {
    start_proxy interim-endless
    run_culvert -x "$PROXY" -w 2 host.example 22 <<<"hello"
    [ "$status" = 9 ] || assert_status 8
    assert_complaint "$PROXY"
}

@test "an ssh server is not a proxy" {
    fails_with 9 ssh-banner
}

@test "a TLS server is not a proxy for http" {
    fails_with 9 tls-alert
}

@test "garbage is not an answer" {
    fails_with 9 garbage
}

@test "a page without a head is not an answer" {
    fails_with 9 http-0.9
}

@test "HTTP/2 is not an answer to HTTP/1.1" {
    fails_with 9 http-2
}

@test "a status of four digits is not a status" {
    fails_with 9 bad-status
}

@test "a proxy that never answers does not keep us longer than -w" {
    fails_with 8 silent -w 0.5
}

@test "nor does one that begins an answer and never ends it" {
    fails_with 8 silent-in-head -w 0.5
}

@test "nor does one that sends a header now and then, for ever" {
    fails_with 8 trickle -w 0.5
}

@test "a proxy where nobody listens cannot be reached" {
    PROXY=127.0.0.1:$(closed_port)
    run_culvert -x "$PROXY" host.example 22 <<<"hello"
    assert_status 3
    assert_complaint "$PROXY"
}

@test "a proxy whose name nobody knows cannot be reached" {
    RES_OPTIONS="timeout:1 attempts:1" run_culvert -x no-such-proxy.invalid:3128 host.example 22 \
        </dev/null
    assert_status 3
    assert_complaint no-such-proxy.invalid
}

@test "a proxy is found among the addresses of its name" {
    start_proxy proxy --tunnel banner
    run_culvert -N -x "localhost:$PROXY_PORT" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "-4 and -6 say which addresses of the proxy will do" {
    start_proxy proxy --tunnel banner
    run_culvert -N -4 -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    run_culvert -N -6 -x "$PROXY" host.example 22 </dev/null
    assert_status 3
    assert_complaint
}

@test "a proxy with an IPv6 address is reached" {
    [ -s /proc/net/if_inet6 ] || skip "this system has no IPv6"
    start_proxy proxy --tunnel banner --listen ::1
    run_culvert -x "http://[::1]:$PROXY_PORT" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "when there is no tunnel, standard input is left for the next program" {
    start_proxy status:403
    printf 'all of it' | {
        run_culvert -x "$PROXY" host.example 22
        assert_status 6
        cat >rest
    }
    assert_file rest 'all of it'
}
