# SPDX-License-Identifier: ISC
# tinyproxy.bash: a tinyproxy for the tests.
#
# tinyproxy_start [CONFIGURATION LINE]...
#   Sets TINYPROXY_PORT. Without a ConnectPort line CONNECT goes to any port; without a BasicAuth line
#   it is open to all on loopback, or to TINYPROXY_ALLOWED alone. It may be called again for a
#   tinyproxy with other lines.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

tinyproxy_configure() {
    cat >"$SERVER_DIR/tinyproxy.conf" <<CONFIG
Port ${SERVER_PORTS[0]}
Listen 127.0.0.1
Timeout 60
LogFile "$SERVER_DIR/tinyproxy.log"
LogLevel Info
MaxClients 50
Allow ${TINYPROXY_ALLOWED:-127.0.0.1}
${TINYPROXY_LINES}
CONFIG
}

tinyproxy_run() {
    exec tinyproxy -d -c "$SERVER_DIR/tinyproxy.conf"
}

tinyproxy_start() {
    TINYPROXY_LINES=$(printf '%s\n' "$@")
    server_launch tinyproxy 1 || return
    export TINYPROXY_PORT=${SERVER_PORTS[0]}
    server_tell "with a real $(tinyproxy -v)"
}
