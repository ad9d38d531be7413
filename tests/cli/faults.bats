# SPDX-License-Identifier: ISC
# faults.bats: calls that fail, a few of all, the same each time; `make faults` has all of them fail.

load helper

setup() {
    test_begin
    strace -o /dev/null true || skip 'needs strace, which may be kept from tracing'
    ! is_sanitized || skip 'what looks for errors of memory falls over calls that fail'
}

teardown() {
    test_end
}

# faults ARGUMENT...: with the library that is preloaded, where there is one.
faults() {
    local shim=$top_builddir/tests/faults/shim.so
    [ ! -e "$shim" ] || set -- --shim "$shim" "$@"
    timeout 300 "$top_srcdir/tests/faults/faults" "$@" 3>&- 4>&-
}

@test "whatever call fails, the end is right and says why" {
    faults --culvert "$CULVERT" --part 0.004 --seed 1
}

@test "a call that does nothing, and says so, is no end of anything" {
    faults --culvert "$CULVERT" --match '(splice|sendfile)/./=0' plain files
}

@test "a fault that loses a byte is found, and told with the command that has it again" {
    printf '#!/bin/sh\n"%s" "$@" | head -c 1000\n' "$CULVERT" >lossy
    chmod +x lossy
    status=0
    faults --culvert "$PWD/lossy" --only plain/splice/1/EAGAIN >"$OUT" 2>&1 || status=$?
    assert_status 1
    assert_line_in "$OUT" '1000 bytes came out'
    assert_line_in "$OUT" '--only plain/splice/1/EAGAIN'
}
