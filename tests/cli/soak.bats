# SPDX-License-Identifier: ISC
# soak.bats: random tunnels; `make soak ROUNDS=20000` plays more of them.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

@test "200 random tunnels lose no byte and end with the right status, whichever way they end" {
    timeout 120 "$top_srcdir/tests/soak/soak" --culvert "$CULVERT" --rounds 200 3>&- 4>&-
}

@test "the random rounds find a loss where there is one" {
    printf '#!/bin/sh\n"%s" "$@" | head -c 1000\n' "$CULVERT" >lossy
    chmod +x lossy
    status=0
    "$top_srcdir/tests/soak/soak" --culvert "$PWD/lossy" --rounds 20 --seed 1 --kind input-first \
        >"$OUT" 3>&- 4>&- || status=$?
    assert_status 1
    assert_line_in "$OUT" "again: "
}
