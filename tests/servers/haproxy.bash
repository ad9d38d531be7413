# SPDX-License-Identifier: ISC
# haproxy.bash: an HAProxy for the tests.
#
# haproxy_start SECTIONS
#   Sets HAPROXY_PORTS, three of them, for the sections (frontend, backend, listen) to bind:
#   @0@, @1@ and @2@ in the text become 127.0.0.1 with one of them, which have to be bound all.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

haproxy_configure() {
    local i sections=$HAPROXY_SECTIONS
    for i in 0 1 2; do
        sections=${sections//@$i@/127.0.0.1:${SERVER_PORTS[$i]}}
    done
    cat >"$SERVER_DIR/haproxy.cfg" <<CONFIG
global
    maxconn 100
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
$sections
CONFIG
}

haproxy_run() {
    exec haproxy -db -f "$SERVER_DIR/haproxy.cfg"
}

haproxy_start() {
    HAPROXY_SECTIONS=$1
    server_launch haproxy 3 || return
    HAPROXY_PORTS=("${SERVER_PORTS[@]}")
    server_tell "with a real $(haproxy -v | sed -n 's/^\(HAProxy version [^ ]*\).*/\1/p')"
}
