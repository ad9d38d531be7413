# SPDX-License-Identifier: ISC
# sshd.bash: an OpenSSH server for the tests, and what a client needs to log in to it.
#
# sshd_start [CONFIGURATION LINE]...
#   Sets SSHD_PORT, SSHD_USER (who runs the tests: the only one who can log in) and SSH_CONFIG, for
#   ssh -F and scp -F: it has everything but the ProxyCommand. The server is called "server" there.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

sshd_configure() {
    [ -e "$SERVER_DIR/host_key" ] || {
        ssh-keygen -q -t ed25519 -N '' -C '' -f "$SERVER_DIR/host_key"
        ssh-keygen -q -t ed25519 -N '' -C '' -f "$SERVER_DIR/user_key"
        cp "$SERVER_DIR/user_key.pub" "$SERVER_DIR/authorized_keys"
    } </dev/null
    cat >"$SERVER_DIR/sshd_config" <<CONFIG
Port ${SERVER_PORTS[0]}
ListenAddress 127.0.0.1
HostKey $SERVER_DIR/host_key
AuthorizedKeysFile $SERVER_DIR/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
UseDNS no
Subsystem sftp internal-sftp
${SSHD_LINES}
CONFIG
    printf 'server %s\n' "$(cat "$SERVER_DIR/host_key.pub")" >"$SERVER_DIR/known_hosts"
    cat >"$SERVER_DIR/ssh_config" <<CONFIG
Host server
    HostName 127.0.0.1
    HostKeyAlias server
    Port ${SERVER_PORTS[0]}
    User $(id -un)
    IdentityFile $SERVER_DIR/user_key
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile $SERVER_DIR/known_hosts
    StrictHostKeyChecking yes
    BatchMode yes
    LogLevel ERROR
CONFIG
}

sshd_run() {
    exec "$(command -v sshd)" -D -e -f "$SERVER_DIR/sshd_config"
}

sshd_start() {
    SSHD_LINES=$(printf '%s\n' "$@")
    # As root it shuts its unprivileged half in here. Another sshd may come to need the directory, so
    # it stays.
    if [ "$(id -u)" = 0 ]; then
        mkdir -p /run/sshd
        chmod 755 /run/sshd
    fi
    server_launch sshd 1 || return
    export SSHD_PORT=${SERVER_PORTS[0]} SSHD_USER SSH_CONFIG=$SERVER_DIR/ssh_config
    SSHD_USER=$(id -un)
    server_tell "with a real $(ssh -V 2>&1)"
}
