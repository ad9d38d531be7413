# SPDX-License-Identifier: ISC
# sandbox.bats: what a culvert that somebody has taken over can still do.

load helper
. "$top_srcdir/tests/cli/listening.bash"

setup() {
    test_begin
}

teardown() {
    exec 7>&-
    test_end
}

# has_sandbox WORD: skips the test where this system, or this build, has no such thing.
has_sandbox() {
    "$CULVERT" -V | grep '^sandbox: ' | grep -v "no $1" | grep -q "$1" || skip "no $1 here"
}

# is_filtered PID, cannot_gain PID: what the kernel says of the process.
is_filtered() {
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$1/status"
}

cannot_gain() {
    grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$1/status"
}

# refute COMMAND...: fails where it succeeds.
refute() {
    ! "$@" || fail "it is so: $*"
}

# open_tunnel ARGUMENT...: one with an echo behind it, whose input is descriptor 7.
open_tunnel() {
    start_proxy proxy --tunnel echo
    open_input
    start_culvert -N "$@" -x "$PROXY" host.example 22 <input 7>&- >"$OUT" 9>tries
}

# echoes TEXT: it goes through the tunnel and comes back.
echoes() {
    echo "$1" >&7
    wait_until grep -q "$1" "$OUT"
}

# intrude WHEN: has an intruder in what is started from now on.
intrude() {
    local preloaded=$top_builddir/tests/tools/intruder.so
    [ -e "$preloaded" ] || skip "the intruder was not built"
    ! is_sanitized || skip "what looks for errors of memory is preloaded first"
    echo secret >secret
    export LD_PRELOAD=$preloaded INTRUDER_FD=9 INTRUDER_WHEN=$1 INTRUDER_READS=$TEST_DIR/secret \
        INTRUDER_WRITES=$TEST_DIR/made
}

# assert_tries TEXT: what came of what the intruder has tried.
assert_tries() {
    wait_until grep -q '^dump' tries
    assert_file tries "$1"
}

is_fatal() {
    grep -q 'define SANDBOX_KILLS' "$top_builddir/configured.h" 2>/dev/null
}

@test "an idle tunnel is filtered, and goes on" {
    has_sandbox seccomp
    open_tunnel
    wait_until is_filtered "$CULVERT_PID"
    cannot_gain "$CULVERT_PID"
    echoes one
    echoes two
    exec 7>&-
    wait_culvert
    assert_status 0
    assert_err ""
}

# switches PID: how often it has waited.
switches() {
    sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status"
}

waits() {
    grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

@test "an idle tunnel is left asleep once it is filtered" {
    local before
    has_sandbox seccomp
    open_tunnel
    wait_until is_filtered "$CULVERT_PID"
    wait_until waits "$CULVERT_PID"
    before=$(switches "$CULVERT_PID")
    sleep 0.5
    [ "$(switches "$CULVERT_PID")" = "$before" ]
}

@test "a tunnel that is never idle is filtered as well" {
    has_sandbox seccomp
    start_proxy proxy --tunnel echo
    while echo x; do sleep 0.01; done 2>/dev/null > >(exec timeout 20 "$CULVERT" -x "$PROXY" host.example 22 >"$OUT" 2>"$ERR") &
    STARTED+=("$!")
    wait_until a_culvert_is_filtered
}

a_culvert_is_filtered() {
    local pid
    for pid in $(test_processes); do
        [ "$(readlink "/proc/$pid/exe")" = "$CULVERT" ] && is_filtered "$pid" && return
    done
    return 1
}

@test "--no-sandbox leaves the tunnel as it is, from the command line and from a file" {
    open_tunnel --no-sandbox
    echoes one
    sleep 0.2
    refute is_filtered "$CULVERT_PID"
    refute cannot_gain "$CULVERT_PID"
    echo no-sandbox >settings
    start_culvert --config settings -x "$PROXY" host.example 22 <input 7>&- >"$OUT"
    sleep 0.3
    refute cannot_gain "$CULVERT_PID"
}

# the_server_says TEXT: again and again, since it takes what comes at once for one command.
the_server_says() {
    echo "$1" >&8
    grep -q "$1" "$OUT"
}

@test "TLS goes on in the sandbox, with new keys, and is closed as it should be" {
    has_sandbox seccomp
    server_have openssl || skip "openssl is not installed"
    [ -e "$(dirname "$CULVERT")/culvert-tls.so" ] || skip "built without OpenSSL"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -keyout both -out cert 2>log
    cat cert >>both
    TARGET_PORT=$(closed_port)
    mkfifo commands
    exec 8<>commands
    openssl s_server -naccept 1 -accept "127.0.0.1:$TARGET_PORT" -cert both <commands >got 2>&1 3>&- 4>&- 8>&- &
    STARTED+=("$!")
    wait_until grep -q ":$(printf %04X "$TARGET_PORT") 00000000:0000 0A" /proc/net/tcp
    open_input
    start_culvert -N --no-proxy --tls --insecure 127.0.0.1 "$TARGET_PORT" <input 7>&- 8>&- >"$OUT"
    wait_until is_filtered "$CULVERT_PID"
    echo K >&8 # new keys, both ways
    wait_until the_server_says one
    echo two >&7
    wait_until grep -q two got
    exec 7>&-
    wait_culvert
    exec 8>&-
    assert_status 0
    assert_err ""
}

@test "whoever takes an idle tunnel over can do nothing but carry" {
    has_sandbox seccomp
    ! is_fatal || skip "here it would be ended"
    intrude seccomp
    open_tunnel
    wait_until is_filtered "$CULVERT_PID"
    echoes one
    assert_tries "read EPERM
write EPERM
socket EPERM
signal EPERM
code EPERM
run EPERM
dump EPERM
"
    [ ! -e made ]
    echoes two
}

@test "whoever takes over a tunnel that has just been opened has neither files nor processes" {
    has_sandbox Landlock
    intrude landlock
    start_proxy proxy --tunnel source:20000000
    run_culvert -N -x "$PROXY" host.example 22 </dev/null 9>tries
    assert_status 0
    assert_pattern "$OUT" 20000000
    assert_line_in tries "read EACCES"
    assert_line_in tries "write EACCES"
    [ "$("$CULVERT" -V | sed -n 's/^sandbox: Landlock ABI \([0-9]*\).*/\1/p')" -lt 6 ] ||
        assert_line_in tries "signal EPERM"
    [ ! -e made ]
}

@test "without a sandbox the intruder has his way" {
    intrude always
    open_tunnel --no-sandbox
    assert_tries "read done
write done
socket done
signal done
code done
run done
dump done
"
    [ -e made ]
}

@test "an idle tunnel in a sandbox ends by a signal, with its last words" {
    has_sandbox seccomp
    open_tunnel -v --log-file log
    wait_until is_filtered "$CULVERT_PID"
    echoes one
    kill -TERM "$CULVERT_PID"
    wait_culvert
    assert_status 143
    assert_line_in "$ERR" "ended by a signal: 4 bytes sent, 4 received"
    assert_line_in log "ended by a signal: 4 bytes sent, 4 received"
}

@test "a tunnel that breaks in a sandbox says so" {
    has_sandbox seccomp
    start_proxy proxy --tunnel reset-after:4
    open_input
    start_culvert -x "$PROXY" host.example 22 <input 7>&- >"$OUT"
    wait_until is_filtered "$CULVERT_PID"
    echo abc >&7
    wait_culvert
    assert_status 1
    assert_line_in "$ERR" "the tunnel broke: Connection reset by peer"
}

# lead: an idle tunnel in a sandbox, by way of a program whose process is $LEADS, and which says in
# the file told that it was told to end.
lead() {
    start_proxy proxy --tunnel echo
    open_input
    cat >leads <<END
#!/bin/sh
trap 'echo told >told; exit' TERM
trap 'kill \$!' EXIT
echo \$\$ >pid
exec 3<&0
socat - TCP:$PROXY <&3 &
while :; do sleep 0.05; done
END
    chmod +x leads
    start_culvert -N -q 0.1 -x exec:./leads host.example 22 <input 7>&- >"$OUT"
    echoes one
    LEADS=$(cat pid)
    wait_until is_filtered "$CULVERT_PID"
}

@test "the program that leads to a proxy is told to end from within the sandbox" {
    has_sandbox seccomp
    lead
    exec 7>&-
    wait_culvert
    assert_status 0
    wait_until test -e told
}

@test "so it is when it was stopped" {
    has_sandbox seccomp
    lead
    kill -STOP "$LEADS"
    exec 7>&-
    wait_culvert
    assert_status 0
    wait_until test -e told
}

# start_watched ARGUMENT...: a listener with an intruder in it, and a client.
start_watched() {
    start_proxy proxy --tunnel banner
    exec 9>tries
    start_listener -x "$PROXY" -L 0:host.example:22 "$@"
    exec 9>&-
    knock
}

knock() {
    timeout 20 nc.openbsd -N 127.0.0.1 "$PORT" </dev/null | grep -q "$BANNER"
}

# has_scopes: whether Landlock has a say in signals here.
has_scopes() {
    [ "$("$CULVERT" -V | sed -n 's/^sandbox: Landlock ABI \([0-9]*\).*/\1/p')" -ge 6 ]
}

@test "whoever takes a listener over can open connections, and neither write, run nor look at home" {
    has_sandbox Landlock
    has_sandbox seccomp
    ! is_fatal || skip "here it would be ended"
    has_scopes || skip "an older Landlock"
    intrude seccomp
    HOME=$TEST_DIR start_watched --proxy-basic
    assert_tries "read EACCES
write EACCES
socket done
signal EPERM
code done
run EPERM
dump done
"
    [ ! -e made ]
    knock
}

@test "a listener that may need culvert-auth can run it, and write where tickets are kept" {
    has_sandbox Landlock
    has_scopes || skip "an older Landlock"
    intrude seccomp
    export INTRUDER_WRITES=$top_builddir/tests/made
    HOME=$TEST_DIR start_watched
    assert_tries "read EACCES
write EACCES
socket done
signal EPERM
code done
run done
dump done
"
    [ ! -e "$INTRUDER_WRITES" ]
    knock
}

@test "programs that the user names, and what --no-sandbox is for, are left as they are" {
    start_proxy proxy --tunnel banner
    start_listener -x "$PROXY" -U me --password-command 'echo secret' -L 0:host.example:22
    knock
    refute cannot_gain "$CULVERT_PID"
    end_listener
    start_listener -x "$PROXY" --no-sandbox -L 0:host.example:22
    knock
    refute cannot_gain "$CULVERT_PID"
}

@test "a listener in a sandbox opens its log anew and reads its credentials again" {
    start_proxy proxy --tunnel banner --credentials me:second
    mkdir kept
    (umask 077 && echo me:first >kept/user && echo me:second >new)
    HOME=$TEST_DIR start_listener -x "$PROXY" --proxy-basic --proxy-user-file kept/user --log-file kept/log \
        -L 0:host.example:22
    refute knock
    mv kept/log kept/old
    mv new kept/user
    kill -HUP "$CULVERT_PID"
    wait_until grep -q "credentials read again" kept/log
    refute_line_in kept/log "stay as they were"
    knock
}

@test "--check tries its targets in a sandbox" {
    has_sandbox Landlock
    intrude landlock
    start_proxy proxy --tunnel banner
    HOME=$TEST_DIR run_culvert --check --proxy-basic -x "$PROXY" host.example:22 localhost:22 9>tries
    assert_status 0
    assert_line_in tries "read EACCES"
    assert_line_in tries "write EACCES"
    [ ! -e made ]
}

# ask_helper KIND=TEXT...: has culvert-auth answer, in frames as of src/auth/wire.h, and an intruder
# in it when it has.
ask_helper() {
    python3 -c '
import struct, sys
for word in sys.argv[1:]:
    kind, text = word.split("=", 1)
    sys.stdout.buffer.write(kind.encode() + struct.pack("=I", len(text)) + text.encode())
' "$@" >frames
    INTRUDER_IN=culvert-auth HOME=$TEST_DIR timeout 20 "$(dirname "$CULVERT")/culvert-auth" <frames >"$OUT" 9>tries
}

@test "what makes Digest's values can do nothing but that" {
    has_sandbox seccomp
    need_engine curl
    ! is_fatal || skip "here it would be ended"
    intrude seccomp
    ask_helper s=Digest h=proxy.example r=host.example:22 u=me p=secret \
        'c=Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'
    assert_line_in "$OUT" 'Digest username="me"'
    assert_tries "read EPERM
write EPERM
socket done
signal EPERM
code EPERM
run EPERM
dump EPERM
"
}

@test "what asks Kerberos and its kin can open connections, and neither write, run nor look at home" {
    has_sandbox Landlock
    has_sandbox seccomp
    need_engine gss
    ! is_fatal || skip "here it would be ended"
    has_scopes || skip "an older Landlock"
    intrude seccomp
    export INTRUDER_WRITES=$top_builddir/tests/made
    ask_helper s=Negotiate h=proxy.example r=host.example:22 u=me p=secret c=Negotiate
    assert_tries "read EACCES
write EACCES
socket done
signal EPERM
code done
run EPERM
dump done
"
    [ ! -e "$INTRUDER_WRITES" ]
}

@test "--no-sandbox goes for culvert-auth as well, and the environment has no say" {
    mkdir bin
    cp "$CULVERT" bin/culvert
    printf '%s\n' '#!/bin/sh' 'env | grep CULVERT_NO >>told' 'echo asked >>told' >bin/culvert-auth
    chmod +x bin/culvert-auth
    start_proxy status:407 --header 'Proxy-Authenticate: Digest realm="r", nonce="n"'
    export CULVERT_NO_SANDBOX=yes
    CULVERT=bin/culvert run_culvert -U me:secret -x "$PROXY" host.example 22 </dev/null
    assert_file told $'asked\n'
    CULVERT=bin/culvert run_culvert --no-sandbox -U me:secret -x "$PROXY" host.example 22 </dev/null
    assert_file told $'asked\nCULVERT_NO_SANDBOX=1\nasked\n'
}

@test "where the kernel has nothing of it, or forbids it, tunnels are carried as well" {
    local error
    has_sandbox seccomp
    server_have strace || skip "strace is not installed"
    start_proxy proxy --tunnel echo
    mkfifo input
    for error in ENOSYS EPERM EOPNOTSUPP; do
        exec 7<>input
        strace -o trace -e inject=landlock_create_ruleset,seccomp:error=$error -e inject=prctl:error=$error:when=2+ \
            "$CULVERT" -N -x "$PROXY" host.example 22 <input 7>&- >"$OUT" 2>"$ERR" 3>&- 4>&- &
        STARTED+=($!)
        echo one >&7
        wait_until grep -q "^prctl(PR_SET_SECCOMP.*$error.*INJECTED" trace
        grep -q "^seccomp(.*$error.*INJECTED" trace
        echo two >&7
        exec 7>&-
        wait "$!"
        assert_out $'one\ntwo\n'
        assert_err ""
    done
}

@test "-V and --explain tell what there is" {
    "$CULVERT" -V | grep -qE '^sandbox: (no Landlock|Landlock ABI [0-9]+), (no )?seccomp$'
    run_culvert --explain -x "$(closed_port)" host.example 22
    [ "$("$CULVERT" -V | grep '^sandbox')" = "$(grep '^sandbox' "$OUT")" ]
    run_culvert --explain --no-sandbox -x "$(closed_port)" host.example 22
    assert_line_in "$OUT" "sandbox: off, by --no-sandbox"
}
