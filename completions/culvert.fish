# SPDX-License-Identifier: ISC
# fish completion for culvert(1)

# Whether so many words that are no options stand before the cursor.
function __culvert_words --argument-names wanted
    set -l words (commandline -opc)[2..-1]
    set -l count 0
    set -l is_argument no
    for word in $words
        if test $is_argument = yes
            set is_argument no
            continue
        end
        switch $word
            case --proxy --proxy-user --proxy-user-file --proxy-header --user-agent \
                --proxy-type \
                --or-on \
                --format \
                --socks5-hostname \
                --socks5 \
                --socks4a \
                --socks4 \
                --noproxy \
                --password-fd \
                --password-command \
                --netrc-file \
                --pac \
                --proxy-bearer-file \
                --proxy-bearer-command \
                --proxy-auth \
                --proxy-cacert \
                --proxy-capath \
                --proxy-cert \
                --proxy-key \
                --proxy-tls-servername \
                --proxy-pinnedpubkey \
                --cacert \
                --capath \
                --cert \
                --key \
                --tls-servername \
                --pinnedpubkey \
                --alpn \
                --jobs \
                --count \
                --interval \
                --banner \
                --max-time \
                --config \
                --log-file \
                --trace \
                --connect-timeout --idle-timeout --shutdown-after --linger --keepalive --quit-after
                set is_argument yes
            case '--*'
            case '-*x' '-*X' '-*U' '-*P' '-*w' '-*m' '-*q' '-*j'
                set is_argument yes
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    test $count -eq $wanted
end

complete -c culvert -f
complete -c culvert -n '__culvert_words 0' -a '(__fish_print_hostnames)' -d Host
complete -c culvert -n '__culvert_words 1' -a '22 443' -d Port

complete -c culvert -s x -l proxy -x -d 'The proxy, as http://host:port'
complete -c culvert -l pac -r -F -d 'Ask this PAC file'
complete -c culvert -l or -d 'Begin another way'
complete -c culvert -l or-on -x -a '403 407 403,407' -d 'Try another way for these as well'
complete -c culvert -l no-memory -d 'Begin with the first way always'
complete -c culvert -s X -x -a 'connect 5 4' -d 'Protocol, as in nc'
complete -c culvert -l proxy-type -x -a 'http socks5 socks4' -d 'Kind of the proxy, as in ncat'
complete -c culvert -l socks5-hostname -x -d 'SOCKS 5 proxy'
complete -c culvert -l socks5 -x -d 'SOCKS 5 proxy'
complete -c culvert -l socks4a -x -d 'SOCKS 4a proxy'
complete -c culvert -l socks4 -x -d 'SOCKS 4 proxy'
complete -c culvert -l noproxy -x -d 'Connect to these targets without a proxy'
complete -c culvert -l no-proxy -d 'Connect without a proxy'
complete -c culvert -s U -l proxy-user -x -d 'Credentials for the proxy, as user:password'
complete -c culvert -s P -x -d 'Credentials for the proxy, as in nc'
complete -c culvert -l proxy-user-file -r -F -d 'Read user:password from a file'
complete -c culvert -l password-fd -x -d 'Read the password from a descriptor'
complete -c culvert -l password-command -x -d 'The password is the first line that a command writes'
complete -c culvert -l netrc -d 'Look for the host of the proxy in ~/.netrc'
complete -c culvert -l netrc-file -r -F -d 'Look for the host of the proxy in a file'
complete -c culvert -l proxy-bearer-file -r -F -d 'Send the token in the first line of a file'
complete -c culvert -l proxy-bearer-command -x -d 'Send the token that a command writes'
complete -c culvert -l proxy-auth -x -a 'any negotiate digest ntlm bearer basic' -d 'Use no other schemes than these'
complete -c culvert -l proxy-basic -d 'Use Basic alone, without waiting to be asked'
complete -c culvert -l proxy-digest -d 'Use Digest alone'
complete -c culvert -l proxy-ntlm -d 'Use NTLM alone'
complete -c culvert -l proxy-negotiate -d 'Use Negotiate alone'
complete -c culvert -l proxy-anyauth -d 'Use whatever the proxy offers'
complete -c culvert -l proxy-header -x -d 'Send one more field to the proxy'
complete -c culvert -l user-agent -x -d 'What to say as User-Agent'
complete -c culvert -l proxy-cacert -r -F -d 'Trust these issuers of the certificate of an https:// proxy'
complete -c culvert -l proxy-capath -r -F -d 'Trust the issuers in a directory'
complete -c culvert -l proxy-cert -r -F -d 'Show an https:// proxy this certificate'
complete -c culvert -l proxy-key -r -F -d 'The key of that certificate'
complete -c culvert -l proxy-insecure -d 'Do not verify the certificate of the proxy'
complete -c culvert -l proxy-tls-servername -x -d 'The name to ask an https:// proxy for'
complete -c culvert -l proxy-pinnedpubkey -x -d 'Accept no other public key of the proxy'
complete -c culvert -l tls -d 'Speak TLS with the target, inside of the tunnel'
complete -c culvert -l cacert -r -F -d 'Trust these issuers of the certificate of the target'
complete -c culvert -l capath -r -F -d 'Trust the issuers in a directory, of the target'
complete -c culvert -l cert -r -F -d 'Show the target this certificate'
complete -c culvert -l key -r -F -d 'The key of that certificate, for the target'
complete -c culvert -l insecure -d 'Do not verify the certificate of the target'
complete -c culvert -l tls-servername -x -d 'The name to ask the target for'
complete -c culvert -l pinnedpubkey -x -d 'Accept no other public key of the target'
complete -c culvert -l alpn -x -d 'Protocols to offer the target'
complete -c culvert -s 4 -l ipv4 -d 'Connect to the first hop over IPv4 only'
complete -c culvert -s 6 -l ipv6 -d 'Connect to the first hop over IPv6 only'
complete -c culvert -s n -l nodns -d 'Look up no names here'
complete -c culvert -s w -l connect-timeout -x -d 'Give up when the tunnel does not stand by then'
complete -c culvert -s m -l max-time -x -d 'End when all of it has taken so long'
complete -c culvert -l idle-timeout -x -d 'End when nothing was carried for so long'
complete -c culvert -s N -l shutdown -d 'Pass the end of the input on at once'
complete -c culvert -l shutdown-after -x -d 'Pass it on after so long a silence'
complete -c culvert -l no-shutdown -d 'Never pass the end of the input on'
complete -c culvert -l linger -x -d 'When one side has ended, end after so long a silence'
complete -c culvert -l keepalive -x -d 'Ask a silent peer so often whether it lives'
complete -c culvert -s q -l quit-after -x -d 'End so long after the end of the input'
complete -c culvert -s C -l crlf -d 'Send CR LF for each LF'
complete -c culvert -s d -l no-input -d 'Do not read standard input'
complete -c culvert -s F -l pass-fd -d 'Pass the connected socket to the parent'
complete -c culvert -s z -l check -d 'Try whether tunnels can be had, and say so'
complete -c culvert -l format -x -a 'text json prometheus' -d 'With --check, how it is told'
complete -c culvert -l json -d 'With --check, the same as --format json'
complete -c culvert -s j -l jobs -x -d 'With --check, so many at a time'
complete -c culvert -l count -x -d 'With --check, so often'
complete -c culvert -l interval -x -d 'With --count, so long from one to the next'
complete -c culvert -l banner -x -d 'With --check, wait so long for the target to speak'
complete -c culvert -s L -l local-forward -x -d 'Listen, and lead each connection to a target'
complete -c culvert -s D -l dynamic-forward -x -d 'Listen as a proxy of HTTP and SOCKS'
complete -c culvert -l allow -x -d 'Serve addresses of this network'
complete -c culvert -l allow-user -x -a '(__fish_complete_users)' -d 'Serve this user of this machine, too'
complete -c culvert -l any-user -d 'Serve every user of this machine'
complete -c culvert -l listen-user-file -r -F -d 'Clients have to show one of these passwords'
complete -c culvert -l max-tunnels -x -d 'So many connections at a time'
complete -c culvert -l drain -x -d 'How long tunnels may go on after SIGTERM'
complete -c culvert -s v -l verbose -d 'Say what is done; twice, show the heads as well'
complete -c culvert -l log-file -r -F -d 'Append what is told to a file as well'
complete -c culvert -l trace -r -F -d 'Append what -vv tells to a file'
complete -c culvert -l trace-data -d 'Write what is carried to the trace as well'
complete -c culvert -l no-sandbox -d "Keep what isn't needed once a tunnel is open"
complete -c culvert -l config -r -F -d 'Take options from a file'
complete -c culvert -l explain -d 'Say what would be done, and send nothing'
complete -c culvert -s V -l version -d 'Print the version'
complete -c culvert -s h -l help -d 'Print the help'
