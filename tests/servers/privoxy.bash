# SPDX-License-Identifier: ISC
# privoxy.bash: a Privoxy for the tests.
#
# privoxy_start [CONFIGURATION LINE]...
#   Sets PRIVOXY_PORT. CONNECT goes to any port but 9, and not to blocked.example.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

privoxy_configure() {
    cat >"$SERVER_DIR/config" <<CONFIG
confdir /etc/privoxy
logdir $SERVER_DIR
templdir /etc/privoxy/templates
actionsfile $SERVER_DIR/rules.action
listen-address 127.0.0.1:${SERVER_PORTS[0]}
toggle 1
${PRIVOXY_LINES}
CONFIG
    cat >"$SERVER_DIR/rules.action" <<'ACTIONS'
{+limit-connect{1-8,10-65535}}
/
{+block{the tests say so}}
blocked.example
ACTIONS
}

privoxy_run() {
    exec privoxy --no-daemon "$SERVER_DIR/config"
}

privoxy_start() {
    PRIVOXY_LINES=$(printf '%s\n' "$@")
    server_launch privoxy 1 || return
    export PRIVOXY_PORT=${SERVER_PORTS[0]}
    server_tell "with a real $(privoxy --version)"
}
