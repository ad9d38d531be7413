# SPDX-License-Identifier: ISC
# options.bash: what --help says about the options, for the tests of the manual and the completions.

# help_options: every option, one a line, sorted.
help_options() {
    "$CULVERT" --help | sed -nE 's/^ {2,6}(-[^ ,]+)(, (--[^ ]+))?( .*)?$/\1\n\3/p' | grep . | LC_ALL=C sort
}

# help_takers: those of them that take an argument. In --help it is in capitals, in quotes or a
# word; the text is two blanks off at least, or on the next line.
help_takers() {
    "$CULVERT" --help | sed -nE "s/^ {2,6}(-[^ ,]+)(, (--[^ ]+))? {1,2}('[^']*'|[^ ]+)(  .*)?$/\1\n\3/p" |
        grep . | LC_ALL=C sort
}

# same_options FILE WHAT: the file has just the options of --help.
same_options() {
    help_options >expected
    [ "$(wc -l <expected)" -ge 20 ] || fail "--help is not understood: $(cat expected)"
    LC_ALL=C sort -u "$1" | diff expected - >difference ||
        fail "options of --help (<) and of $2 (>) differ:
$(grep '^[<>]' difference)"
}
