# SPDX-License-Identifier: ISC
# common.bash: what starting any real server on loopback takes. NAME.bash has three functions more:
# NAME_configure writes its files into SERVER_DIR for SERVER_PORTS, NAME_run becomes the server, and
# NAME_start calls server_launch and tells what came of it. servers_stop ends all of them.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# server_have PROGRAM...: whether all of them are installed.
server_have() {
    local program
    for program; do
        command -v "$program" >/dev/null || return 1
    done
}

# server_need PROGRAM...: skips the test unless all are installed; where CI is true it fails.
server_need() {
    local program
    for program; do
        if server_have "$program"; then
            continue
        elif [ "${CI:-}" = true ]; then
            echo "$program is not installed, and CI is to run all tests" >&2
            return 1
        fi
        skip "$program is not installed"
    done
}

# server_tell TEXT: a line for the reader of the test's output.
server_tell() {
    if { true >&3; } 2>/dev/null; then
        echo "# $*" >&3
    fi
}

# server_is_running PID: whether it is there, and not just a zombie.
server_is_running() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    [ "${stat%% *}" != Z ]
}

# server_accepts PORT: whether somebody listens there.
server_accepts() {
    (exec 5<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# server_wait PID PORT...: waits until the server accepts on each port; fails when it ends before.
server_wait() {
    local pid=$1 port tries=1000
    shift
    for port; do
        until server_accepts "$port"; do
            server_is_running "$pid" && ((tries-- > 0)) || return 1
            sleep 0.02
        done
    done
    server_is_running "$pid"
}

# server_end PID: asks it to end, and insists after a while.
server_end() {
    local pid=$1 tries=250
    kill "$pid" 2>/dev/null || true
    while server_is_running "$pid"; do
        ((tries-- > 0)) || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.02
    done
    wait "$pid" 2>/dev/null || true
}

# server_launch NAME COUNT: starts NAME on COUNT ports of the kernel's choice. Between choosing a port
# and the server's bind somebody else may take it; then it tries again with others.
# Sets SERVER_DIR, SERVER_PORTS and SERVER_PID.
server_launch() {
    local name=$1 count=$2 attempt
    SERVER_DIR=$(mktemp -d "${TMPDIR:-/tmp}/culvert-$name.XXXXXX")
    chmod 755 "$SERVER_DIR"
    for attempt in 1 2 3; do
        SERVER_PORTS=()
        ((count == 0)) ||
            mapfile -t SERVER_PORTS < <("$top_srcdir/tests/tools/target" --free-ports "$count")
        "${name}_configure"
        "${name}_run" >"$SERVER_DIR/output" 2>&1 </dev/null 3>&- 4>&- &
        SERVER_PID=$!
        if server_wait "$SERVER_PID" "${SERVER_PORTS[@]}"; then
            export SERVERS_RUNNING="${SERVERS_RUNNING:-} $SERVER_PID:$SERVER_DIR"
            return
        fi
        server_end "$SERVER_PID"
    done
    echo "$name does not start; its last words:" >&2
    tail -n 20 "$SERVER_DIR/output" "$SERVER_DIR"/*.log >&2 2>/dev/null
    rm -rf "$SERVER_DIR"
    return 1
}

# servers_stop: ends every server that server_launch started, and removes what they wrote.
servers_stop() {
    local server
    for server in ${SERVERS_RUNNING:-}; do
        kill "${server%%:*}" 2>/dev/null || true
    done
    for server in ${SERVERS_RUNNING:-}; do
        server_end "${server%%:*}"
        rm -rf "${server#*:}"
    done
    SERVERS_RUNNING=
}
