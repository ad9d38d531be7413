# SPDX-License-Identifier: ISC
# bash completion for culvert(1)

# Names from the known_hosts files, one a line. Hashed ones can't be told.
_culvert_hosts()
{
    local file first second names
    for file in ~/.ssh/known_hosts ~/.ssh/known_hosts2 /etc/ssh/ssh_known_hosts; do
        [ -r "$file" ] || continue
        while read -r first second _; do
            case $first in
            @*) names=$second ;;
            *) names=$first ;;
            esac
            tr , '\n' <<<"$names"
        done <"$file"
    done | sed -E '/^$|[#*?!|]/d; s/^\[(.*)\]:[0-9]+$/\1/' | sort -u
}

# The command line up to the cursor, in _culvert_words: readline takes "--option=value" and
# "host:port" for three words each; what stands together in the line is one here.
_culvert_join()
{
    local index rest=$COMP_LINE blanks
    _culvert_words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        blanks=${rest%%[![:blank:]]*}
        rest=${rest#"$blanks"}
        if [ -n "$blanks" ] || [ "$index" = 0 ]; then
            _culvert_words+=("${COMP_WORDS[index]}")
        else
            _culvert_words[-1]+=${COMP_WORDS[index]}
        fi
        rest=${rest#"${COMP_WORDS[index]}"}
    done
}

# What the last of _culvert_words is: the argument of _culvert_option, or, when that is empty, the
# operand number _culvert_place unless it begins with a dash.
_culvert_look()
{
    local word
    _culvert_option='' _culvert_place=0
    for word in "${_culvert_words[@]:1:${#_culvert_words[@]}-2}"; do
        if [ -n "$_culvert_option" ]; then
            _culvert_option=''
            continue
        fi
        case $word in
        --proxy | --proxy-user | --proxy-user-file | --proxy-header | --user-agent | \
            --proxy-type | \
            --or-on | \
            --format | \
            --socks5-hostname | \
            --local-forward | --dynamic-forward | --allow | --allow-user | --listen-user-file | --max-tunnels | --drain | \
            --socks5 | \
            --socks4a | \
            --socks4 | \
            --noproxy | \
            --password-fd | \
            --password-command | \
            --netrc-file | \
            --pac | \
            --proxy-bearer-file | \
            --proxy-bearer-command | \
            --proxy-auth | \
            --proxy-cacert | \
            --proxy-capath | \
            --proxy-cert | \
            --proxy-key | \
            --proxy-tls-servername | \
            --proxy-pinnedpubkey | \
            --cacert | \
            --capath | \
            --cert | \
            --key | \
            --tls-servername | \
            --pinnedpubkey | \
            --alpn | \
            --jobs | \
            --count | \
            --interval | \
            --banner | \
            --max-time | \
            --config | \
            --log-file | \
            --trace | \
            --connect-timeout | --idle-timeout | --shutdown-after | --linger | --keepalive | --quit-after)
            _culvert_option=$word
            ;;
        --*) ;;
        -*[xXUPwmqjLD]) _culvert_option=-${word: -1} ;;
        -?*) ;;
        *) _culvert_place=$((_culvert_place + 1)) ;;
        esac
    done
}

# _culvert_reply WORD COMPGEN-OPTION...: offers what compgen finds. Of the word, readline replaces
# only what is behind the last of its word breaks.
_culvert_reply()
{
    local word=$1 kept=''
    shift
    mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
    [[ $word == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] && kept=${word%"${word##*[=:]}"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

_culvert()
{
    local _culvert_words _culvert_option _culvert_place word
    COMPREPLY=()
    _culvert_join
    _culvert_look
    word=${_culvert_words[-1]}
    if [ -z "$_culvert_option" ] && [[ $word == --*=* ]]; then
        _culvert_option=${word%%=*}
        word=${word#*=}
    fi
    case $_culvert_option in
    '') ;;
    --proxy-user-file | --listen-user-file | --netrc-file | --pac | --proxy-bearer-file | --proxy-cacert | --proxy-capath | --proxy-cert | --proxy-key | --cacert | --capath | --cert | --key | --config | --log-file | --trace | --pinnedpubkey | --proxy-pinnedpubkey)
        compopt -o filenames 2>/dev/null
        _culvert_reply "$word" -f
        return
        ;;
    -X)
        _culvert_reply "$word" -W "connect 5 4"
        return
        ;;
    --or-on)
        _culvert_reply "$word" -W "403 407 403,407"
        return
        ;;
    --proxy-type)
        _culvert_reply "$word" -W "http socks5 socks4"
        return
        ;;
    --format)
        _culvert_reply "$word" -W 'text json prometheus'
        return
        ;;
    --proxy-auth)
        _culvert_reply "$word" -W 'any negotiate digest ntlm bearer basic'
        return
        ;;
    *) return ;;
    esac
    if [[ $word == -* ]]; then
        _culvert_reply "$word" -W '
            -x --proxy --pac --or --or-on --no-memory -X --proxy-type --socks5-hostname --socks5 --socks4a --socks4 --noproxy --no-proxy -n --nodns
            -U --proxy-user -P --proxy-user-file --proxy-basic --proxy-header
            --user-agent -4 --ipv4 -6 --ipv6 -w --connect-timeout -m --max-time --idle-timeout -C --crlf
            -N --shutdown --shutdown-after --no-shutdown --linger --keepalive -q --quit-after -d --no-input -F --pass-fd
            --password-fd --password-command --netrc --netrc-file --proxy-bearer-file --proxy-bearer-command --proxy-auth
            --proxy-digest --proxy-ntlm --proxy-negotiate --proxy-anyauth
            --proxy-cacert --proxy-capath --proxy-cert --proxy-key --proxy-insecure --proxy-tls-servername --proxy-pinnedpubkey --tls --cacert --capath --cert --key --insecure --tls-servername --pinnedpubkey --alpn
            -z --check --format --json -j --jobs --count --interval --banner
            -L --local-forward -D --dynamic-forward --allow --allow-user --any-user --listen-user-file --max-tunnels --drain
            --log-file --trace
            --trace-data --no-sandbox
            -v --verbose --config --explain -V --version -h --help'
    elif [ "$_culvert_place" = 0 ]; then
        _culvert_reply "$word" -W "$(_culvert_hosts)"
    elif [ "$_culvert_place" = 1 ]; then
        _culvert_reply "$word" -W '22 443'
    fi
}

complete -F _culvert culvert
