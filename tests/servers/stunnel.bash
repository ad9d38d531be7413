# SPDX-License-Identifier: ISC
# stunnel.bash: a stunnel that puts TLS in front of a server, for the tests.
#
# stunnel_start PORT CERTIFICATE [CONFIGURATION LINE]...
#   Sets STUNNEL_PORT, where TLS is spoken with the certificate in the file; what comes goes to PORT on
#   loopback in clear. It may be called again.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

stunnel_program() {
    command -v stunnel4 || command -v stunnel
}

stunnel_configure() {
    cat >"$SERVER_DIR/stunnel.conf" <<CONFIG
foreground = yes
pid =
debug = notice
[front]
accept = 127.0.0.1:${SERVER_PORTS[0]}
connect = 127.0.0.1:$STUNNEL_BEHIND
cert = $STUNNEL_CERTIFICATE
${STUNNEL_LINES}
CONFIG
}

stunnel_run() {
    exec "$(stunnel_program)" "$SERVER_DIR/stunnel.conf"
}

stunnel_start() {
    STUNNEL_BEHIND=$1 STUNNEL_CERTIFICATE=$2
    STUNNEL_LINES=$(printf '%s\n' "${@:3}")
    server_launch stunnel 1 || return
    export STUNNEL_PORT=${SERVER_PORTS[0]}
    server_tell "with a real $("$(stunnel_program)" -version 2>&1 | sed -n 's/^stunnel \([0-9.]*\).*/stunnel \1/p' | head -n 1)"
}
