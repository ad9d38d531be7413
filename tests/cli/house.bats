# SPDX-License-Identifier: ISC
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

@test "every file that can say its licence does" {
    run -0 "$top_srcdir"/tests/tools/check-licences "$top_srcdir"
    [ -z "$output" ]
}

@test "a file without its licence is found" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p .ci completions man src tests/tools
    echo '# SPDX-License-Identifier: ISC' | tee bootstrap configure.ac Makefile.am >src/main.c
    printf '#!/bin/sh\n# target: nothing\n' >tests/tools/target
    run -1 "$top_srcdir"/tests/tools/check-licences .
    [ "$output" = tests/tools/target ]
}
