# SPDX-License-Identifier: ISC
# dante.bash: a dante (sockd) for the tests, for SOCKS 4 and 5.
#
# dante_start [RULE]...
#   Sets DANTE_PORT. The rules are those of a "socks" block each; without any everything passes. It
#   may be called again for one with other rules.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

dante_configure() {
    cat >"$SERVER_DIR/danted.conf" <<CONFIG
logoutput: $SERVER_DIR/danted.log
internal: 127.0.0.1 port = ${SERVER_PORTS[0]}
external: lo
clientmethod: none
socksmethod: none
user.privileged: $(id -un)
user.unprivileged: $(id -un)
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
$DANTE_RULES
CONFIG
}

dante_run() {
    exec danted -f "$SERVER_DIR/danted.conf" -p "$SERVER_DIR/danted.pid"
}

dante_start() {
    [ $# -gt 0 ] || set -- 'socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }'
    DANTE_RULES=$(printf '%s\n' "$@")
    server_launch dante 1 || return
    export DANTE_PORT=${SERVER_PORTS[0]}
    server_tell "with a real $(danted -v 2>&1 | head -n 1)"
}
