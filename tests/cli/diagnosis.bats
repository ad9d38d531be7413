# SPDX-License-Identifier: ISC
# diagnosis.bats: every way in which real proxies say no, and what else answers in their place.

load helper
. "$top_srcdir/tests/servers/apache.bash"
. "$top_srcdir/tests/servers/haproxy.bash"
. "$top_srcdir/tests/servers/privoxy.bash"
. "$top_srcdir/tests/servers/squid.bash"
. "$top_srcdir/tests/servers/sshd.bash"
. "$top_srcdir/tests/servers/tinyproxy.bash"
. "$top_srcdir/tests/servers/certificates.bash"
. "$top_srcdir/tests/servers/stunnel.bash"

setup() {
    test_begin
}

teardown() {
    servers_stop
    test_end
}

# refuses STATUS PROXY-PORT TARGET TEXT...: what comes of asking for the target.
refuses() {
    local expected=$1
    run_culvert -w 5 -x "127.0.0.1:$2" "$3" </dev/null
    assert_status "$expected"
    assert_complaint "proxy 127.0.0.1:$2: " "${@:4}"
}

@test "squid: rules, names, ports that nobody listens at, silent targets, large requests" {
    server_need squid openssl
    start_tool target --deaf
    squid_start \
        'acl reset dstdomain reset.example' 'deny_info TCP_RESET reset' \
        'acl portal dstdomain portal.example' 'deny_info 302:http://login.example/ portal' \
        'http_access deny reset' 'http_access deny portal' \
        'connect_timeout 1 seconds' 'forward_timeout 2 seconds' 'request_header_max_size 2 KB'
    refuses 6 "$SQUID_PORT" forbidden.example:443 '403 Forbidden (ERR_ACCESS_DENIED); ' "rules forbid it"
    refuses 6 "$SQUID_PORT" 127.0.0.1:9 '(ERR_ACCESS_DENIED)' "no port but 443"
    refuses 9 "$SQUID_PORT" reset.example:443 'the connection broke before an answer' 'may this machine use it'
    refuses 9 "$SQUID_PORT" portal.example:443 '302 Found, to http://login.example/; ' 'a login page'
    refuses 7 "$SQUID_PORT" nowhere.invalid:443 '(ERR_CANNOT_FORWARD); ' 'is its name right?'
    refuses 7 "$SQUID_PORT" "127.0.0.1:$(closed_port)" '(ERR_CONNECT_FAIL); ' "nothing listens at the target's port"
    refuses 7 "$SQUID_PORT" "127.0.0.1:$TOOL_PORT" '(ERR_CONNECT_FAIL); ' 'did not answer the proxy in time'
    run_culvert -x "127.0.0.1:$SQUID_PORT" --proxy-header "X-Long: $(printf %3000s x)" 127.0.0.1 443 </dev/null
    assert_status 6
    assert_complaint '431' 'too large for the proxy'
}

@test "squid: a parent that is not there" {
    server_need squid openssl
    squid_start "cache_peer 127.0.0.1 parent $(closed_port) 0 no-query" 'never_direct allow all'
    refuses 7 "$SQUID_PORT" host.example:443 '(ERR_CANNOT_FORWARD); ' 'no way to the target'
}

@test "tinyproxy: ports, filters, names, closed ports, access, an upstream that is not there" {
    server_need tinyproxy
    echo forbidden >"$TEST_DIR/filter"
    chmod 755 "$TEST_DIR"
    tinyproxy_start 'ConnectPort 443' "Filter \"$TEST_DIR/filter\""
    refuses 6 "$TINYPROXY_PORT" 127.0.0.1:22 '403 Access violation' 'not allowed with the port you tried'
    refuses 6 "$TINYPROXY_PORT" forbidden.example:443 '403 Filtered' "filter forbids the target"
    tinyproxy_start
    refuses 7 "$TINYPROXY_PORT" nowhere.invalid:443 '500 Unable to connect' 'is its name right, and does it listen?'
    refuses 7 "$TINYPROXY_PORT" "127.0.0.1:$(closed_port)" '500 Unable to connect' 'could not reach the target'
    tinyproxy_start "Upstream http 127.0.0.1:$(closed_port)"
    refuses 7 "$TINYPROXY_PORT" host.example:443 '502' "the proxy's own upstream proxy fails"
    TINYPROXY_ALLOWED=192.0.2.1 tinyproxy_start
    refuses 6 "$TINYPROXY_PORT" host.example:443 '403 Access denied' 'rules forbid it'
}

@test "Apache: ports, hosts, clients, names, closed ports, and no proxy at all" {
    server_need apache2 openssl
    apache_start "$(apache_module authz_host)" 'ProxyBlock 127.0.0.2'
    refuses 6 "$APACHE_PORT" 127.0.0.1:9 '403' 'machine blocked' 'no port but 443'
    refuses 6 "$APACHE_PORT" 127.0.0.2:443 '403' 'machine blocked'
    refuses 7 "$APACHE_PORT" nowhere.invalid:443 '502' "cannot resolve the target's name"
    refuses 7 "$APACHE_PORT" "127.0.0.1:$(closed_port)" '503 Service Unavailable' 'could not reach the target'
    APACHE_REQUIRES='all denied' apache_start
    refuses 6 "$APACHE_PORT" host.example:443 '403 Forbidden' 'rules forbid it'
    APACHE_IS_PROXY=Off apache_start
    refuses 6 "$APACHE_PORT" host.example:443 '405 Method Not Allowed' 'is this a web server?'
}

@test "Privoxy: rules, ports, names, closed ports, clients, upstreams" {
    server_need privoxy
    privoxy_start
    refuses 6 "$PRIVOXY_PORT" blocked.example:443 '403 Request blocked by Privoxy' 'rules forbid it'
    refuses 6 "$PRIVOXY_PORT" 127.0.0.1:9 '403 Request blocked by Privoxy' 'no port but 443'
    refuses 7 "$PRIVOXY_PORT" nowhere.invalid:443 '404 No such domain' "cannot resolve the target's name"
    refuses 7 "$PRIVOXY_PORT" "127.0.0.1:$(closed_port)" '503 Connect failed' 'could not reach the target'
    privoxy_start 'deny-access 127.0.0.1'
    refuses 9 "$PRIVOXY_PORT" host.example:443 'may this machine use it' # closed or reset
    privoxy_start "forward-socks5 / 127.0.0.1:$(closed_port) ."
    refuses 7 "$PRIVOXY_PORT" host.example:443 '503 Forwarding failure' "own upstream proxy fails"
}

@test "HAProxy: every way that its rules have to say no" {
    server_need haproxy
    haproxy_start "
frontend rules
    bind @0@
    timeout tarpit 200ms
    http-request deny if { hdr_beg(host) forbidden }
    http-request deny deny_status 429 if { hdr_beg(host) busy }
    http-request tarpit if { hdr_beg(host) tarpit }
    http-request auth realm tests if { hdr_beg(host) auth }
    http-request reject if { hdr_beg(host) reject }
    http-request return status 503 content-type text/html string <h1>Maintenance</h1> if { hdr_beg(host) closed }
    http-request redirect location http://login.example/ if { hdr_beg(host) portal }
    default_backend dead
backend dead
    server dead 127.0.0.1:$(closed_port)
listen raw
    bind @1@
    mode tcp
    server dead 127.0.0.1:$(closed_port)
listen empty
    bind @2@
    timeout tarpit 60s
    http-request tarpit if { hdr_beg(host) silent }"
    refuses 6 "${HAPROXY_PORTS[0]}" forbidden.example:443 '403 Forbidden' 'Request forbidden by administrative rules'
    refuses 6 "${HAPROXY_PORTS[0]}" busy.example:443 '429 Too Many Requests' 'try again later'
    refuses 7 "${HAPROXY_PORTS[0]}" tarpit.example:443 '500 Internal Server Error'
    refuses 5 "${HAPROXY_PORTS[0]}" auth.example:443 '401 Unauthorized' "is the proxy's address right?"
    refuses 9 "${HAPROXY_PORTS[0]}" reject.example:443 'closed the connection without an answer'
    refuses 7 "${HAPROXY_PORTS[0]}" closed.example:443 '503 Service Unavailable, saying "Maintenance"'
    refuses 9 "${HAPROXY_PORTS[0]}" portal.example:443 '302 Found, to http://login.example/' 'a login page'
    refuses 7 "${HAPROXY_PORTS[0]}" host.example:443 '503 Service Unavailable' 'No server is available'
    refuses 9 "${HAPROXY_PORTS[1]}" host.example:443 'closed the connection without an answer'
    refuses 7 "${HAPROXY_PORTS[2]}" host.example:443 '503 Service Unavailable'
    run_culvert -w 0.5 -x "127.0.0.1:${HAPROXY_PORTS[2]}" silent.example 443 </dev/null
    assert_status 8
    assert_complaint 'did not answer in time' 'too busy'
}

# answers STATUS HEAD-AND-BODY TEXT...: what is said of such a refusal.
answers() {
    start_proxy says --says "$2"
    refuses "$1" "$PROXY_PORT" host.example:22 "${@:3}"
}

@test "what a proxy says is shown wherever it says it: reason, fields, page" {
    answers 7 'HTTP/1.1 612 No exit for this country\r\n\r\n' '612 No exit for this country'
    answers 7 'HTTP/1.1 502 Bad Gateway\r\nX-Proxy-Error: the session has ended\r\n\r\n' \
        '502 Bad Gateway, saying "the session has ended"'
    answers 7 'HTTP/1.1 503 Busy\r\nRetry-After: 37\r\n\r\n' '503 Busy, again in 37 s'
    answers 7 'HTTP/1.1 503 x\r\nContent-Type: application/problem+json\r\n\r\n{"detail":"no exit node"}' \
        'saying "{"detail":"no exit node"}"'
    answers 7 'HTTP/1.1 500 x\r\nContent-Type: text/html\r\n\r\n<style>'"$(printf %9000s " ")"'</style><p>No <b>more</b> of it' \
        'saying "No more of it"'
    answers 7 'HTTP/1.1 502 x\r\nProxy-Status: far; error=dns_error; details="no such zone"\r\n\r\n' \
        '(dns_error), saying "no such zone"; ' 'cannot resolve'
    answers 6 'HTTP/1.1 403 No\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00noise' '403 No; '
    answers 6 'HTTP/1.1 403 No\r\n\r\nAcc\xe8s refus\xe9' '403 No, saying "Accès refusé"'
}

@test "what a proxy says with a 407 is shown: a wrong password isn't the only cause" {
    local challenge='Proxy-Authenticate: Basic realm="x"\r\nConnection: close\r\n'
    start_proxy says --says "HTTP/1.1 407 Account suspended\r\n$challenge\r\n"
    run_culvert -x "me:pw@$PROXY" host.example 22 </dev/null
    assert_status 5
    assert_complaint 'answered 407 Account suspended: it refused the credentials (Basic)'
    start_proxy says --says "HTTP/1.1 407 Auth\r\n$challenge\r\nYour address is not on the list"
    run_culvert -x "me:pw@$PROXY" host.example 22 </dev/null
    assert_status 5
    assert_complaint 'answered 407, saying "Your address is not on the list": '
    answers 5 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\nover the limit' \
        'answered 407, saying "over the limit": it wants'
}

# cures STATUS TEXT CURE [OPTION]...: what comes of asking the scripted proxy, credentials at hand.
cures() {
    run_culvert -w 2 "${@:4}" -x "me:pw@$PROXY" host.example 22 </dev/null
    assert_status "$1"
    assert_complaint "$2" "$3"
}

@test "credentials that nobody asked for can be sent at once" {
    start_proxy close
    cures 9 'closed the connection without an answer' '--proxy-basic sends them at once, in clear'
    start_proxy status:403
    cures 6 '403 Forbidden' '--proxy-basic sends them at once'
    start_proxy status:401
    cures 5 '401 Unauthorized' '--proxy-basic sends them at once'
    start_proxy 407-bare
    cures 5 'offers no scheme' '--proxy-basic sends them at once'
    start_proxy http-0.9
    cures 9 'is this a web server? The credentials were not sent' '--proxy-basic sends them at once'
    start_proxy silent
    cures 8 'did not answer in time' '--proxy-basic sends them at once'
    start_proxy status:403
    cures 6 '403 Forbidden' "rules forbid it" --proxy-basic
    refute_line_in "$ERR" 'at once'
}

@test "a proxy that has answered is there: it is the target that may be silent" {
    start_proxy 407-close --script silent
    cures 8 'did not answer in time; the proxy is there; ' 'the target, host.example:22, may be silent'
    refute_line_in "$ERR" 'is it an HTTP proxy'
    start_proxy interim-silent
    cures 8 'did not answer in time; the proxy is there; ' 'the target, host.example:22, may be silent'
    start_proxy 407-close --script close
    cures 9 'closed the connection without an answer; the proxy is there' '--proxy-basic sends them so'
    start_proxy close
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 9
    assert_complaint 'is it an HTTP proxy (not SOCKS, nor HTTP/2 alone)' 'can it reach host.example:22?'
}

@test "refused credentials are told by their user and where that is from" {
    start_proxy 407-keep
    cures 5 'it refused the credentials (Basic); ' "they were those of me, from the proxy's URL"
    (umask 077 && echo ann:wrong >"$TEST_DIR/users")
    run_culvert -x "$PROXY" --proxy-user-file "$TEST_DIR/users" host.example 22 </dev/null
    assert_status 5
    assert_complaint "they were those of ann, from $TEST_DIR/users"
    refute_line_in "$ERR" wrong
    run_culvert -x "$PROXY" -U bob:wrong host.example 22 </dev/null
    assert_complaint 'they were those of bob, from -U'
    CULVERT_PROXY_USER=eve CULVERT_PROXY_PASSWORD=wrong run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_complaint 'they were those of eve, from CULVERT_PROXY_USER'
}

@test "what is wanted and isn't there is named" {
    start_proxy 407-keep
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 5
    assert_complaint 'it wants credentials (offered: Basic); give them with --proxy-user-file FILE, -U USER'
    run_culvert -x "$PROXY" --password-command 'echo pw' host.example 22 </dev/null
    assert_status 5
    assert_complaint 'there is a password, but no user'
    run_culvert -x "$PROXY" --proxy-digest -U me:pw host.example 22 </dev/null
    assert_status 5
    assert_complaint '(offered: Basic); it is not among those of --proxy-auth'
    run setsid -w "$CULVERT" -x "me@$PROXY" host.example 22 </dev/null
    [ "$status" = 5 ]
    [[ $output == *'there is no terminal'*'SSH_ASKPASS'* ]]
}

@test "NTLM that never gets on is no refusal, and Basic is pointed at" {
    start_proxy says --says 'HTTP/1.0 407 Auth\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm="x"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
    cures 5 'no offered scheme can be used (NTLM: ' '--proxy-basic would send the password in clear'
    refute_line_in "$ERR" 'refused'
}

# doubts TEXT: what was carried is doubted with this, once, and the status is 0 all the same.
doubts() {
    assert_status 0
    [ "$(wc -l <"$ERR")" = 1 ]
    assert_line_in "$ERR" "is this a tunnel? $1"
}

@test "a web page is no tunnel, which is noted once" {
    start_proxy says --says 'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>'
    run_culvert -x "$PROXY" host.example 22 </dev/null
    doubts 'the answer calls itself text/html: this looks like a web page'
    assert_out '<html>'
    start_proxy says --says 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n'
    run_culvert -x "$PROXY" host.example 22 </dev/null
    doubts 'HTTP came out of it though nothing was asked: this looks like a web page'
    start_proxy says --says 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'
    run_culvert -x "$PROXY" host.example 22 </dev/null
    doubts 'it ended at once, without a byte, and the answer has a Content-Length'
}

@test "HTTP in answer to input is what was asked for, and a Content-Length alone means nothing" {
    start_proxy content-length --tunnel line
    run_culvert -x "$PROXY" host.example 80 <<<'HTTP/1.1 comes back'
    assert_status 0
    assert_out 'HTTP/1.1 comes back'$'\n'
    assert_err ''
}

@test "an empty line too many behind the page of a 407 is passed over" {
    start_target banner
    start_proxy 407-empty-line --credentials me:pw
    run_culvert -N -x "me:pw@$PROXY" 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_file "$OUT" "$BANNER"$'\r\n'
}

@test "what isn't an HTTP proxy at all is called by its name" {
    local name='' port=''
    server_need sshd openssl
    sshd_start
    refuses 9 "$SSHD_PORT" host.example:22 'the answer is not HTTP: "SSH-2.0-OpenSSH' 'that is an SSH server'
    certificates_make "$TEST_DIR/certificates"
    stunnel_start "$SSHD_PORT" "$TEST_DIR/certificates/good.pem"
    refuses 9 "$STUNNEL_PORT" host.example:22 'does it want TLS (https://)'
    start_target echo
    refuses 9 "$TARGET_PORT" host.example:22 '"CONNECT host.example:22 HTTP/1.1"; ' 'sends back what it gets'
    says '220 mail.example ESMTP\r\n' '"220 mail.example ESMTP"; that is a mail or FTP server'
    says '\x15\x03\x01\x00\x02\x02\x46' 'that is a TLS alert: it wants TLS'
    says '\x05\xff' '"\x05\xff"; that is a SOCKS proxy'
    says '\x00\x5b\x00\x00' 'that is a SOCKS proxy'
    says '\x00\x00\x12\x04\x00\x00\x00\x00\x00' 'may be HTTP/2'
    says 'RFB 003.008\n' '"RFB 003.008"; that is a VNC server'
    says '<html>It works</html>' 'that is a page without a head'
    says '\x01\x02\x1b[2J' '"\x01\x02\x1b[2J"'
    says 'HTTP/2 200\r\n\r\n' 'does not begin with HTTP/1.'
}

# says ANSWER TEXT: what is said of such an answer.
says() {
    start_proxy says --says "$1"
    refuses 9 "$PROXY_PORT" host.example:22 "$2"
}
