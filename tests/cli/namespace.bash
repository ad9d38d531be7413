# SPDX-License-Identifier: ISC
# namespace.bash: what end.bats runs in a network namespace of its own (unshare -n), where the path
# between two programs can be cut. It has the variables of the test that calls it.

bats_require_minimum_version() {
    : # it is bats that has called us
}

. "$top_srcdir/tests/cli/helper.bash"

# The clients' addresses vanish, and nothing is sent to anybody any more, nor refused.
cut_path() {
    ip address del 127.0.0.1/8 dev lo
    ip route flush table local
    ip route add blackhole 127.0.0.0/8 table local
}

# begin: descriptor 7 is input without an end.
begin() {
    STARTED=()
    : >"$TEST_DIR/err"
    ip link set lo up
    open_input
    export no_proxy='*'
}

# One culvert with nothing on its way and one whose target takes no more, when the path is cut.
in_namespace_vanished() {
    local idle busy
    begin
    start_target one-byte
    "$CULVERT" --keepalive 1 127.0.0.1 "$TARGET_PORT" <&7 >idle.out 2>idle.err &
    idle=$!
    start_target one-byte
    mkfifo slowly
    exec 8<>slowly
    "$CULVERT" --keepalive 1 127.0.0.1 "$TARGET_PORT" <&8 >busy.out 2>busy.err &
    busy=$!
    wait_until test -s idle.out -a -s busy.out
    cut_path
    echo "never received" >&8
    tell_end idle $idle
    tell_end busy $busy
    end
}

tell_end() {
    local status=0
    timeout 40 tail --pid="$2" -f /dev/null || kill "$2"
    wait "$2" || status=$?
    echo "$status" >"$1.status"
}

# A target that reads nothing for twelve times the keep-alive, and all of it after that.
in_namespace_dozing() {
    local status=0
    begin
    start_target dozing:12500
    pattern 4194304 | timeout 40 "$CULVERT" -N --keepalive 1 127.0.0.1 "$TARGET_PORT" >out 2>err ||
        status=$?
    echo "$status" >status
    end
}

end() {
    local pid
    exec 7>&- 8>&-
    for pid in "${STARTED[@]}"; do
        server_end "$pid"
    done
}
