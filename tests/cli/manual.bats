# SPDX-License-Identifier: ISC
# manual.bats: the manual has what the program has, and nothing else.

load helper
load options

setup() {
    test_begin
    MANUAL=$top_srcdir/man/culvert.1
}

teardown() {
    test_end
}

# manual_items: the options that have a paragraph of their own, from the lines that begin it.
manual_items() {
    sed -n 's/^\.It \(Fl .*\)/\1/p' "$MANUAL" | manual_flags
}

# manual_flags: from mdoc to options: "Fl x Ar proxy , Fl -proxy" is -x and --proxy.
manual_flags() {
    grep -oE '\bFl [^ ]+' | sed 's/^Fl /-/'
}

# exit_statuses: the numbers in that section.
exit_statuses() {
    sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It \([0-9]*\)$/\1/p' "$MANUAL"
}

@test "the manual describes every option of --help, and no other" {
    manual_items >found
    same_options found "the manual"
}

@test "the manual describes an option once" {
    manual_items | sort | uniq -d >twice
    assert_file twice ""
}

@test "the manual speaks of no option that isn't there" {
    # "Fl 46dF" in the synopsis is many
    sed -n '/^\.Sh DESCRIPTION/,$p' "$MANUAL" | manual_flags | LC_ALL=C sort -u >spoken
    help_options >expected
    LC_ALL=C comm -23 spoken expected >strange
    assert_file strange ""
}

@test "the synopsis has the letters of --help" {
    sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$MANUAL" | manual_flags |
        sed 's/^-//; s/./-&\n/g' | grep . | LC_ALL=C sort -u >found
    help_options | grep -v '^--' | diff - found
}

@test "the manual gives an argument to the options that take one, and to no other" {
    help_takers >takers
    manual_items >items
    local option
    while read -r option; do
        if sed -n 's/^\.It Fl/Fl/p' "$MANUAL" |
            grep -qE -- "Fl ${option#-} (Ar|Cm)( |$)"; then
            grep -qxF -- "$option" takers || fail "$option takes no argument"
        else
            ! grep -qxF -- "$option" takers || fail "$option takes an argument"
        fi
    done <items
}

@test "every option says its default, but for those that are commands or have none" {
    local item
    awk '/^\.It Fl/ { item = $0; text = "" }
        { text = text " " $0 }
        /^\.(It|El|Sh)/ && !/^\.It Fl/ { item = "" }
        item && tolower(text) ~ /default/ { has[item] = 1 }
        item { all[item] = 1 }
        END { for (i in all) if (!has[i]) print i }' "$MANUAL" >without
    while read -r item; do
        case $item in
        *' -version'* | *' -help'* | *' -ipv4'* | *'Fl P '* | *' -no-shutdown'*) ;;
        *) fail "no default: $item" ;;
        esac
    done <without
}

@test "the manual has the exit statuses 0 to 9" {
    exit_statuses >found
    seq 0 9 | diff - found
}

@test "the manual names the variables that are read" {
    local name
    for name in CULVERT_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY http_proxy no_proxy \
        NO_PROXY CORKSCREW_AUTH; do
        sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/p' "$MANUAL" | grep -qw "$name" || fail "no $name"
    done
}

@test "mandoc finds nothing to complain of" {
    server_need mandoc
    # Whether other manuals are installed here is not what this is about.
    mandoc -T lint -W warning "$MANUAL" >complaints || true
    assert_file complaints ""
    mandoc -T utf8 -W error "$MANUAL" >/dev/null
}
