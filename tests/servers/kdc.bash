# SPDX-License-Identifier: ISC
# kdc.bash: a Kerberos KDC with a realm of its own for the tests.
#
# kdc_start
#   Sets KDC_REALM, KDC_DIR and KRB5_CONFIG. There is a user "culvert" whose password is KDC_PASSWORD,
#   and a keytab of HTTP/localhost in KDC_DIR/keytab.
# kdc_ticket [OPTION]...
#   Gets, by kinit with these options, the user a ticket; sets KRB5CCNAME, a file in the directory of the test.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

KDC_REALM=CULVERT.TEST
KDC_PASSWORD='a pass, word'

kdc_admin() {
    KRB5_KDC_PROFILE=$SERVER_DIR/kdc.conf KRB5_CONFIG=$SERVER_DIR/krb5.conf "$@" >/dev/null
}

kdc_configure() {
    cat >"$SERVER_DIR/krb5.conf" <<CONFIG
[libdefaults]
    default_realm = $KDC_REALM
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    $KDC_REALM = {
        kdc = 127.0.0.1:${SERVER_PORTS[0]}
    }
[domain_realm]
    localhost = $KDC_REALM
CONFIG
    cat >"$SERVER_DIR/kdc.conf" <<CONFIG
[kdcdefaults]
    kdc_listen = 127.0.0.1:${SERVER_PORTS[0]}
    kdc_tcp_listen = 127.0.0.1:${SERVER_PORTS[0]}
[realms]
    $KDC_REALM = {
        database_name = $SERVER_DIR/principal
        key_stash_file = $SERVER_DIR/stash
        acl_file = $SERVER_DIR/acl
        max_life = 1h
    }
[logging]
    kdc = FILE:$SERVER_DIR/kdc.log
CONFIG
    rm -f "$SERVER_DIR"/principal* "$SERVER_DIR/keytab"
    printf 'master\nmaster\n' | kdc_admin kdb5_util create -s -W 2>/dev/null
    kdc_admin kadmin.local <<COMMANDS 2>/dev/null
addprinc -pw "$KDC_PASSWORD" culvert
addprinc -randkey HTTP/localhost
ktadd -k $SERVER_DIR/keytab HTTP/localhost
COMMANDS
    # squid's helper runs as squid's user.
    chmod 644 "$SERVER_DIR/keytab"
}

kdc_run() {
    export KRB5_KDC_PROFILE=$SERVER_DIR/kdc.conf KRB5_CONFIG=$SERVER_DIR/krb5.conf
    exec krb5kdc -n -P "$SERVER_DIR/kdc.pid"
}

kdc_start() {
    server_launch kdc 1 || return
    export KDC_REALM KDC_DIR=$SERVER_DIR KRB5_CONFIG=$SERVER_DIR/krb5.conf
    server_tell "with a real MIT Kerberos KDC"
}

kdc_ticket() {
    export KRB5CCNAME=FILE:$TEST_DIR/tickets
    kinit "$@" culvert@"$KDC_REALM" <<<"$KDC_PASSWORD" >/dev/null
}
