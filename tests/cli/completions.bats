# SPDX-License-Identifier: ISC
# completions.bats: bash, zsh and fish complete every option of --help, and no other.

load helper
load options

setup() {
    test_begin
    COMPLETIONS=$top_srcdir/completions
    export HOME=$TEST_DIR
    mkdir .ssh
    cat >.ssh/known_hosts <<'HOSTS'
# a comment
one.example,two.example ssh-ed25519 AAAA
[three.example]:2222 ssh-ed25519 AAAA
@cert-authority four.example ssh-ed25519 AAAA
*.wild.example ssh-ed25519 AAAA
|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA
HOSTS
}

teardown() {
    test_end
}

# in_bash LINE [WORD]...: what bash offers at the end of the line, one a line, sorted. The words are
# those that readline would make of it; without any, the line is split at blanks.
in_bash() {
    bash --norc -c '
        . "$0/culvert.bash"
        COMP_LINE=$1 COMP_POINT=${#1}
        shift
        if [ $# = 0 ]; then
            read -ra COMP_WORDS <<<"$COMP_LINE"
            [[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
        else
            COMP_WORDS=("$@")
        fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        complete -p culvert | grep -q " -F _culvert culvert$" || exit
        _culvert culvert "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"
    ' "$COMPLETIONS" "$@" | LC_ALL=C sort
}

# in_fish LINE: the same for fish.
in_fish() {
    XDG_CONFIG_HOME=$TEST_DIR XDG_DATA_HOME=$TEST_DIR fish --no-config -c '
        source $argv[1]/culvert.fish
        complete -C $argv[2]
    ' "$COMPLETIONS" "$1" | cut -f 1 | LC_ALL=C sort
}

# zsh_specs: what the zsh completion tells _arguments, one a line.
zsh_specs() {
    zsh -f -c '
        _arguments() { print -rl -- "$@" }
        . $0/_culvert
    ' "$COMPLETIONS" | grep -vxE -- '-[sS]'
}

# expect TEXT...: the answer in the file "offered" is these lines.
expect() {
    printf '%s\n' "$@" | LC_ALL=C sort | diff - offered
}

@test "bash: the options are those of --help" {
    in_bash 'culvert -' >offered
    same_options offered "bash's completion"
}

@test "bash: a beginning is completed" {
    in_bash 'culvert --user-a' >offered
    expect --user-agent
    in_bash 'culvert -v --idle' >offered
    expect --idle-timeout
}

# long_options: the long options of --help.
long_options() {
    help_options | grep '^--'
}

@test "bash: each long option is completed from all but its last letter" {
    local option
    while read -r option; do
        in_bash "culvert ${option%?}" >offered
        grep -qxF -- "$option" offered || fail "$option is not offered for ${option%?}"
    done < <(long_options)
}

@test "fish: each long option is completed from all but its last letter" {
    server_need fish
    long_options >options
    XDG_CONFIG_HOME=$TEST_DIR XDG_DATA_HOME=$TEST_DIR fish --no-config -c '
        source $argv[1]/culvert.fish
        while read option
            complete -C "culvert "(string sub -e -1 -- $option) | cut -f 1 | string match -- $option; or echo missing $option
        end <options
    ' "$COMPLETIONS" | LC_ALL=C sort >offered
    LC_ALL=C sort options | diff - offered
}

@test "bash: an option that takes an argument is known to, and no other" {
    local option
    help_takers >takers
    while read -r option; do
        in_bash "culvert $option " >offered
        if grep -qxF -- "$option" takers; then
            ! grep -qF one.example offered || fail "after $option hosts are offered"
        else
            grep -qF one.example offered || fail "after $option no hosts are offered"
        fi
    done < <(help_options)
}

@test "bash: the first operand is a known host, the second a port" {
    local hosts=(one.example two.example three.example four.example)
    in_bash 'culvert ' >offered
    expect "${hosts[@]}"
    in_bash 'culvert -v -x proxy.example t' >offered
    expect two.example three.example
    in_bash 'culvert -vx proxy.example one' >offered
    expect one.example
    in_bash 'culvert one.example 2' >offered
    expect 22
    in_bash 'culvert one.example 22 ' >offered
    assert_file offered ""
}

@test "bash: what readline takes apart is put together again" {
    in_bash 'culvert --proxy=http://u:p@proxy:3128 o' \
        culvert --proxy = http : //u : p@proxy : 3128 o >offered
    expect one.example
    in_bash 'culvert -x http://proxy:3128 one.example 4' \
        culvert -x http : //proxy : 3128 one.example 4 >offered
    expect 443
}

@test "bash: files are offered where one is read" {
    touch credentials
    in_bash 'culvert --proxy-user-file cred' >offered
    expect credentials
    in_bash 'culvert --proxy-user-file=cred' culvert --proxy-user-file = cred >offered
    expect credentials
    in_bash 'culvert --user-agent cred' >offered
    assert_file offered ""
}

@test "bash: a host without known_hosts is none, and no error" {
    rm .ssh/known_hosts
    [ ! -e /etc/ssh/ssh_known_hosts ] || skip "this system has known hosts of its own"
    in_bash 'culvert ' >offered 2>complaints
    assert_file complaints ""
    grep . offered && fail "hosts from nowhere"
    true
}

@test "zsh: the file is for culvert, and zsh can read it" {
    server_need zsh
    head -n 1 "$COMPLETIONS/_culvert" | grep -qx '#compdef culvert'
    zsh -n "$COMPLETIONS/_culvert"
}

@test "zsh: the options are those of --help" {
    server_need zsh
    zsh_specs | sed -nE 's/^(\([^)]*\))?(\*)?(--?[A-Za-z0-9-]+)[=+]?\[.*/\3/p' >offered
    same_options offered "zsh's completion"
}

@test "zsh: an option that takes an argument is known to, and no other" {
    server_need zsh
    help_takers >takers
    zsh_specs | sed -nE 's/^(\([^)]*\))?(\*)?(--?[A-Za-z0-9-]+)[=+]?\[.*\]:.*/\3/p' |
        LC_ALL=C sort | diff takers -
}

@test "zsh: it completes in an interactive shell" {
    server_need zsh
    cat >try.zsh <<'TRY'
zmodload zsh/zpty || exit 77
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "PS1= PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste; autoload -U compinit"
zpty -w shell "fpath=($1 \$fpath); compinit -u -D; echo ready-\$((1 + 1))"
zpty -r -m shell all '*ready-2*'
zpty -w -n shell $'culvert --idle\t 5 --user-a\t x --nop\t y --max-t\t 5 --cr\t --nod\t --proxy-ty\t \t --config f; echo over-$((1 + 1))\n'
zpty -r -m shell all '*over-2*'
print -r -- $all
TRY
    timeout 20 zsh -f try.zsh "$COMPLETIONS" >all || [ $? != 77 ] || skip "this zsh has no zpty"
    grep -qF -- '--idle-timeout' all
    grep -qF -- '--user-agent' all
    grep -qF -- '--noproxy' all
    grep -qF -- '--max-time' all
    grep -qF -- '--crlf' all
    grep -qF -- '--nodns' all
    grep -qF -- '--proxy-type' all
}

@test "fish: fish can read the file" {
    server_need fish
    fish -n "$COMPLETIONS/culvert.fish"
    in_fish 'culvert ' >/dev/null 2>complaints
    assert_file complaints ""
}

@test "fish: the options are those of --help" {
    server_need fish
    {
        in_fish 'culvert -' | grep -x -- '-.'
        in_fish 'culvert --' | grep -- '^--'
    } >offered
    same_options offered "fish's completion"
}

@test "fish: an option that takes an argument is known to, and no other" {
    server_need fish
    local option
    help_takers >takers
    while read -r option; do
        in_fish "culvert $option " >offered
        if grep -qxF -- "$option" takers; then
            ! grep -qxF one.example offered || fail "after $option hosts are offered"
        else
            grep -qxF one.example offered || fail "after $option no hosts are offered"
        fi
    done < <(help_options)
}

@test "fish: the first operand is a known host, the second a port" {
    server_need fish
    in_fish 'culvert -v -x proxy.example tw' >offered
    grep -qx two.example offered
    in_fish 'culvert one.example ' >offered
    expect 22 443
}

@test "fish: files are offered where one is read, and nowhere else" {
    server_need fish
    touch credentials
    in_fish 'culvert --proxy-user-file cred' >offered
    expect credentials
    in_fish 'culvert cred' >offered
    assert_file offered ""
}
