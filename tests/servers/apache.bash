# SPDX-License-Identifier: ISC
# apache.bash: an Apache with mod_proxy_connect for the tests.
#
# apache_start [CONFIGURATION LINE]...
#   Sets APACHE_PORT, open to all, and APACHE_AUTH_PORT, for which Basic credentials are needed:
#   APACHE_CREDENTIALS, which may be set before. CONNECT goes to any port but 9. Lines given come at
#   the end, outside of the two virtual hosts; apache_module NAME gives a LoadModule line.
#   With APACHE_IS_PROXY=Off it is a web server and no more; APACHE_REQUIRES says who may use
#   APACHE_PORT instead of all.
#   With APACHE_SCHEME=Digest they are needed for Digest, and a nonce lives for a second.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

APACHE_CREDENTIALS=${APACHE_CREDENTIALS:-"culvert:a pass:word, 50% off"}

apache_program() {
    command -v apache2 || command -v httpd
}

apache_module_file() {
    local directory
    for directory in /usr/lib/apache2/modules /usr/lib64/httpd/modules; do
        if [ -e "$directory/mod_$1.so" ]; then
            echo "$directory/mod_$1.so"
            return
        fi
    done
    return 1
}

# apache_module NAME: the line that loads it; nothing when it is compiled in.
apache_module() {
    local file
    if file=$(apache_module_file "$1"); then
        echo "LoadModule ${1}_module $file"
    fi
}

apache_configure() {
    local module
    local user=${APACHE_CREDENTIALS%%:*} password=${APACHE_CREDENTIALS#*:}
    local realm="the Apache of the tests" lifetime=''
    if [ "${APACHE_SCHEME:-Basic}" = Digest ]; then
        printf '%s:%s:%s\n' "$user" "$realm" \
            "$(printf '%s:%s:%s' "$user" "$realm" "$password" | md5sum | cut -d ' ' -f 1)"
        lifetime='AuthDigestNonceLifetime 1'
    else
        printf '%s:%s\n' "$user" "$(printf '%s\n' "$password" | openssl passwd -apr1 -stdin)"
    fi >"$SERVER_DIR/passwords"
    {
        for module in mpm_event authn_core authn_file authz_core authz_user auth_basic auth_digest proxy \
            proxy_connect; do
            apache_module "$module"
        done
        if [ "$(id -u)" = 0 ]; then
            apache_module unixd
            id -u www-data >/dev/null 2>&1 && printf 'User www-data\nGroup www-data\n'
        fi
        cat <<CONFIG
ServerRoot $SERVER_DIR
ServerName proxy.example
PidFile $SERVER_DIR/apache.pid
DefaultRuntimeDir $SERVER_DIR
ErrorLog $SERVER_DIR/error.log
LogLevel info
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
Listen 127.0.0.1:${SERVER_PORTS[0]}
Listen 127.0.0.1:${SERVER_PORTS[1]}
AllowCONNECT 1-8 10-65535
<VirtualHost 127.0.0.1:${SERVER_PORTS[0]}>
    ProxyRequests ${APACHE_IS_PROXY:-On}
    <Proxy *>
        Require ${APACHE_REQUIRES:-all granted}
    </Proxy>
</VirtualHost>
<VirtualHost 127.0.0.1:${SERVER_PORTS[1]}>
    ProxyRequests On
    <Proxy *>
        AuthType ${APACHE_SCHEME:-Basic}
        AuthName "$realm"
        $lifetime
        AuthUserFile $SERVER_DIR/passwords
        Require valid-user
    </Proxy>
</VirtualHost>
${APACHE_LINES}
CONFIG
    } >"$SERVER_DIR/apache.conf"
}

apache_run() {
    exec "$(apache_program)" -d "$SERVER_DIR" -f "$SERVER_DIR/apache.conf" -DFOREGROUND
}

apache_start() {
    APACHE_LINES=$(printf '%s\n' "$@")
    server_launch apache 2 || return
    export APACHE_PORT=${SERVER_PORTS[0]} APACHE_AUTH_PORT=${SERVER_PORTS[1]} APACHE_CREDENTIALS
    server_tell "with a real $("$(apache_program)" -v | sed -n 's/^Server version: //p')"
}
