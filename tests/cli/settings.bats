# SPDX-License-Identifier: ISC
# settings.bats: options in files, with --config.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# refused TEXT FORMAT: a file with what printf makes of the format is refused with this text.
refused() {
    # shellcheck disable=SC2059
    printf "$2" >file
    run_culvert --config file -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    assert_complaint "$1"
}

@test "a line is a long name and a value, by blanks or a sign, with comments between" {
    start_proxy proxy --tunnel banner
    cat >file <<SETTINGS
# where to
   # and how

proxy = http://$PROXY/
  user-agent   me and more  
proxy-header= X-One: 1 = one
proxy-header "X-Two: # two "  # with quotes
proxy-header 'X-Three: "3"'
verbose
SETTINGS
    run_culvert -N --config file host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    [ -s "$ERR" ]
    grep -qx $'User-Agent: me and more\r' "$PROXY_LOG"
    grep -qx $'X-One: 1 = one\r' "$PROXY_LOG"
    grep -qE $'^X-Two: # two ?\r$' "$PROXY_LOG"
    grep -qx $'X-Three: "3"\r' "$PROXY_LOG"
}

@test "line ends of other systems and a byte order mark are passed over" {
    start_proxy proxy --tunnel source:10
    printf '\xef\xbb\xbf# settings\r\nproxy %s\r\nuser-agent me\r\n' "$PROXY" >file
    run_culvert --config file host.example 22 </dev/null
    assert_status 0
    grep -qx $'User-Agent: me\r' "$PROXY_LOG"
}

@test "every option with a long name can stand in a file, but --config" {
    local option
    "$CULVERT" --help | grep -oE '^ .{5}--[a-z0-9-]+' | sed 's/.*--//' >names
    [ "$(wc -l <names)" -ge 20 ]
    while read -r option; do
        printf '%s\n' "$option" >file
        run_culvert --config file -x 127.0.0.1:1 127.0.0.1 22 </dev/null
        ! grep -q 'is not known' "$ERR" || fail "$option is not known in a file"
    done <names
    printf 'config other\n' >file
    run_culvert --config file host.example 22 </dev/null
    assert_status 2
    assert_complaint "file:1: option config is called include in a file"
}

@test "what is wrong is told with the file and the line, without what may be secret" {
    refused 'file:1: there is no name of an option' 'me:s3cret\n'
    refute_line_in "$ERR" s3cret
    refused "file:2: option porxy is not known; did you mean --proxy?" '#\nporxy x\n'
    refused "file:1: option --proxy is written without dashes" '\55-proxy x\n'
    refused "file:1: connect-timeout 'soon' is not a number of seconds" 'connect-timeout soon\n'
    refused "file:3: option verbose takes no argument" '\n\nverbose = yes\n'
    refused "file:1: option user-agent needs an argument" 'user-agent\n'
    refused "file:1: the value of user-agent has no closing quote" 'user-agent "me\n'
    refused "file:1: the value of user-agent goes on behind" 'user-agent "me" too\n'
    refused "file:1: the value of proxy-user has a '#'" 'proxy-user me:s3cret # mine\n'
    refute_line_in "$ERR" s3cret
    refused "file:1: the value of proxy-auth is not a list" 'proxy-auth me:s3cret\n'
    refute_line_in "$ERR" s3cret
    refused "is no text" 'verbose\nx\0\n'
    refused "is in UTF-16" '\xff\xfev\0\n'
}

@test "a letter is told by its long name" {
    refused "file:1: option w is a letter; in a file it is connect-timeout" 'w 5\n'
    refused "file:1: option X is a letter; it has no name for a file" 'X connect\n'
}

@test "the command line wins over a file, wherever it stands" {
    start_proxy proxy --tunnel source:10
    printf '%s\n' 'user-agent file' "proxy $PROXY" 'proxy-header X-File: 1' >file
    run_culvert --user-agent line --config file --proxy-header 'X-Line: 1' host.example 22 </dev/null
    assert_status 0
    grep -qx $'User-Agent: line\r' "$PROXY_LOG"
    grep -qx $'X-Line: 1\r' "$PROXY_LOG"
    refute_line_in "$PROXY_LOG" X-File
    https_proxy=http://127.0.0.1:1 run_culvert --config file host.example 22 </dev/null
    assert_status 0
}

@test "a proxy in the command line gets nothing that a file says of its own" {
    start_proxy proxy --tunnel source:10
    printf '%s\n' 'proxy 127.0.0.1:1' 'proxy-user me:secret' 'proxy-basic' >file
    chmod 600 file
    run_culvert --config file -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    refute_line_in "$PROXY_LOG" Proxy-Authorization
    printf '%s\n' 'proxy-user me:secret' 'proxy-basic' >file
    run_culvert --config file -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    assert_line_in "$PROXY_LOG" Proxy-Authorization
}

@test "-X and --socks5 in the command line win over their kin in a file" {
    printf '%s\n' 'proxy 127.0.0.1:1' 'proxy-type socks4' >file
    run_culvert --config file --socks5 127.0.0.1:2 host.example 22 </dev/null
    assert_status 3
    assert_complaint 127.0.0.1:2
    start_proxy proxy --tunnel source:10
    printf '%s\n' "proxy $PROXY" 'proxy-type socks5' >file
    run_culvert --config file -X connect host.example 22 </dev/null
    assert_status 0
}

@test "credentials of the command line go to the proxy of a file, and go before those in it" {
    start_proxy proxy --tunnel source:10 --credentials me:right
    printf '%s\n' "proxy $PROXY" 'proxy-user me:wrong' 'proxy-ntlm' >file
    chmod 600 file
    (umask 077 && echo me:right >mine)
    run_culvert --config file --proxy-basic --proxy-user-file mine host.example 22 </dev/null
    assert_status 0
}

@test "files are read in order, the last word counts, and a file may include others from its directory" {
    start_proxy proxy --tunnel source:10
    mkdir sub
    echo "user-agent one" >one
    printf '%s\n' 'include two' "proxy $PROXY" >sub/file
    echo "user-agent two" >sub/two
    run_culvert --config one --config sub/file host.example 22 </dev/null
    assert_status 0
    grep -qx $'User-Agent: two\r' "$PROXY_LOG"
    echo 'include nowhere' >sub/two
    run_culvert --config sub/file host.example 22 </dev/null
    assert_status 2
    assert_complaint "sub/two:1: cannot open sub/nowhere"
    echo 'include file' >sub/two
    run_culvert --config sub/file host.example 22 </dev/null
    assert_status 2
    assert_complaint "too many files"
}

@test "a file that others may write is refused, one that they may read is told when it has credentials" {
    start_proxy proxy --tunnel source:10
    printf '%s\n' "proxy $PROXY" >file
    chmod 664 file
    run_culvert --config file host.example 22 </dev/null
    assert_status 2
    assert_complaint "file: others may write to this file"
    mkfifo -m 622 pipe
    run_culvert --config pipe host.example 22 </dev/null 9<>pipe
    assert_status 2
    assert_complaint "pipe: others may write to this file"
    chmod 646 file
    run_culvert --config file host.example 22 </dev/null
    assert_status 2
    chmod 644 file
    run_culvert --config file host.example 22 </dev/null
    assert_status 0
    assert_err ""
    echo 'proxy-user me:secret' >>file
    run_culvert --config file host.example 22 </dev/null
    assert_status 0
    assert_line_in "$ERR" "warning: others may read file"
}

@test "a file of another user's is refused" {
    [ "$(id -u)" = 0 ] || skip "only root can give files away"
    echo verbose >file
    chown 12345 file
    run_culvert --config file -x 127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    assert_complaint "file: this file is another user's"
}

@test "- is standard input, and a pipe does as well" {
    start_proxy proxy --tunnel source:10
    run_culvert --config - host.example 22 <<<"proxy $PROXY"
    assert_status 0
    run_culvert --config <(echo "proxy $PROXY") host.example 22 </dev/null
    assert_status 0
}

@test "a file that isn't there is told, and no file is read that wasn't named" {
    run_culvert --config nowhere host.example 22 </dev/null
    assert_status 2
    assert_complaint "cannot open nowhere"
    command -v strace >/dev/null || skip "no strace"
    HOME=$TEST_DIR strace -f -o trace -e trace=open,openat,stat,newfstatat,access,faccessat2 \
        "$CULVERT" --no-proxy 127.0.0.1 1 </dev/null 2>/dev/null || true
    grep -E '"[^"]*(rc|conf|config|\.culvert[^"]*)"' trace |
        grep -vE '/etc/(ld.so|nsswitch|host|resolv|gai)|openssl' >others || true
    assert_file others ""
}
