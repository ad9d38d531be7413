# SPDX-License-Identifier: ISC
# fingers.bats: what fingers type that know another program: it works, or one line says what to write.

load helper

P=proxy.example:3128 # never dialled

setup() {
    test_begin
}

teardown() {
    test_end
}

# works ARGUMENT...: a tunnel is had with these.
works() {
    run_culvert "$@" </dev/null
    assert_status 0
}

# told NAME TEXT ARGUMENT...: status 2, and one line that names the option as it was typed and has
# this text, but no secret.
told() {
    run_culvert "${@:3}" </dev/null
    assert_status 2
    assert_complaint "$1" "$2"
    run ! grep -q s3cret "$ERR" || fail "the secret is repeated"
}

@test "corkscrew: proxy, port, host and port as four words: works" {
    start_proxy proxy --tunnel source:10
    works 127.0.0.1 "$PROXY_PORT" host.example 22
}

@test "nc: -X connect -x: works" {
    start_proxy proxy --tunnel source:10
    works -X connect -x "$PROXY" host.example 22
}

@test "nc: -x with -v, -w, -N and -4 in one word: works" {
    start_proxy proxy --tunnel source:10
    works -4Nvw5 -x "$PROXY" host.example 22
}

@test "nc: -z: works" {
    start_proxy proxy --tunnel source:10
    works -z -x "$PROXY" host.example 22
}

@test "nc: -q: works" {
    start_proxy proxy --tunnel source:10
    works -q 1 -x "$PROXY" host.example 22
}

@test "nc: a service instead of a port: works" {
    start_proxy proxy --tunnel source:10
    works -x "$PROXY" host.example ssh
}

@test "ncat: --proxy: works" {
    start_proxy proxy --tunnel source:10
    works --proxy "$PROXY" host.example 22
}

@test "nc: -n with a proxy by its address: works" {
    start_proxy proxy --tunnel source:10
    works -n -x "$PROXY" host.example 22
}

@test "ncat: --proxy-type http: works" {
    start_proxy proxy --tunnel source:10
    works --proxy "$PROXY" --proxy-type http host.example 22
}

@test "ncat: --nodns: works" {
    start_proxy proxy --tunnel source:10
    works --nodns --proxy "$PROXY" host.example 22
}

@test "curl: --noproxy with a list that has another target: works" {
    start_proxy proxy --tunnel source:10
    works --noproxy other.example,10.0.0.0/8 -x "$PROXY" host.example:22
}

@test "nc: -C: works" {
    start_proxy proxy --tunnel source:10
    works -C -x "$PROXY" host.example 22
}

@test "ncat: --crlf: works" {
    start_proxy proxy --tunnel source:10
    works --crlf --proxy "$PROXY" host.example 22
}

@test "curl: -m: works" {
    start_proxy proxy --tunnel source:10
    works -m 20 -x "$PROXY" host.example:22
}

@test "curl: --max-time: works" {
    start_proxy proxy --tunnel source:10
    works --max-time 20 -x "$PROXY" host.example:22
}

@test "ncat: --idle-timeout: works" {
    start_proxy proxy --tunnel source:10
    works --idle-timeout 5 --proxy "$PROXY" host.example 22
}

@test "ncat: options behind the target: works" {
    start_proxy proxy --tunnel source:10
    works host.example 22 --proxy "$PROXY"
}

@test "curl: -x http:// with --connect-timeout: works" {
    start_proxy proxy --tunnel source:10
    works -x "http://$PROXY/" --connect-timeout 5 host.example:22
}

@test "curl: -U and --proxy-basic: works" {
    start_proxy proxy --tunnel source:10
    works -x "$PROXY" -U me:secret --proxy-basic host.example 22
}

@test "curl: --proxy-anyauth, --proxy-header and --user-agent: works" {
    start_proxy proxy --tunnel source:10
    works -x "$PROXY" --proxy-anyauth --proxy-header 'X-A: b' --user-agent me host.example 22
}

@test "ssh: a host in brackets, as known_hosts has it: works" {
    start_proxy proxy --tunnel source:10
    works -x "$PROXY" "[host.example]:22"
}

@test "ssh: an IPv4 address in brackets: works" {
    start_proxy proxy --tunnel source:10
    works -x "$PROXY" "[127.0.0.1]:22"
}

@test "connect: -H: told" {
    told -H '-x HOST:PORT' -H "$P" host.example 22
}

@test "connect: -S: told" {
    told -S 'socks5h:' -S socks.example host.example 22
}

@test "connect: -5: told" {
    told -5 'socks5h:' -5 -S socks.example host.example 22
}

@test "connect: -R: told" {
    told -R 'the proxy looks up the target' -R remote host.example 22
}

@test "proxytunnel: -p: told" {
    told -p '-x HOST:PORT' -p "$P" -d host.example:22
}

@test "proxytunnel: -d: told" {
    told 'too many arguments' 'HOST PORT' -x "$P" -d host.example:22 more words
}

@test "proxytunnel: -E: told" {
    told -E '-x https://HOST:PORT' -E -x "$P" host.example 22
}

@test "proxytunnel: -e: told" {
    told -e '--tls' -e -x "$P" host.example 22
}

@test "proxytunnel: -B: told" {
    told -B 'leave it out' -B -x "$P" host.example 22
}

@test "proxytunnel: -r: told" {
    told -r 'a further -x' -r "$P" host.example 22
}

@test "proxytunnel: -R: told" {
    told -R '-U behind the second -x' -R me:s3cret -x "$P" host.example 22
}

@test "proxytunnel: --remproxy: told" {
    told --remproxy 'a further -x' --remproxy "$P" host.example 22
}

@test "proxytunnel: --dest: told" {
    told --dest 'HOST PORT' --dest host.example:22 -x "$P"
}

@test "proxytunnel: --passfile: told" {
    told --passfile '--proxy-user-file' --passfile file -x "$P" host.example 22
}

@test "proxytunnel: --proxyauth: told" {
    told --proxyauth '-U USER' --proxyauth me:s3cret -x "$P" host.example 22
}

@test "proxytunnel: --no-check-certificate: told" {
    told --no-check-certificate '--proxy-insecure' --no-check-certificate -x "$P" host.example 22
}

@test "proxytunnel: -a: told" {
    told -a '-L PORT:HOST:HOSTPORT' -a 2222 -x "$P" host.example 22
}

@test "nc: -X 6: told" {
    told -X 'knows no protocol but connect, 5 and 4' -X 6 -x "$P" host.example 22
}

@test "nc: -l: told" {
    told -l '-L [BIND:]PORT' -l 2222
}

@test "nc: -k: told" {
    told -k '-L or -D' -k -x "$P" host.example 22
}

@test "nc: -u: told" {
    told -u 'UDP' -u host.example 53
}

@test "nc: -s: told" {
    told -s 'address to come from' -s 127.0.0.1 -x "$P" host.example 22
}

@test "nc: -p: told" {
    told -p 'port to come from' -p 1234 -x "$P" host.example 22
}

@test "nc: -c: told" {
    told -c '--tls' -c -x "$P" host.example 443
}

@test "nc: -i: told" {
    told -i '--interval' -i 1 -z -x "$P" host.example 22
}

@test "nc: -t: told" {
    told -t 'telnet' -t -x "$P" host.example 22
}

@test "nc: -e: told" {
    told -e '--tls' -e name -x "$P" host.example 22
}

@test "ncat: --proxy-auth with a password: told" {
    told --proxy-auth '-U USER' --proxy-auth me:s3cret --proxy "$P" host.example 22
}

@test "ncat: --proxy-type socks6: told" {
    told --proxy-type 'knows no type but http, socks5 and socks4' --proxy-type socks6 --proxy "$P" host.example 22
}

@test "nc: -n with a proxy by its name: told" {
    told -n 'proxy.example is a name' -n -x "$P" host.example 22
}

@test "ncat: --ssl: told" {
    told --ssl '--tls' --ssl --proxy "$P" host.example 443
}

@test "ncat: --ssl-verify: told" {
    told --ssl-verify '--tls verifies' --ssl-verify --proxy "$P" host.example 443
}

@test "ncat: --recv-only: told" {
    told --recv-only '-d' --recv-only --proxy "$P" host.example 22
}

@test "ncat: --send-only: told" {
    told --send-only '-q 0' --send-only --proxy "$P" host.example 22
}

@test "ncat: -i: told" {
    told -i '--idle-timeout' -i 5 --proxy "$P" host.example 22
}

@test "ncat: --proxy-dns: told" {
    told --proxy-dns 'looked up by the last proxy' --proxy-dns remote --proxy "$P" host.example 22
}

@test "ncat: --wait: told" {
    told --wait '-w SECONDS' --wait 5 --proxy "$P" host.example 22
}

@test "ncat: -w with a unit: told" {
    told -w 'as in 0.5' -w 500ms --proxy "$P" host.example 22
}

@test "ncat: --sh-exec: told" {
    told --sh-exec 'starts no program' --sh-exec true --proxy "$P" host.example 22
}

@test "ncat: --listen: told" {
    told --listen '-L [BIND:]PORT' --listen 2222
}

@test "ncat: --hex-dump: told" {
    told --hex-dump '--trace FILE --trace-data' --hex-dump file --proxy "$P" host.example 22
}

@test "socat: PROXY:: told" {
    told 'socat' '-x' - PROXY:proxy.example:host.example:22,proxyport=3128,proxyauth=me:s3cret
}

@test "socat: STDIO: told" {
    told 'socat' 'leave it out' STDIO PROXY:proxy.example:host.example:22
}

@test "curl: -p: told" {
    told -p 'asking' -p -x "$P" telnet://host.example:22
}

@test "curl: --proxytunnel: told" {
    told --proxytunnel 'leave it out' --proxytunnel -x "$P" telnet://host.example:22
}

@test "curl: telnet://: told" {
    told 'URL' 'host.example 22' -x "$P" telnet://host.example:22
}

@test "curl: https://: told" {
    told 'URL' 'host.example 443' -x "$P" https://host.example/
}

@test "curl: -k: told" {
    told -k '--proxy-insecure' -k -x "https://$P" host.example 22
}

@test "curl: -s: told" {
    told -s '-v' -s -x "$P" host.example 22
}

@test "curl: -sS: told" {
    told -s '-v' -sS -x "$P" host.example 22
}

@test "curl: -H: told" {
    told -H '--proxy-header' -H 'X-A: s3cret' -x "$P" host.example 22
}

@test "curl: -K: told" {
    told -K '--config FILE' -K file host.example 22
}

@test "curl: -A: told" {
    told -A '--user-agent' -A me -x "$P" host.example 22
}

@test "curl: --preproxy: told" {
    told --preproxy 'a further -x' --preproxy "$P" -x "$P" host.example 22
}

@test "curl: --retry: told" {
    told --retry 'once' --retry 3 -x "$P" host.example 22
}

@test "curl: --socks5-hostname with a scheme: told" {
    told --socks5-hostname 'has a scheme' --socks5-hostname "http://$P" host.example 22
}

@test "curl: --user: told" {
    told --user '-U USER' --user me:s3cret -x "$P" host.example 22
}

@test "ssh: -W: told" {
    told -W 'HOST PORT' -W host.example:22 -x "$P"
}

@test "ssh: -J: told" {
    told -J 'a further -x' -J "$P" host.example 22
}

@test "ssh: user@host: told" {
    told 'user' 'host.example 22' -x "$P" me@host.example 22
}

@test "ssh: ssh://: told" {
    told 'URL' 'host.example 22' -x "$P" ssh://me@host.example
}

@test "openssl s_client: -proxy: told" {
    told -proxy '-x HOST:PORT' -proxy "$P" -connect host.example:443
}

@test "openssl s_client: -connect: told" {
    told -connect 'HOST PORT' -connect host.example:443 -proxy "$P"
}

@test "openssl s_client: -servername: told" {
    told -servername '--tls-servername' -servername host.example -x "$P" host.example 443
}

@test "openssl s_client: -proxy_pass: told" {
    told -proxy_pass '-U USER' -proxy_pass s3cret -x "$P" host.example 443
}

@test "openssl s_client: -cert: told" {
    told -cert 'did you mean --cert?' -cert file -x "$P" host.example 443
}

@test "wget: -e: told" {
    told -e '-x HOST:PORT' -e https_proxy=me:s3cret@proxy.example host.example 22
}

@test "wget: --proxy-password: told" {
    told --proxy-password '-U USER' --proxy-password s3cret -x "$P" host.example 22
}

@test "wget: --tries: told" {
    told --tries 'once' --tries 1 -x "$P" host.example 22
}

@test "corkscrew: with a file of credentials: works" {
    start_proxy proxy --tunnel source:10 --credentials 'me:two words'
    (umask 077 && echo 'me:two words' >credentials)
    works 127.0.0.1 "$PROXY_PORT" host.example 22 credentials
}

@test "corkscrew's words are refused beside -x, and where a port is none" {
    told corkscrew '-x' -x "$P" proxy.example 3128 host.example 22
    told 'too many' 'HOST PORT' proxy.example 3128 host.example ssh
}

@test "a slip of the finger is answered by what may have been meant" {
    told --proxi 'did you mean --proxy?' --proxi "$P" host.example 22
    told --porxy-user-file 'did you mean --proxy-user-file?' --porxy-user-file=s3cret host.example 22
    told --proxy_cacert 'did you mean --proxy-cacert?' --proxy_cacert x host.example 22
    told --qqqqqq 'try --help' --qqqqqq
}

@test "a beginning that several options have is answered by all of them" {
    told --proxy-c 'may be --proxy-cacert, --proxy-capath or --proxy-cert' --proxy-c x host.example 22
    told --trac 'may be --trace or --trace-data' --trac x host.example 22
}

@test "an option is called what was typed" {
    told '-w ' 'not a number' -w x host.example 22
    told --connect-timeout 'not a number' --connect-timeout x host.example 22
    told --connect-timeout 'not a number' --connect-t x host.example 22
    told '-x ' 'has no host' -x http:// host.example 22
}

@test "what may be a secret is not repeated, whichever option it was given to" {
    local option
    for option in -x --proxy --proxy-header --proxy-auth; do
        told "$option" 'the value of' "$option" '://me:s3cret@host' host.example 22
    done
    told --user-agent 'the value of' --user-agent $'s3cret\n' host.example 22
    told --no-such-thing 'is not known' --no-such-thing=s3cret host.example 22
    told user 'write HOST PORT: host.example 22' -x "$P" me:s3cret@host.example 22
    told URL 'write HOST PORT: host.example 22' -x "$P" ssh://me:s3cret@host.example:22/
    told URL 'write HOST PORT: host.example 443' -x "$P" HTTPS://me:s3cret@host.example
    told user 'write HOST PORT: 127.0.0.1 22' -x "$P" 'me:s3cret@[127.0.0.1]:SSH'
}

@test "-d and -q together are told" {
    told '-q counts' 'with -d' -d -q 1 -x "$P" host.example 22
    told '--quit-after counts' 'with -d' -d --quit-after 1 -x "$P" host.example 22
    told '-q counts' 'with --no-input' --no-input -q 1 -x "$P" host.example 22
}

@test "a time below a millisecond is told, not taken for never" {
    told -w millisecond -w 0.0001 -x "$P" host.example 22
    told --idle-timeout millisecond --idle-timeout 1e-9 -x "$P" host.example 22
}

@test "curl: --noproxy with the target: works, also with -x" {
    start_target banner
    works -N --noproxy '127.0.0.0/8' -x "$P" 127.0.0.1 "$TARGET_PORT"
    works -N --noproxy '*' -x "$P" 127.0.0.1 "$TARGET_PORT"
    https_proxy=http://$P works -N --noproxy '127.0.0.1' 127.0.0.1 "$TARGET_PORT"
    no_proxy='*' https_proxy=http://$P run_culvert -n --noproxy other.example 127.0.0.1 "$TARGET_PORT"
    assert_status 2
    assert_complaint "proxy.example is a name" # --noproxy goes before no_proxy
}

@test "wget: --no-proxy: works" {
    start_target banner
    https_proxy=http://$P works -N --no-proxy 127.0.0.1 "$TARGET_PORT"
    works -N --no-proxy 127.0.0.1 "$TARGET_PORT"
}

@test "-C makes CR LF of LF, but for one that is behind CR, wherever portions are cut" {
    local source
    start_proxy proxy --tunnel echo
    printf 'a\nb\r\n\n\r\r\nc' >input
    printf 'a\r\nb\r\n\r\n\r\r\nc' >expected
    run_culvert -N -C -x "$PROXY" host.example 22 <input
    assert_status 0
    cmp "$OUT" expected
    run_culvert -N -C -x "$PROXY" host.example 22 < <(printf 'a\nb\r'; sleep 0.2; printf '\n\n\r\r\nc')
    assert_status 0
    cmp "$OUT" expected
    yes '' | head -c 300000 >input
    run_culvert -N -C -x "$PROXY" host.example 22 < <(cat input)
    assert_status 0
    sed 's/$/\r/' input | cmp - "$OUT"
    run_culvert -C -F -x "$PROXY" host.example 22 <input
    assert_status 2
    assert_complaint "-C sees nothing"
}

@test "-m ends a tunnel where bytes move, and one that doesn't open: status 8" {
    start_proxy proxy --tunnel echo
    run_culvert -m 0.5 -x "$PROXY" host.example 22 < <(while echo x; do sleep 0.1; done 2>/dev/null)
    assert_status 8
    grep -q x "$OUT"
    assert_line_in "$ERR" "the time of --max-time was over"
    start_proxy silent
    run_culvert -m 0.5 -w 15 -x "$PROXY" host.example 22 </dev/null
    assert_status 8
    run_culvert -z -m 1 -x "$PROXY" host.example 22 </dev/null
    assert_status 2
    assert_complaint "bounded by -w"
}

@test "- is standard error for --log-file and --trace, which says each thing once" {
    start_proxy proxy --tunnel source:10
    run_culvert --log-file - -v -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    [ "$(grep -cvE '^[0-9-]+T[0-9:.]+Z \[[0-9]+\] ' "$ERR")" = 0 ]
    run_culvert --trace - -x "$PROXY" host.example 22 </dev/null
    assert_status 0
    [ "$(grep -c '> CONNECT host.example:22' "$ERR")" = 1 ]
    [ ! -e - ]
}

@test "nc: -z with a service, a list with one, and brackets: works" {
    start_proxy proxy --tunnel source:10
    works -z -x "$PROXY" host.example ssh
    works -z -x "$PROXY" 'host.example:ssh,http-alt,1-2'
    [ "$(grep -c open "$OUT")" = 4 ]
    works -z -x "$PROXY" '[127.0.0.1]:22' '[host.example]:22'
    works -z -x "$PROXY" host.example https
}

@test "--check: what is no target is told by what to write, without what may be secret" {
    told URL 'write HOST PORT: host.example 443' -z -x "$P" https://me:s3cret@host.example/
    told user 'write HOST PORT: host.example 22' -z -x "$P" me:s3cret@host.example:22
    told socat '-x P:N' -z PROXY:proxy.example:host.example:22,proxyauth=me:s3cret
}

@test "curl: settings of TLS, schemes and heads: told" {
    told --tlsv1.2 "system's OpenSSL" --tlsv1.2 -x "$P" host.example 22
    told --proxy-ciphers "system's OpenSSL" --proxy-ciphers X -x "$P" host.example 22
    told --basic '--proxy-basic' --basic -x "$P" host.example 22
    told --keepalive-time '--keepalive SECONDS' --keepalive-time 5 -x "$P" host.example 22
    told --unix-socket 'unix:/PATH' --unix-socket /x host.example 22
    told --write-out '--check --json' --write-out x -x "$P" host.example 22
}

@test "what is for one tunnel is refused with -L and -D, by the name that was typed" {
    told '-C is for one tunnel' '-L' -C -D 0 -x "$P"
    told '--crlf is for one tunnel' '-L' --crlf -D 0 -x "$P"
    told '-m is for one tunnel' '-L' -m 5 -D 0 -x "$P"
    told '-F is for one tunnel' '-L' -F -D 0 -x "$P"
    told '-L and -D' 'no target' -D 0 -x "$P" me:s3cret@host.example
}
