# SPDX-License-Identifier: ISC
# refusals.bats: what the proxy's no becomes: a status for scripts and one line for people.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# refused STATUS SCRIPT TEXT...: that exit status, and a line with the proxy and each TEXT.
refused() {
    start_proxy "$2"
    run_culvert -x "$PROXY" host.example 22 <<<"hello"
    assert_status "$1"
    assert_complaint "$PROXY" "${@:3}"
}

@test "403 is status 6" {
    refused 6 status:403 403 Forbidden
}

@test "404 is status 6" {
    refused 6 status:404 404 "Not Found"
}

@test "405 is status 6" {
    refused 6 status:405 405 "Method Not Allowed"
}

@test "500 is status 7" {
    refused 7 status:500 500 "Internal Server Error"
}

@test "502 is status 7" {
    refused 7 status:502 502 "Bad Gateway"
}

@test "503 is status 7" {
    refused 7 status:503 503 "Service Unavailable"
}

@test "504 is status 7" {
    refused 7 status:504 504 "Gateway Timeout"
}

@test "302 is status 9, and nobody is followed" {
    start_target banner
    start_proxy status:302 --header "Location: http://127.0.0.1:$TARGET_PORT/"
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 9
    assert_complaint "$PROXY" 302
    assert_file "$TARGET_EVENTS" ""
}

@test "407 is status 5" {
    refused 5 407-keep 407
}

@test "407 and closing is status 5" {
    refused 5 407-close 407
}

@test "407 in HTTP/1.0 is status 5" {
    refused 5 407-1.0 407
}

@test "407 with a chunked body is status 5" {
    refused 5 407-chunked 407
}

@test "407 with a body without end is status 5 all the same" {
    refused 5 407-endless 407
}

@test "407 without a challenge is status 5" {
    refused 5 407-bare 407
}

@test "401 from a proxy is status 5" {
    refused 5 status:401 401
}

@test "a body that stops coming does not keep us" {
    start_proxy 407-unfinished
    run_culvert -w 1 -x "$PROXY" host.example 22 </dev/null
    assert_status 5
    assert_complaint "$PROXY" 407
}

@test "the proxy's own words are shown" {
    start_proxy status:403 --reason "not on a Sunday"
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint "403 not on a Sunday"
}

@test "a refusal without a reason is told by its number" {
    start_proxy status:403 --reason ""
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint "$PROXY" 403
}

@test "what the proxy says cannot write on the terminal" {
    start_proxy escapes
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint "$PROXY" 403 No
    run_culvert -vvv -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_harmless "$ERR"
}

@test "a very long reason makes one line" {
    start_proxy status:403 --reason "$(printf 'no %.0s' {1..2000})"
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 6
    assert_complaint "403 no no"
}

@test "headers that say more do no harm" {
    start_proxy status:502 --header 'X-Squid-Error: ERR_DNS_FAIL 0' \
        --header 'Proxy-Status: scripted; error=dns_error; details="no such name"'
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 7
    assert_complaint "$PROXY" 502
}
