# SPDX-License-Identifier: ISC
# git.bash: a git daemon for the tests, with a repository "one" that may be cloned and pushed to.
#
# git_start [SECONDS]
#   Sets GIT_PORT and GIT_SERVED, the directory with the repository "one", in which there is one commit
#   with the file GIT_SERVED/file. The server thinks for so many seconds before it sends a pack.
# git_through PROXY COMMAND...
#   Runs a git, or what calls it, that takes each connection of git:// from culvert.
# git_in DIRECTORY ARGUMENT...
#   Runs git there, with nothing of the user's configuration.

# shellcheck source=common.bash
. "$top_srcdir/tests/servers/common.bash"

GIT_FILE_SIZE=3000000

git_in() {
    git_alone git -C "$@"
}

# git_alone COMMAND...: runs it with a configuration of its own.
git_alone() {
    HOME=$GIT_SERVED GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 "$@"
}

git_configure() {
    GIT_SERVED=$SERVER_DIR
    rm -rf "$GIT_SERVED/one" "$GIT_SERVED/first"
    cat >"$GIT_SERVED/.gitconfig" <<CONFIG
[user]
    name = The tests
    email = tests@culvert.example
[uploadpack]
    packObjectsHook = $GIT_SERVED/think
[init]
    defaultBranch = main
CONFIG
    printf '#!/bin/sh\nsleep %s\nexec "$@"\n' "$GIT_THINKS" >"$GIT_SERVED/think"
    chmod +x "$GIT_SERVED/think"
    "$top_srcdir/tests/tools/target" --pattern $GIT_FILE_SIZE >"$GIT_SERVED/file"
    {
        git_in "$GIT_SERVED" init -q first
        cp "$GIT_SERVED/file" "$GIT_SERVED/first"
        git_in "$GIT_SERVED/first" add file
        git_in "$GIT_SERVED/first" commit -q -m "The first"
        git_in "$GIT_SERVED" clone -q --bare first one
    } </dev/null
}

git_run() {
    HOME=$GIT_SERVED GIT_CONFIG_NOSYSTEM=1 exec git daemon --base-path="$GIT_SERVED" --export-all \
        --enable=receive-pack --listen=127.0.0.1 --port="${SERVER_PORTS[0]}" "$GIT_SERVED"
}

git_start() {
    GIT_THINKS=${1:-0}
    server_launch git 1 || return
    export GIT_PORT=${SERVER_PORTS[0]} GIT_SERVED=$SERVER_DIR
    server_tell "with a real $(git --version)"
}

git_through() {
    cat >"$TEST_DIR/git-proxy" <<SCRIPT
#!/bin/sh
exec "$CULVERT" -x "$1" "\$@"
SCRIPT
    chmod +x "$TEST_DIR/git-proxy"
    GIT_PROXY_COMMAND=$TEST_DIR/git-proxy git_alone "${@:2}"
}
