# SPDX-License-Identifier: ISC
# route.bats: which proxy, or none.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

DEAD=http://127.0.0.1:1 # a proxy that would not do

# direct NO_PROXY HOST: with it the target is connected to without the proxy; -v says so.
direct() {
    : >"$TARGET_EVENTS"
    no_proxy=$1 https_proxy=http://$PROXY run_culvert -N -v "$2" "$TARGET_PORT" </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    grep -qi direct "$ERR" || fail "-v does not say that the connection is direct"
    assert_untouched
}

# proxied NO_PROXY HOST: with it the proxy is used.
proxied() {
    : >"$PROXY_LOG"
    no_proxy=$1 https_proxy=http://$PROXY run_culvert -N "$2" 22 </dev/null
    assert_status 0
    assert_line_in "$PROXY_LOG" "CONNECT $2:22 HTTP/1.1"
}

@test "the environment gives the proxy, the first of six variables that is set" {
    start_proxy proxy --tunnel banner
    local names=(CULVERT_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY http_proxy) first later
    for first in "${!names[@]}"; do
        local settings=("${names[first]}=http://$PROXY")
        for later in "${names[@]:first+1}"; do
            settings+=("$later=$DEAD")
        done
        (export "${settings[@]}" && run_culvert -N host.example 22 </dev/null && assert_status 0 &&
            assert_out "$BANNER"$'\r\n') || fail "${names[first]} does not come before the rest"
    done
}

@test "HTTP_PROXY in capitals is not believed, for a web server may set it from a header" {
    HTTP_PROXY=$DEAD run_culvert host.example 22 </dev/null
    assert_status 2
    assert_complaint -x
}

@test "a variable that is empty is as if it were not set" {
    start_proxy proxy --tunnel banner
    CULVERT_PROXY='' https_proxy='' all_proxy=http://$PROXY run_culvert -N host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "-x comes before the environment" {
    start_proxy proxy --tunnel banner
    CULVERT_PROXY=$DEAD https_proxy=$DEAD run_culvert -N -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "a proxy in the environment may do without http:// and have a slash at the end" {
    start_proxy proxy --tunnel banner
    https_proxy=$PROXY run_culvert -N host.example 22 </dev/null
    assert_status 0
    https_proxy=http://$PROXY/ run_culvert -N host.example 22 </dev/null
    assert_status 0
}

@test "an unusable proxy in the environment is a usage error" {
    https_proxy=http://host:port run_culvert host.example 22 </dev/null
    assert_status 2
    assert_complaint https_proxy
}

@test "credentials in the environment's proxy are used" {
    start_proxy proxy --tunnel banner --credentials 'me:p@ss w:rd'
    https_proxy=http://me:p%40ss%20w%3Ard@$PROXY run_culvert -N host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "a host in no_proxy is connected to directly, and -v says so" {
    start_target banner
    start_proxy proxy --tunnel banner
    direct localhost localhost
    direct 127.0.0.1 127.0.0.1
    direct "one.example, localhost ,two.example" localhost
    direct LOCALHOST localhost
}

@test "no_proxy takes networks" {
    start_target banner
    start_proxy proxy --tunnel banner
    direct 127.0.0.0/8 127.0.0.1
}

@test "no_proxy of * means all" {
    start_target banner
    start_proxy proxy --tunnel banner
    direct '*' 127.0.0.1
}

@test "no_proxy takes IPv6 addresses" {
    [ -s /proc/net/if_inet6 ] || skip "this system has no IPv6"
    start_target banner --listen ::1
    start_proxy proxy --tunnel banner
    direct ::1 ::1
    direct ::/64 ::1
}

@test "NO_PROXY in capitals is as good" {
    start_target banner
    start_proxy proxy --tunnel banner
    NO_PROXY=localhost https_proxy=http://$PROXY run_culvert -N localhost "$TARGET_PORT" </dev/null
    assert_status 0
    assert_untouched
}

@test "what no_proxy does not match goes through the proxy" {
    start_proxy proxy --tunnel banner
    proxied other.example host.example
    proxied st.example host.example
    proxied 10.0.0.0/8 127.0.0.1
    proxied host.example.org host.example
    proxied '' host.example
}

@test "no_proxy makes no proxy needed" {
    start_target banner
    no_proxy=127.0.0.1 run_culvert -N 127.0.0.1 "$TARGET_PORT" </dev/null
    if [ "$status" = 2 ]; then # no proxy was given, and that no_proxy matches does not tell that
        assert_complaint -x    # none is wanted
    else
        assert_status 0
    fi
}

@test "a direct connection that is refused is status 3" {
    start_proxy proxy
    no_proxy='*' https_proxy=http://$PROXY run_culvert 127.0.0.1 "$(closed_port)" </dev/null
    assert_status 3
    assert_complaint 127.0.0.1
    assert_untouched
}

@test "a variable with a scheme that can't be used is passed over while another can, and -v says so" {
    start_proxy proxy --tunnel banner
    all_proxy=gopher://127.0.0.1:9 http_proxy=http://$PROXY run_culvert -N -v host.example 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" "all_proxy is passed over"
    all_proxy=socks://127.0.0.1:9/ http_proxy=http://$PROXY run_culvert -N -v host.example 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" "all_proxy is passed over: the proxy URL in it is for SOCKS"
    all_proxy=gopher://127.0.0.1:9 run_culvert host.example 22 </dev/null
    assert_status 2
    assert_complaint all_proxy
    all_proxy=gopher://127.0.0.1:9 http_proxy=http//$PROXY run_culvert host.example 22 </dev/null
    assert_status 2
    assert_complaint http_proxy
}

@test "no_proxy: what can't be read is named at -v, and exempts nothing" {
    start_proxy proxy --tunnel banner
    no_proxy='h*t.example,10.0.0.0/99 [::1' https_proxy=http://$PROXY run_culvert -N -v host.example 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" "'h*t.example'"
    assert_line_in "$ERR" "'10.0.0.0/99'"
    assert_line_in "$ERR" "'[::1'"
    no_proxy='*.example' https_proxy=http://$PROXY run_culvert -N -v other.test 22 </dev/null
    assert_status 0
    refute_line_in "$ERR" no_proxy
}

@test "a name that isn't looked up for want of descriptors is told to lack these, and no name server" {
    status=0
    (ulimit -n 5 && exec "$CULVERT" -x localhost:1 host.example 22) </dev/null >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
    assert_status 3
    assert_complaint "cannot look up localhost: "
    grep -qE 'Too many open files|No file descriptors available' "$ERR" # glibc's words, and musl's
    refute_line_in "$ERR" "name server"
}

@test "a name server that is silent makes no threads without end" {
    unshare -n -m true 2>/dev/null || skip "no namespaces here"
    echo 'nameserver 127.0.0.1' >resolv.conf
    seq -f 'n%g.example:1' 1200 >targets
    # shellcheck disable=SC2016
    unshare -n -m sh -c 'mount --bind resolv.conf /etc/resolv.conf && ip link set lo up && exec "$@"' sh \
        python3 -c '
import socket, subprocess, sys
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
subprocess.run(sys.argv[1:])' "$CULVERT" --check --no-proxy -j 600 -w 0.5 - <targets >"$OUT" 2>"$ERR"
    [ "$(grep -c 'in time' "$OUT")" -ge 1000 ]
    [ "$(grep -c 'Resource temporarily unavailable' "$OUT")" -ge 100 ]
    [ "$(wc -l <"$OUT")" -ge 1200 ]
}

@test "a machine without a name server is told to have none" {
    unshare -m true 2>/dev/null || skip "no namespaces here"
    echo 'search example' >resolv.conf
    status=0
    unshare -n -m sh -c 'mount --bind resolv.conf /etc/resolv.conf && exec "$0" -w 10 -x nowhere.example host.example 22' \
        "$CULVERT" </dev/null 2>"$ERR" || status=$?
    assert_status 3
    assert_complaint "no name server is configured"
}
