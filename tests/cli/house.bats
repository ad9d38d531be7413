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

@test "nothing waits but the loop and the prompt for people" {
    run -0 "$top_srcdir"/tests/tools/check-waits "$top_srcdir"/src
    [ -z "$output" ]
}

@test "a call that may wait is found, and one that can't is none" {
    mkdir -p "$BATS_TEST_TMPDIR"/src/net "$BATS_TEST_TMPDIR"/src/auth-helper
    cat >"$BATS_TEST_TMPDIR"/src/net/tcp.c <<'SOURCE'
int a = poll(&poller, 1, 0); /* poll(&poller, 1, -1) */
int b = waitpid(pid, &status, WNOHANG);
int c = poll(&poller, count(1, 0),
	     deadline_poll_ms(until));
int d = waitpid(pid, &status, 0);
const char *text = "select(1)";
SOURCE
    cp "$BATS_TEST_TMPDIR"/src/net/tcp.c "$BATS_TEST_TMPDIR"/src/net/loop.c
    cp "$BATS_TEST_TMPDIR"/src/net/tcp.c "$BATS_TEST_TMPDIR"/src/auth-helper/main.c
    run -1 "$top_srcdir"/tests/tools/check-waits "$BATS_TEST_TMPDIR"/src
    [ "$output" = "net/tcp.c:3: poll(... deadline_poll_ms(until)) may wait
net/tcp.c:5: waitpid(... 0) may wait" ]
}

@test "no functions of two files share a name" {
    run -0 "$top_srcdir"/tests/tools/check-names "$top_srcdir"/src
    [ -z "$output" ]
}

@test "a name that two functions share is found" {
    mkdir -p "$BATS_TEST_TMPDIR"/src
    printf 'static int\tnoun_verb(int a,\n\t\t     int b)\n{\n}\n' >"$BATS_TEST_TMPDIR"/src/a.c
    printf 'void noun_verb(void)\n{\n\tother();\n}\n' >"$BATS_TEST_TMPDIR"/src/b.c
    printf 'void noun_verb(void);\nint other(void)\n{\n}\n' >"$BATS_TEST_TMPDIR"/src/c.h
    run -1 "$top_srcdir"/tests/tools/check-names "$BATS_TEST_TMPDIR"/src
    [ "$output" = "noun_verb: a.c b.c" ]
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
