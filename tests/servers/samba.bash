# SPDX-License-Identifier: ISC
# samba.bash: samba's SAM with users of its own, behind winbindd, for squid's ntlm_auth.
#
# samba_start USER:PASSWORD...
#   Sets SAMBA_DIR and SAMBA_DOMAIN; the users needn't be users of this machine. Skips the test where
#   that can't be: winbindd has to be root, and nss_wrapper makes the users up.
# samba_helper PROTOCOL
#   Prints the command of ntlm_auth as a helper of squid, of that protocol (squid-2.5-ntlmssp,
#   gss-spnego).
# samba_bad_passwords USER
#   Prints how many wrong passwords the server has counted.
# samba_stop
#   Ends what winbindd has started and servers_stop doesn't know.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

SAMBA_DOMAIN=LABHOST

# nss_wrapper: prints where it is.
nss_wrapper() {
    compgen -G '/usr/lib*/*/libnss_wrapper.so' || compgen -G '/usr/lib*/libnss_wrapper.so' || true
}

# samba_need: skips the test unless it can run.
samba_need() {
    server_need winbindd ntlm_auth pdbedit
    [ "$(id -u)" = 0 ] || skip "winbindd has to be root"
    [ -n "$(nss_wrapper)" ] || skip "nss_wrapper is not installed"
}

# samba_env COMMAND...: runs it where the users exist, and winbindd is the one of the tests.
samba_env() {
    env LC_ALL=C.UTF-8 LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD="$SAMBA_DIR/passwd" \
        NSS_WRAPPER_GROUP="$SAMBA_DIR/group" SELFTEST_WINBINDD_SOCKET_DIR="$SAMBA_DIR/run" "$@"
}

samba_configure() {
    local name user number=70000
    SAMBA_DIR=$SERVER_DIR
    for name in private lock state cache pid ncalrpc run; do
        mkdir -p "$SERVER_DIR/$name"
    done
    cat >"$SERVER_DIR/smb.conf" <<CONFIG
[global]
netbios name = $SAMBA_DOMAIN
workgroup = $SAMBA_DOMAIN
server role = standalone server
security = user
passdb backend = tdbsam:$SERVER_DIR/private/passdb.tdb
private dir = $SERVER_DIR/private
lock directory = $SERVER_DIR/lock
state directory = $SERVER_DIR/state
cache directory = $SERVER_DIR/cache
pid directory = $SERVER_DIR/pid
ncalrpc dir = $SERVER_DIR/ncalrpc
winbindd socket directory = $SERVER_DIR/run
log file = $SERVER_DIR/log.%m
interfaces = lo
bind interfaces only = yes
ntlm auth = ntlmv2-only
unix charset = UTF-8
idmap config * : range = 100000-200000
load printers = no
disable spoolss = yes
CONFIG
    cp /etc/passwd "$SERVER_DIR/passwd"
    cp /etc/group "$SERVER_DIR/group"
    for user in "${SAMBA_USERS[@]}"; do
        echo "${user%%:*}:x:$((++number)):65534::/:/bin/false" >>"$SERVER_DIR/passwd"
    done
    for user in "${SAMBA_USERS[@]}"; do
        printf '%s\n%s\n' "${user#*:}" "${user#*:}" |
            samba_env pdbedit -s "$SERVER_DIR/smb.conf" -t -a -u "${user%%:*}"
    done >/dev/null
    # nothing is counted while nothing could come of it
    samba_env pdbedit -s "$SERVER_DIR/smb.conf" -P 'bad lockout attempt' -C 50 >/dev/null
}

samba_run() {
    cd "$SERVER_DIR" || return
    exec env LC_ALL=C.UTF-8 LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD="$SAMBA_DIR/passwd" \
        NSS_WRAPPER_GROUP="$SAMBA_DIR/group" SELFTEST_WINBINDD_SOCKET_DIR="$SAMBA_DIR/run" \
        winbindd -s "$SERVER_DIR/smb.conf" -F --no-process-group
}

samba_lets_in() {
    samba_env timeout 5 ntlm_auth --configfile="$SAMBA_DIR/smb.conf" --domain="$SAMBA_DOMAIN" \
        --username="${SAMBA_USERS[0]%%:*}" --password="${SAMBA_USERS[0]#*:}" >/dev/null 2>&1
}

samba_start() {
    local tries=100
    SAMBA_USERS=("$@")
    server_launch samba 0 || return
    export SAMBA_DIR=$SERVER_DIR SAMBA_DOMAIN
    until samba_lets_in; do
        ((tries-- > 0)) || { tail -n 20 "$SERVER_DIR"/log.* "$SERVER_DIR/output" >&2; return 1; }
        sleep 0.1
    done
    # squid's helpers are not root, and this is where they prove who they are
    chgrp "$(id -gn proxy 2>/dev/null || id -gn squid)" "$SAMBA_DIR/state/winbindd_privileged"
    server_tell "with a real samba $(winbindd --version | sed 's/^Version //')"
}

samba_helper() {
    printf '%s' "/usr/bin/env LC_ALL=C.UTF-8 LD_PRELOAD=libnss_wrapper.so" \
        " NSS_WRAPPER_PASSWD=$SAMBA_DIR/passwd NSS_WRAPPER_GROUP=$SAMBA_DIR/group" \
        " SELFTEST_WINBINDD_SOCKET_DIR=$SAMBA_DIR/run" \
        " $(command -v ntlm_auth) --configfile=$SAMBA_DIR/smb.conf --helper-protocol=$1"
}

samba_bad_passwords() {
    samba_env pdbedit -s "$SAMBA_DIR/smb.conf" -v -u "$1" |
        sed -n 's/^Bad password count *: *//p'
}

samba_stop() {
    local file=${SAMBA_DIR:-/nowhere}/pid/samba-dcerpcd.pid
    [ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null || true
}
