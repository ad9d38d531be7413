# SPDX-License-Identifier: ISC
# credentials.bats: the sources of credentials beside URL, -U and --proxy-user-file (basic.bats).

load helper

setup() {
    test_begin
    start_proxy proxy --tunnel banner --credentials 'me:a b:c'
}

teardown() {
    exec 7>&-
    test_end
}

# works ARGUMENT...: with these the proxy lets us through.
works() {
    run_culvert -N -x "$PROXY" "$@" host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
}

@test "--password-fd has the password of the user in -U" {
    run_culvert -N -x "$PROXY" -U me --password-fd 9 host.example 22 9<<<'a b:c' </dev/null
    assert_status 0
}

@test "--password-fd 0 takes one line, and the rest is the tunnel's" {
    run_culvert -N -x "$PROXY" -U me --password-fd 0 host.example 22 <<<$'a b:c\nhello'
    assert_status 0
    assert_out "$BANNER"$'\r\nhello\n'
}

@test "--password-fd that isn't open is status 2" {
    run_culvert -x "$PROXY" -U me --password-fd 77 host.example 22 </dev/null
    assert_status 2
    assert_complaint "--password-fd 77"
}

@test "--password-command is run when the proxy asks, and not before" {
    works -U me --password-command 'echo ran >>ran; echo "a b:c"; echo more'
    assert_file ran $'ran\n'
    start_proxy proxy --tunnel banner
    works -U me --password-command 'echo ran >>ran; echo "a b:c"'
    assert_file ran $'ran\n'
}

@test "--password-command that fails, says nothing or does not end is told" {
    run_culvert -x "$PROXY" -U me --password-command 'exit 3' host.example 22 </dev/null
    assert_status 5
    assert_complaint "--password-command" "status 3"
    run_culvert -x "$PROXY" -U me --password-command true host.example 22 </dev/null
    assert_status 5
    assert_complaint "says nothing"
    run_culvert -w 1 -x "$PROXY" -U me --password-command 'exec sleep 60' host.example 22 </dev/null
    assert_status 8
    assert_complaint "--password-command does not end in time"
}

@test "CULVERT_PROXY_USER and CULVERT_PROXY_PASSWORD are read, and handed to nobody" {
    export CULVERT_PROXY_USER=me CULVERT_PROXY_PASSWORD='a b:c'
    works
    unset CULVERT_PROXY_PASSWORD
    CULVERT_PROXY_PASSWORD=wrong works -U 'me:a b:c'
    CULVERT_PROXY_USER=other CULVERT_PROXY_PASSWORD='a b:c' works -U me
}

@test "the password in the environment is gone from it while the tunnel stands" {
    open_input
    CULVERT_PROXY_USER=me CULVERT_PROXY_PASSWORD='a b:c' start_culvert -x "$PROXY" host.example 22 <&7 >"$OUT"
    wait_until grep -q farend "$OUT"
    grep -qaz '^CULVERT_PROXY_PASSWORD=' "/proc/$CULVERT_PID/environ" || true
    run ! grep -qa 'a b:c' "/proc/$CULVERT_PID/environ"
}

@test "what stands in -U is gone from the arguments while the tunnel stands" {
    open_input
    start_culvert -x "$PROXY" -U 'me:a b:c' host.example 22 <&7 >"$OUT"
    wait_until grep -q farend "$OUT"
    run ! grep -qa 'a b:c' "/proc/$CULVERT_PID/cmdline"
}

@test "--netrc has what belongs to the proxy's host" {
    export HOME=$TEST_DIR
    (umask 077 && printf '%s\n' '# comment' 'machine other.example login me password no' \
        'macdef init' 'machine 127.0.0.1 login me password macro' '' \
        'machine 127.0.0.1' '  login you password "no" account x' \
        'machine 127.0.0.1 login me password "a b\:c"' 'default login me password no' >.netrc)
    works --netrc -U me
    works --netrc-file .netrc -U me
    (umask 077 && printf 'default login me password "a b:c"' >other)
    works --netrc-file other
}

@test "without --netrc nobody reads ~/.netrc" {
    export HOME=$TEST_DIR
    (umask 077 && printf 'default login me password "a b:c"' >.netrc)
    run_culvert -x "$PROXY" host.example 22 </dev/null
    assert_status 5
}

@test "a netrc file that isn't there is told when it was named" {
    run_culvert -N -x "$PROXY" --netrc-file nowhere host.example 22 </dev/null
    assert_status 2
    assert_complaint nowhere
    HOME=$TEST_DIR works --netrc -U 'me:a b:c'
}

@test "SSH_ASKPASS is run as such, and asked by the rules of ssh" {
    printf '%s\n' '#!/bin/sh' 'printf "%s" "$1" >question' 'echo "a b:c"' >'ask me'
    chmod +x 'ask me'
    export SSH_ASKPASS="$TEST_DIR/ask me" SSH_ASKPASS_REQUIRE=force
    works -U me
    assert_line_in question "Password of me for the proxy $PROXY"
}

# at_terminal MODE [ARGUMENT]...: plays a person at a terminal that culvert controls.
at_terminal() {
    python3 - "$1" "$CULVERT" -N -x "$PROXY" -U me "${@:2}" <<'PYTHON'
import os, pty, signal, sys, termios
mode, *command = sys.argv[1:]
signal.alarm(20)
pid, terminal = pty.fork()
if pid == 0:
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.execv(command[0], command)
seen = b""
def wait_for_questions(count):
    global seen
    while seen.count(b"Password of me") < count or not seen.endswith(b": "):
        seen += os.read(terminal, 1000)
wait_for_questions(1)
if mode == "stop":
    os.kill(pid, signal.SIGTSTP) # ignored after all, since no shell is there to continue it
    wait_for_questions(2)
    mode = "type"
assert not termios.tcgetattr(terminal)[3] & termios.ECHO, "the echo is on"
if mode == "type":
    os.write(terminal, b"a b:c\n")
else:
    os.kill(pid, signal.SIGTERM)
keep = os.dup(terminal)
try:
    while True:
        part = os.read(terminal, 1000)
        if not part:
            break
        seen += part
        if b"farend" in seen or mode != "type":
            assert termios.tcgetattr(keep)[3] & termios.ECHO or mode != "type", "the echo is still off"
except OSError:
    pass
_, status = os.waitpid(pid, 0)
assert b"a b:c" not in seen, "the password is to be seen"
print("farend" if b"farend" in seen else "nothing", os.waitstatus_to_exitcode(status))
assert "--check" not in command or seen.count(b"Password of me") == 1, "asked more than once"
PYTHON
}

@test "the password is asked for on the terminal, without echo" {
    [ "$(at_terminal type host.example 22)" = "farend 0" ]
}

@test "a signal during the question ends culvert as that signal does" {
    [ "$(at_terminal signal host.example 22)" = "nothing -15" ]
}

@test "after it was stopped at the question and continued, culvert asks again" {
    [ "$(at_terminal stop host.example 22)" = "farend 0" ]
}

@test "--check asks once for all targets" {
    [ "$(at_terminal type --check --banner 5 -j 2 host.example:22,23,24)" = "farend 0" ]
}

@test "without a terminal or a program nobody is asked" {
    run_culvert -x "$PROXY" -U me host.example 22 </dev/null
    [ "$status" = 5 ]
    assert_complaint 407
}

@test "credentials of one proxy are not sent to another" {
    start_proxy proxy --tunnel banner
    local first=$PROXY
    run_culvert -vv -x "me:secret@$first" -x "$PROXY" host.example 22 </dev/null
    [ "$(grep -c 'Proxy-Authorization' "$PROXY_LOG")" = 0 ]
}

# dump ARGUMENT...: culvert dies of SIGSEGV while it waits for the proxy. CORES is what cores it left.
dump() {
    local pid
    start_proxy silent
    (ulimit -c unlimited && exec "$CULVERT" -N "$@" -x "$PROXY" host.example 22 </dev/null >"$OUT" 2>"$ERR" 3>&-) &
    pid=$!
    wait_until grep -q request "$PROXY_EVENTS"
    kill -SEGV "$pid"
    wait "$pid" || true
    CORES=$(find . -name 'core*' -size +0)
    rm -f core*
}

@test "a core is left where there is no secret, and none where there is one" {
    case $(cat /proc/sys/kernel/core_pattern) in
    core | core.*) ;;
    *) skip "cores go elsewhere on this system" ;;
    esac
    ! is_sanitized || skip "sanitizers leave no core"
    (umask 077 && echo me:secret >one)
    dump
    [ -n "$CORES" ]
    : >"$PROXY_EVENTS"
    dump --proxy-basic --proxy-user-file one
    [ -z "$CORES" ]
}

@test "for one proxy it doesn't matter on which side of -x a source stands" {
    run_culvert -N -U me -x "$PROXY" --password-command 'echo "a b:c"' host.example 22 </dev/null
    assert_status 0
    run_culvert -N --password-command 'echo "a b:c"' -x "$PROXY" -U me host.example 22 </dev/null
    assert_status 0
    run_culvert -N -U me -x "$PROXY" --password-fd 5 host.example 22 </dev/null 5<<<'a b:c'
    assert_status 0
}

@test "a password for nobody is told to be one" {
    run_culvert -x "$PROXY" --password-command 'echo x' host.example 22 </dev/null
    assert_status 5
    assert_complaint 'there is a password, but no user'
}

@test "a descriptor without a line gives no password" {
    run_culvert -x "$PROXY" -U me --password-fd 5 host.example 22 </dev/null 5</dev/null
    assert_status 2
    assert_complaint 'no line to read in --password-fd 5'
}

# file NAME FORMAT: makes a file with what printf makes of the format, that nobody else may read.
file() {
    # shellcheck disable=SC2059
    (umask 077 && printf "$2" >"$1")
}

@test "byte order marks and line ends of other systems are passed over, in all kinds of files" {
    file one '\xef\xbb\xbfme:a b:c\r\n# more\r\n'
    works --proxy-user-file one
    file one 'me:a b:c\r'
    works --proxy-user-file one
    file rc '\xef\xbb\xbfmachine other\r\nmacdef init\r\nmachine 127.0.0.1 login me password no\r\n\r\nmachine 127.0.0.1\r\nlogin me\r\npassword "a b:c"\r\n'
    works --netrc-file rc
    works -U me --password-command "printf '\\357\\273\\277a b:c\\r\\n'"
    file word '\xef\xbb\xbfa b:c\r\n'
    run_culvert -N -x "$PROXY" -U me --password-fd 5 host.example 22 </dev/null 5<word
    assert_status 0
    file token '\xef\xbb\xbfabc.def\r\n'
    run_culvert -vv --proxy-bearer-file token -x "$PROXY" host.example 22 </dev/null
    assert_line_in "$PROXY_LOG" 'Bearer abc.def'
}

@test "a file in UTF-16 is refused by its name, with a mark or without" {
    local option
    for option in --proxy-user-file --netrc-file --proxy-bearer-file; do
        file wide '\xff\xfem\0e\0:\0x\0\n\0'
        run_culvert -x "$PROXY" "$option" wide host.example 22 </dev/null
        assert_status 2
        assert_complaint "wide is in UTF-16" UTF-8
        file wide 'm\0e\0:\0x\0\n\0'
        run_culvert -x "$PROXY" "$option" wide host.example 22 </dev/null
        assert_status 2
        assert_complaint "wide is in UTF-16"
    done
    assert_untouched
}

@test "a file of credentials whose line can't be meant is refused, with the line" {
    file one '# me:secret\nme:a b:c\n'
    run_culvert -x "$PROXY" --proxy-user-file one host.example 22 </dev/null
    assert_status 2
    assert_complaint "one:1: the line is a comment, not user:password"
    file one '\nme:a b:c\n'
    run_culvert -x "$PROXY" --proxy-user-file one host.example 22 </dev/null
    assert_status 2
    assert_complaint "one:1: the line is empty"
    file one 'secret\n'
    run_culvert -x "$PROXY" --proxy-user-file one host.example 22 </dev/null
    assert_status 2
    assert_complaint "one:1: the line has no colon"
    refute_line_in "$ERR" secret
    file one ':secret\n'
    run_culvert -x "$PROXY" --proxy-user-file one host.example 22 </dev/null
    assert_status 2
    assert_complaint "one:1: no user"
    file token '# token\n'
    run_culvert -x "$PROXY" --proxy-bearer-file token host.example 22 </dev/null
    assert_status 2
    assert_complaint "token:1: the line is a comment"
    assert_untouched
    file one 'me\n'
    works --proxy-user-file one --password-command 'echo "a b:c"'
}

@test "- is standard input for each file; of a line's no more is read" {
    run_culvert -N -x "$PROXY" --proxy-user-file - host.example 22 <<<$'me:a b:c\nhello'
    assert_status 0
    assert_out "$BANNER"$'\r\nhello\n'
    run_culvert -N -x "$PROXY" --netrc-file - host.example 22 <<<'machine 127.0.0.1 login me password "a b:c"'
    assert_status 0
    run_culvert -N -vv -x "$PROXY" --proxy-bearer-file - host.example 22 <<<'abc.def'
    assert_line_in "$PROXY_LOG" 'Bearer abc.def'
}

@test "a pipe that nobody writes into is waited for no longer than -w says" {
    mkfifo fifo
    for option in --proxy-user-file --netrc-file --proxy-bearer-file; do
        run_culvert -w 0.2 "$option" fifo -x 127.0.0.1:1 host.example 22 </dev/null
        assert_status 8
        assert_complaint "nothing came from fifo in time"
    done
}

@test "what a pipe brings in pieces is read whole" {
    start_proxy proxy --tunnel banner --credentials 'alice:s3cret'
    mkfifo fifo
    (
        printf al
        sleep 0.2
        printf 'ice:s3cret\n'
    ) >fifo &
    run_culvert -N --proxy-user-file fifo -x "$PROXY" host.example 22 </dev/null
    wait "$!"
    assert_status 0
    grep -q "$BANNER" "$OUT"
}

@test "a file that is too long is refused, for what its end would say" {
    local options
    { echo '# me:a b:c' && head -c 262144 /dev/zero | tr '\0' '#'; } >long
    chmod 600 long
    for options in "--proxy-user-file long host.example 22" "--netrc-file long host.example 22" \
        "--config long host.example 22" "-D 0 --listen-user-file long"; do
        # shellcheck disable=SC2086
        run_culvert -x "$PROXY" $options </dev/null
        assert_status 2
        assert_complaint "long is longer than 256 KiB"
    done
    assert_untouched
}

@test "a file of credentials that another user owns, or anyone may write to, is refused" {
    start_proxy proxy --tunnel banner
    (umask 077 && echo 'me:a b:c' >mine && echo 'machine 127.0.0.1 login me password a' >netrc)
    chmod 666 mine
    run_culvert -x "$PROXY" --proxy-user-file mine host.example 22 </dev/null
    assert_status 2
    assert_complaint "mine: anyone may write to this file"
    chmod 600 mine
    chown nobody mine netrc 2>/dev/null || skip "only root can give files away"
    run_culvert -x "$PROXY" --proxy-user-file mine host.example 22 </dev/null
    assert_status 2
    assert_complaint "mine: this file is another user's"
    run_culvert -x "$PROXY" --netrc-file netrc host.example 22 </dev/null
    assert_status 2
    assert_complaint "netrc: this file is another user's"
}
