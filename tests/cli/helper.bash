# SPDX-License-Identifier: ISC
# helper.bash: what every test of the command line begins with.
#
# A test file says: load helper; setup() { test_begin; } teardown() { test_end; }
# Tests run in a directory of their own, TEST_DIR, with a clean environment.

bats_require_minimum_version 1.5.0

top_srcdir=$(cd "${top_srcdir:-$BATS_TEST_DIRNAME/../..}" && pwd)
top_builddir=$(cd "${top_builddir:-$top_srcdir}" && pwd)
CULVERT=${CULVERT:-$top_builddir/src/culvert}
CULVERT=$(cd "$(dirname "$CULVERT")" && pwd)/$(basename "$CULVERT")
export top_srcdir top_builddir CULVERT

umask 022 # the servers' own users read what is written for them

TOOLS=$top_srcdir/tests/tools
BANNER=SSH-2.0-farend # what the far end says first, with CR and LF

# shellcheck source=../servers/common.bash
. "$top_srcdir/tests/servers/common.bash"

# The beginning and the end of a test.

test_begin() {
    local name
    for name in $(compgen -e); do
        case $name in
        *_proxy | *_PROXY | CULVERT_* | CORKSCREW_AUTH) unset "$name" ;;
        esac
    done
    export LC_ALL=C.UTF-8
    TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/culvert-test.XXXXXX")
    export TEST_DIR
    OUT=$TEST_DIR/out
    ERR=$TEST_DIR/err
    PROXY_LOG=$TEST_DIR/proxy.log
    PROXY_EVENTS=$TEST_DIR/proxy.events
    STARTED=()
    cd "$TEST_DIR" || return
    touch "$OUT" "$ERR" "$PROXY_LOG" "$PROXY_EVENTS"
    [ -x "$CULVERT" ] || fail "there is no program to test: $CULVERT"
}

test_end() {
    local pid left
    if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
        test_tell
    fi
    for pid in "${STARTED[@]}"; do
        server_end "$pid"
    done
    cd /
    rm -rf "$TEST_DIR"
    if ! wait_until test_is_alone; then
        for left in $(test_processes); do
            echo "left running: $left $(tr '\0' ' ' <"/proc/$left/cmdline")"
            kill -KILL "$left"
        done
        return 1
    fi
}

# test_tell: what there is to see when a test has failed.
test_tell() {
    local file
    for file in "$ERR" "$PROXY_LOG" "$PROXY_EVENTS"; do
        if [ -s "$file" ]; then
            echo "--- ${file##*/}:"
            head -c 4000 "$file" | cat -v
        fi
    done
}

# test_processes: the processes that have this test's directory in their environment.
test_processes() {
    env -u TEST_DIR grep -lsxzF "TEST_DIR=$TEST_DIR" /proc/[0-9]*/environ | grep -o '[0-9]*'
}

test_is_alone() {
    [ -z "$(test_processes)" ]
}

# fail TEXT...: ends the test.
fail() {
    echo "$*" >&2
    return 1
}

# wait_until COMMAND...: waits until it succeeds, and fails after ten seconds.
wait_until() {
    local tries=500
    until "$@"; do
        ((tries-- > 0)) || fail "waited in vain for: $*" || return
        sleep 0.02
    done
}

# The two far ends.

# start_tool TOOL OPTION...: starts a tool that listens; sets TOOL_PORT and TOOL_PID.
start_tool() {
    local tool=$1 file=$TEST_DIR/port.${#STARTED[@]}
    shift
    "$TOOLS/$tool" --port-file "$file" "$@" </dev/null 3>&- 4>&- &
    TOOL_PID=$!
    STARTED+=("$TOOL_PID")
    wait_until tool_has_begun "$file" "$TOOL_PID" || return
    [ -s "$file" ] || fail "the far end did not start" || return
    TOOL_PORT=$(cat "$file")
}

# tool_has_begun FILE PID: its port is there, or never will be.
tool_has_begun() {
    [ -s "$1" ] || ! server_is_running "$2"
}

# start_proxy SCRIPT[:NUMBER] [OPTION]...: starts the scripted proxy.
# Sets PROXY (host:port) and PROXY_PORT. PROXY_LOG has the request heads, PROXY_EVENTS the rest.
start_proxy() {
    start_tool scripted-proxy --script "$1" --log "$PROXY_LOG" --events "$PROXY_EVENTS" "${@:2}"
    PROXY_PORT=$TOOL_PORT
    PROXY=127.0.0.1:$PROXY_PORT
}

# start_target PART[:NUMBER] [OPTION]...: starts a TCP server. Sets TARGET_PORT; TARGET_EVENTS tells
# what it has seen.
start_target() {
    TARGET_EVENTS=$TEST_DIR/target.events
    start_tool target --play "$1" --events "$TARGET_EVENTS" "${@:2}"
    TARGET_PORT=$TOOL_PORT
}

# closed_port: prints a port that nobody listens on.
closed_port() {
    "$TOOLS/target" --free-ports 1
}

# pattern SIZE: writes the bytes that the far end sends when it is asked for SIZE.
pattern() {
    "$TOOLS/target" --pattern "$1"
}

# The program.

# run_culvert ARGUMENT...: runs it with the caller's standard input, for 20 seconds at most. Leaves
# what it wrote in the files OUT and ERR, and its exit status in status (124: it had to be stopped).
run_culvert() {
    status=0
    timeout 20 "$CULVERT" "$@" >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
}

# need_schemes SCHEME...: skips the test where nothing can make values of them.
need_schemes() {
    local scheme
    for scheme; do
        "$CULVERT" -V | grep -q "^authentication: $scheme by" || skip "no $scheme here"
    done
}

# need_engine gss|curl: skips the test where culvert-auth was built without it.
need_engine() {
    [ -e "$(dirname "$CULVERT")/culvert-auth-$1.so" ] || skip "built without it: $1"
}

# is_sanitized: whether the program was built to look for errors of memory at run time.
is_sanitized() {
    grep -q '^enable_sanitizers = yes' "$top_builddir/Makefile" 2>/dev/null
}

# is_static: whether the program was linked statically, and can load nothing.
is_static() {
    grep -q '^enable_static = yes' "$top_builddir/Makefile" 2>/dev/null
}

# strace ARGUMENT...: the real one. What looks for leaks can't be traced, and would fail.
strace() {
    ASAN_OPTIONS=detect_leaks=0 command strace "$@"
}

# start_culvert ARGUMENT...: starts it in the background; sets CULVERT_PID. Standard input and output
# are the caller's; without saying so the shell would give it /dev/null.
start_culvert() {
    "$CULVERT" "$@" <&0 2>"$ERR" 3>&- 4>&- &
    CULVERT_PID=$!
    STARTED+=("$CULVERT_PID")
}

# wait_culvert: waits for the end of what start_culvert started; sets status.
wait_culvert() {
    wait_until culvert_has_ended
    status=0
    wait "$CULVERT_PID" || status=$?
}

culvert_has_ended() {
    ! server_is_running "$CULVERT_PID"
}

# open_input: makes descriptor 7 a pipe that has no end until it is closed: exec 7>&-.
open_input() {
    mkfifo "$TEST_DIR/input"
    exec 7<>"$TEST_DIR/input"
}

# ticks PID: the processor time that it has used, in clock ticks (of 10 ms).
ticks() {
    local stat
    read -r stat <"/proc/$1/stat"
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    echo $((${12} + ${13}))
}

# descriptor_flags FD: the file status flags of a descriptor of this shell, in octal.
descriptor_flags() {
    sed -n 's/^flags:[[:space:]]*//p' "/proc/$BASHPID/fdinfo/$1"
}

# checksum [FILE]: SHA-256, bare.
checksum() {
    sha256sum "$@" | cut -d ' ' -f 1
}

# What is expected.

assert_status() {
    [ "$status" = "$1" ] || fail "the exit status is $status, not $1"
}

# assert_file FILE TEXT: the file has just these bytes.
assert_file() {
    printf '%s' "$2" | cmp -s - "$1" || fail "${1##*/} has: $(head -c 2000 "$1" | cat -A)
not: $(printf '%s' "$2" | cat -A)"
}

assert_out() {
    assert_file "$OUT" "$1"
}

assert_err() {
    assert_file "$ERR" "$1"
}

# assert_pattern FILE SIZE: the file is what the far end sends when it is asked for SIZE.
assert_pattern() {
    pattern "$2" | cmp - "$1" || fail "${1##*/} is not the pattern of $2 bytes"
}

# assert_line_in FILE TEXT: the file has a line with TEXT in it.
assert_line_in() {
    grep -qF -- "$2" "$1" || fail "${1##*/} does not have: $2"
}

refute_line_in() {
    ! grep -qF -- "$2" "$1" || fail "${1##*/} has: $2"
}

# assert_complaint TEXT...: standard error is one line, harmless to a terminal, that begins with the
# name of the program and has each TEXT in it; standard output is empty.
assert_complaint() {
    local text
    assert_file "$OUT" ""
    [ "$(wc -l <"$ERR")" = 1 ] || fail "standard error is not one line"
    LC_ALL=C grep -q '^culvert: .' "$ERR" || fail "standard error does not begin with culvert:"
    assert_harmless "$ERR"
    for text; do
        assert_line_in "$ERR" "$text"
    done
}

# assert_harmless FILE: it has no control characters but the ends of lines, in ASCII or in UTF-8.
assert_harmless() {
    ! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" ||
        fail "${1##*/} has control characters: $(cat -v "$1")"
}

# assert_untouched: nobody has connected to the scripted proxy.
assert_untouched() {
    assert_file "$PROXY_EVENTS" ""
}
