# SPDX-License-Identifier: ISC
# squid.bash: a squid for the tests.
#
# squid_start [CONFIGURATION LINE]...
#   Sets SQUID_PORT, open to all, and SQUID_AUTH_PORT, for which Basic credentials are needed:
#   SQUID_CREDENTIALS, which may be set before. It has no access rules but these: port 9 and
#   forbidden.example are denied, and CONNECT goes to any other port. SQUID_DIR/access.log tells
#   what happened. Lines given come before the rules, and behind the schemes and "acl known".
#   SQUID_SCHEMES names what SQUID_AUTH_PORT offers: basic (the default), digest, ntlm, negotiate. The
#   credentials go for basic and digest, anybody's for ntlm (its helper checks no passwords), and
#   tickets for HTTP/localhost in the realm of kdc.bash. samba_ntlm and samba_negotiate ask the samba of
#   samba.bash.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

SQUID_CREDENTIALS=${SQUID_CREDENTIALS:-"culvert:a pass:word, 50% off"}

squid_helper() {
    local directory
    for directory in /usr/lib/squid /usr/lib64/squid /usr/libexec/squid /usr/local/libexec; do
        if [ -x "$directory/$1" ]; then
            echo "$directory/$1"
            return
        fi
    done
    echo "squid has no $1" >&2
    return 1
}

squid_scheme_basic() {
    cat <<CONFIG
auth_param basic program $(squid_helper basic_ncsa_auth) $SERVER_DIR/passwords
auth_param basic children 2 startup=1 idle=1
auth_param basic realm the squid of the tests
CONFIG
}

squid_scheme_digest() {
    local user=${SQUID_CREDENTIALS%%:*} realm="squid, Basic of the tests"
    printf '%s:%s:%s\n' "$user" "$realm" \
        "$(printf '%s:%s:%s' "$user" "$realm" "${SQUID_CREDENTIALS#*:}" | md5sum | cut -d ' ' -f 1)" \
        >"$SERVER_DIR/digests"
    cat <<CONFIG
auth_param digest program $(squid_helper digest_file_auth) -c $SERVER_DIR/digests
auth_param digest children 2 startup=1 idle=1
auth_param digest realm $realm
CONFIG
}

squid_scheme_ntlm() {
    cat <<CONFIG
auth_param ntlm program $(squid_helper ntlm_fake_auth)
auth_param ntlm children 2 startup=1 idle=1
CONFIG
}

squid_scheme_negotiate() {
    cat <<CONFIG
auth_param negotiate program $(squid_helper negotiate_kerberos_auth) -s HTTP/localhost@$KDC_REALM -k $KDC_DIR/keytab
auth_param negotiate children 2 startup=1 idle=1
CONFIG
}

squid_scheme_samba_ntlm() {
    cat <<CONFIG
auth_param ntlm program $(samba_helper squid-2.5-ntlmssp)
auth_param ntlm children 2 startup=1 idle=1
CONFIG
}

squid_scheme_samba_negotiate() {
    cat <<CONFIG
auth_param negotiate program $(samba_helper gss-spnego)
auth_param negotiate children 2 startup=1 idle=1
CONFIG
}

squid_schemes() {
    local scheme
    for scheme in ${SQUID_SCHEMES:-basic}; do
        "squid_scheme_$scheme"
    done
}

squid_configure() {
    printf '%s:%s\n' "${SQUID_CREDENTIALS%%:*}" \
        "$(printf '%s\n' "${SQUID_CREDENTIALS#*:}" | openssl passwd -apr1 -stdin)" \
        >"$SERVER_DIR/passwords"
    cat >"$SERVER_DIR/squid.conf" <<CONFIG
http_port 127.0.0.1:${SERVER_PORTS[0]}
http_port 127.0.0.1:${SERVER_PORTS[1]}
pid_filename $SERVER_DIR/squid.pid
access_log stdio:$SERVER_DIR/access.log
cache_log $SERVER_DIR/cache.log
coredump_dir $SERVER_DIR
netdb_filename none
pinger_enable off
cache deny all
cache_mem 1 MB
memory_pools off
max_filedescriptors 1024
shutdown_lifetime 0 seconds
visible_hostname proxy.example
$(squid_schemes)
acl needs_credentials localport ${SERVER_PORTS[1]}
acl known proxy_auth REQUIRED
acl forbidden_port port 9
acl forbidden_domain dstdomain -n forbidden.example
${SQUID_LINES}
http_access deny forbidden_port
http_access deny forbidden_domain
http_access deny needs_credentials !known
http_access allow all
CONFIG
    # As root it gives up its rights, and still has to write here.
    if [ "$(id -u)" = 0 ]; then
        chown -R proxy "$SERVER_DIR" 2>/dev/null || chown -R squid "$SERVER_DIR"
    fi
}

squid_run() {
    exec squid -N -n "culvert$$x${SERVER_PORTS[0]}" -f "$SERVER_DIR/squid.conf"
}

squid_start() {
    SQUID_LINES=$(printf '%s\n' "$@")
    server_launch squid 2 || return
    export SQUID_PORT=${SERVER_PORTS[0]} SQUID_AUTH_PORT=${SERVER_PORTS[1]} SQUID_DIR=$SERVER_DIR
    export SQUID_CREDENTIALS
    server_tell "with a real $(squid -v | sed -n 's/^Squid Cache: Version/squid/p')"
}
