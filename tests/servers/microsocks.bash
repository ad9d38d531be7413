# SPDX-License-Identifier: ISC
# microsocks.bash: a microsocks for the tests.
#
# microsocks_start [OPTION]...
#   Sets MICROSOCKS_PORT. It may be called again for one with other options (-u USER -P PASSWORD).

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

microsocks_configure() {
    :
}

microsocks_run() {
    exec microsocks -i 127.0.0.1 -p "${SERVER_PORTS[0]}" "${MICROSOCKS_OPTIONS[@]}"
}

microsocks_start() {
    MICROSOCKS_OPTIONS=("$@")
    server_launch microsocks 1 || return
    export MICROSOCKS_PORT=${SERVER_PORTS[0]}
    server_tell "with a real microsocks"
}
