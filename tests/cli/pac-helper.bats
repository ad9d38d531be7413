# SPDX-License-Identifier: ISC
# pac-helper.bats: culvert-pac alone: what PAC files answer, how they fail, and what they can't do.

load helper

setup() {
    test_begin
    helper=$top_builddir/src/culvert-pac
    [ -x "$helper" ] || skip 'built without duktape'
}

teardown() {
    test_end
}

addresses=(--address inside.test=192.0.2.7 --address outside.test=203.0.113.7
    --address six.test=2001:db8::7 --own '198.51.100.7;2001:db8::9')

# ask FILE URL...
ask() {
    "$top_srcdir/tests/tools/ask-pac" "$helper" "$1" "${addresses[@]}" "${@:2}"
}

# pac TEXT: a PAC file with it.
pac() {
    printf '%s\n' "$1" >a.pac
}

# urls FILE and answers FILE: what the comments at its head say.
urls() {
    sed -n 's,^[^/]*// \(https://[^ ]*\) = .*,\1,p' "$1"
}
answers() {
    sed -n 's,^[^/]*// *\(https://[^ ]*\)\{0\,1\} = ,,p' "$1"
}

@test "thirty and more PAC files answer as their comments say" {
    local file wanted count=0
    for file in "$top_srcdir"/tests/pac/*.pac; do
        mapfile -t wanted < <(urls "$file")
        [ ${#wanted[@]} -gt 0 ]
        run -0 ask "$file" "${wanted[@]}"
        diff <(answers "$file") - <<<"$output"
        count=$((count + 1))
    done
    [ "$count" -ge 30 ]
}

@test "pactester says the same of those that it can tell" {
    local file url
    command -v pactester >/dev/null || skip 'pactester is not installed'
    echo "# with a real pactester" >&3
    for file in "$top_srcdir"/tests/pac/*.pac; do
        ! grep -q '^// what other programs say of it differs' "$file" || continue
        while read -r url; do
            run -0 pactester -p "$file" -u "$url" -c 198.51.100.7
            grep -qFx "// $url = $output" "$file" || {
                echo "$file: $url: $output"
                return 1
            }
        done < <(urls "$file")
    done
}

@test "a syntax error names the file and the line" {
    pac $'function FindProxyForURL(url, host) {\n  return "a;\n}'
    run -1 ask a.pac
    [[ $output == 'error: a.pac:2: SyntaxError: '* ]]
    pac $'// one\n// two\nvar a = ;'
    run -1 ask a.pac
    [[ $output == 'error: a.pac:3: SyntaxError: '* ]]
}

@test "an error at run time names the file and the line, and the next URL is asked for" {
    pac $'function FindProxyForURL(url, host) {\n  if (host == "b")\n    return missing();\n  return "DIRECT";\n}'
    run -0 ask a.pac https://b:1/ https://c:1/
    [[ ${lines[0]} == "error: a.pac:3: ReferenceError: "*missing* ]]
    [ "${lines[1]}" = DIRECT ]
}

@test "a file without the function, or with an answer that is no text, is an error" {
    pac 'var a = 1;'
    run -1 ask a.pac
    [ "$output" = 'error: a.pac: it has no function FindProxyForURL' ]
    pac 'function FindProxyForURL(url, host) { return 7; }'
    run -0 ask a.pac https://b:1/
    [ "$output" = 'error: a.pac: FindProxyForURL has answered something other than a text' ]
}

@test "a script that never ends is ended by the kernel" {
    pac 'while (1) {}'
    run -3 ask a.pac
    pac 'function FindProxyForURL(url, host) { while (1) {} }'
    run -3 ask a.pac https://b:1/
}

@test "a script gets no more memory than is good for it" {
    pac 'var a = "0123456789abcdef"; while (1) a += a;'
    run -1 ask a.pac
    [[ $output == 'error: a.pac:1: '* ]]
    pac 'var a = []; while (1) a.push(new Array(100000).join("x"));'
    run ask a.pac
    [ "$status" = 1 ] || [ "$status" = 3 ]
}

@test "a script that calls itself without end is an error" {
    pac $'function FindProxyForURL(url, host) {\n  return FindProxyForURL(url, host) + 1;\n}'
    run -0 ask a.pac https://b:1/
    [[ $output == 'error: a.pac:'*'RangeError: '* ]]
}

@test "a script may look up so many names, and no more" {
    pac 'function FindProxyForURL(url, host) { for (var i = 0; i < 1000; i++) dnsResolve("n" + i); return "DIRECT"; }'
    run -0 --separate-stderr ask a.pac https://b:1/ --count
    [ "$output" = DIRECT ]
    [ "$stderr" = 64 ]
}

@test "a script may say so much, and no more" {
    pac 'var s = new Array(100000).join("x"); function FindProxyForURL(url, host) { for (var i = 0; i < 1000; i++) alert(s); return "DIRECT"; }'
    run -0 ask a.pac https://b:1/
    [ "${#lines[@]}" = 65 ]
    [[ ${lines[0]} = *xxx && ${#lines[0]} -lt 1100 ]]
    [ "${lines[64]}" = DIRECT ]
}

@test "a script of 1 MiB is taken" {
    { printf 'function FindProxyForURL(url, host) { return "PROXY " + x.length + ":1"; }\nvar x = "'
        head -c 1048400 /dev/zero | tr '\0' x
        printf '";'; } >a.pac
    run -0 ask a.pac https://b:1/
    [ "$output" = 'PROXY 1048400:1' ]
}

@test "once it has begun it opens no file and no socket" {
    command -v strace >/dev/null || skip 'strace is not installed'
    pac 'function FindProxyForURL(url, host) { return "PROXY " + dnsResolve("inside.test") + new Date().getFullYear() + ":1"; }'
    helper="$TEST_DIR/traced"
    printf '#!/bin/sh\nexec strace -o %q %q\n' "$TEST_DIR/calls" "$top_builddir/src/culvert-pac" >"$helper"
    chmod 755 "$helper"
    TZ=Asia/Tokyo run -0 ask a.pac https://b:1/
    [[ $output == 'PROXY 192.0.2.7'* ]]
    sed '1,/SECCOMP/d' "$TEST_DIR/calls" >"$TEST_DIR/after"
    grep -q '^read(0' "$TEST_DIR/after"
    run -1 grep -E '^(open|openat|socket|connect|execve|clone|fork|stat|newfstatat)' "$TEST_DIR/after"
}

# has_one_descriptor PID: standard input is all that it has open.
has_one_descriptor() {
    [ "$(ls "/proc/$1/fd")" = 0 ]
}

@test "once it has begun it has the conversation open, and nothing else" {
    local real=$helper
    ! is_sanitized || skip "what it has found has to be told"
    pac 'while (1) {}'
    helper=$TEST_DIR/wrapped
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec 7</etc/passwd\necho $$ >"$TEST_DIR/pid"\nexec %q\n' "$real" >"$helper"
    chmod +x "$helper"
    ask a.pac https://b:1/ 3>&- 4>&- >/dev/null &
    wait_until [ -s pid ]
    wait_until has_one_descriptor "$(cat pid)" || [ ! -r "/proc/$(cat pid)/fd" ]
    wait
}

@test "what breaks the rules of the conversation ends it" {
    run -1 "$helper" < <(printf 'x\0\0\0\0')
    run -1 "$helper" < <(printf 'n\377\377\377\377')
    run -0 "$helper" </dev/null
}
