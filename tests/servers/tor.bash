# SPDX-License-Identifier: ISC
# tor.bash: a Tor that listens for SOCKS and dials nothing but a closed port of loopback, its bridge.
#
# tor_start
#   Sets TOR_PORT, and TOR_SOCKET, a Unix socket that is the same. No stream is ever opened by it: its
#   replies are refusals, after 4 seconds at most.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

tor_configure() {
    TOR_SOCKET=$SERVER_DIR/tor.sock
    chmod 700 "$SERVER_DIR"
    cat >"$SERVER_DIR/torrc" <<CONFIG
SocksPort 127.0.0.1:${SERVER_PORTS[0]} ExtendedErrors
SocksPort unix:$TOR_SOCKET ExtendedErrors
SocksTimeout 4
UseBridges 1
Bridge 127.0.0.1:1
DataDirectory $SERVER_DIR/data
RunAsDaemon 0
Log notice file $SERVER_DIR/tor.log
CONFIG
}

tor_run() {
    exec tor --defaults-torrc "$SERVER_DIR/none" -f "$SERVER_DIR/torrc"
}

tor_start() {
    server_launch tor 1 || return
    export TOR_PORT=${SERVER_PORTS[0]} TOR_SOCKET
    server_tell "with a real $(tor --version | head -n 1)"
}
