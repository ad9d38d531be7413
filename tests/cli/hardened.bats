# SPDX-License-Identifier: ISC
# hardened.bats: what the compiler and the linker were to do against those who find a mistake of ours.

load helper

setup() {
    test_begin
    grep -q '^HARDEN_LDFLAGS = *-Wl,-z,relro' "$top_builddir/Makefile" 2>/dev/null ||
        skip "this build is not to be hardened"
    ! is_static || skip "what is linked statically has nothing to bind"
    server_have readelf || skip "readelf is not installed"
}

teardown() {
    test_end
}

# each_binary FUNCTION: calls it with each of the binaries that were built.
each_binary() {
    local file
    for file in "$top_builddir"/src/culvert "$top_builddir"/src/culvert-auth "$top_builddir"/src/*.so; do
        [ ! -e "$file" ] || "$1" "$file" || fail "it is not so of ${file##*/}"
    done
}

# flags_of_segments FILE: the name and the flags of each, without blanks.
flags_of_segments() {
    readelf -lW "$1" | sed -nE 's/^  ([A-Z_]+) +0x[^R ]*.* ([R ][W ][E ]) +0x.*/\1 \2/p' | tr -d ' '
}

binds_at_once() {
    readelf -dW "$1" | grep -q 'FLAGS_1.* NOW' && readelf -lW "$1" | grep -q GNU_RELRO
}

loads_anywhere() {
    readelf -hW "$1" | grep -qE 'Type: +DYN'
}

# Code alone can be executed, and nothing that can be written.
separates_code() {
    local with
    ! flags_of_segments "$1" | grep -q '^[A-Z_]*R\?WE$' || return
    [ "$(flags_of_segments "$1" | grep -c '^LOADRE$')" = 1 ] || return
    with=$(readelf -lW "$1" | sed -n '/Segment Sections/,$p' | grep ' \.text ')
    [[ $with != *.rodata* && $with != *.eh_frame* ]]
}

# What a mistake in the stack runs into.
has_canaries() {
    readelf -sW --dyn-syms "$1" | grep -q __stack_chk_fail
}

@test "each binary is bound at once, and read-only from then on" {
    each_binary binds_at_once
}

@test "each binary is loaded anywhere" {
    each_binary loads_anywhere
}

@test "no binary has data that can be executed, or code that can be written" {
    each_binary separates_code
}

@test "each binary looks after its stack" {
    grep -q '^HARDEN_CFLAGS = .*stack-protector' "$top_builddir/Makefile" || skip "the compiler can't"
    each_binary has_canaries
}
