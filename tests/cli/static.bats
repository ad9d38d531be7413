# SPDX-License-Identifier: ISC
# static.bats: the program that is linked statically, in a root with nothing else in it.

load helper

setup() {
    test_begin
    is_static || skip "this build is not static"
    unshare -r chroot / true 2>/dev/null || skip "no other root can be had here"
    mkdir root
    cp "$CULVERT" root/culvert
}

teardown() {
    test_end
}

# run_alone ARGUMENT...: runs it with nothing but itself to be found.
run_alone() {
    status=0
    timeout 20 unshare -r chroot root /culvert "$@" >"$OUT" 2>"$ERR" || status=$?
}

@test "a tunnel is opened from an empty root" {
    start_proxy proxy --tunnel echo
    run_alone -N -x "$PROXY" host.example 22 <<<hello
    assert_status 0
    assert_out "hello
"
}

@test "a password is given from an empty root" {
    start_proxy proxy --tunnel banner --credentials 'me:a b:c'
    run_alone -U 'me:a b:c' -x "$PROXY" host.example 22 </dev/null
    assert_status 0
}

@test "targets are checked from an empty root" {
    start_proxy proxy --tunnel banner
    run_alone --check -x "$PROXY" host.example:22 host.example:443 </dev/null
    assert_status 0
    [ "$(grep -c ' open ' "$OUT")" = 2 ]
}

@test "a numeric address needs no file, and a name that can't be looked up is told" {
    run_alone -x "127.0.0.1:$(closed_port)" host.example 22 </dev/null
    assert_status 3
    assert_complaint "Connection refused"
    run_alone -x nowhere.invalid:3128 host.example 22 </dev/null
    assert_status 3
    assert_complaint nowhere.invalid
}

@test "what it can't do alone is said" {
    run_alone -x https://127.0.0.1:1 host.example 22 </dev/null
    assert_status 2
    assert_complaint "TLS cannot be used"
    run_alone -V
    assert_status 0
    assert_line_in "$OUT" "TLS: none"
}
