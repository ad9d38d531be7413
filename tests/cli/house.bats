# house.bats: what src/README draws is what the sources do.

load helper

@test "no file includes what stands above it" {
    run -0 "$top_srcdir"/tests/tools/check-includes "$top_srcdir"/src
    [ -z "$output" ]
}

@test "an include that climbs is found" {
    mkdir -p "$BATS_TEST_TMPDIR"/src/base
    printf '#include "base/buffer.h"\n#include "net/tls.h"\n' >"$BATS_TEST_TMPDIR"/src/base/secret.c
    run -1 "$top_srcdir"/tests/tools/check-includes "$BATS_TEST_TMPDIR"/src
    [ "$output" = 'base/secret.c:2: climbs to net/tls.h' ]
}

@test "every source has its licence in its first line" {
    run -0 bash -c 'cd "$1" && find src tests -name "*.[ch]" -exec sh -c "for f; do head -n 1 \"\$f\" | grep -q SPDX-License-Identifier || echo \"\$f\"; done" sh {} +' bash "$top_srcdir"
    [ -z "$output" ]
}
