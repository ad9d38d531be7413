# SPDX-License-Identifier: ISC
# basic.bats: Basic authentication, and where the credentials come from.

load helper

setup() {
    test_begin
}

teardown() {
    test_end
}

# sent CREDENTIALS: the proxy has got just these, in one request.
sent() {
    local wanted
    wanted="Proxy-Authorization: Basic $(printf '%s' "$1" | base64 -w 0)"
    grep -qxF -- "$wanted"$'\r' "$PROXY_LOG" || fail "not sent: $wanted"
    [ "$(grep -c '^CONNECT ' "$PROXY_LOG")" = 1 ] || fail "there was more than one request"
}

# file_works CONTENTS CREDENTIALS: such a file makes such credentials.
file_works() {
    printf '%s' "$1" >credentials
    chmod 600 credentials
    start_proxy proxy --tunnel banner --credentials "$2"
    : >"$PROXY_LOG"
    run_culvert -N --proxy-basic -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    assert_out "$BANNER"$'\r\n'
    sent "$2"
}

@test "credentials are sent at once, between Host and User-Agent" {
    file_works $'me:secret\n' me:secret
    [ "$(cut -d : -f 1 "$PROXY_LOG" | head -n 4 | tr '\n' ' ')" = \
        "CONNECT host.example Host Proxy-Authorization User-Agent " ]
}

@test "-U has user and password" {
    start_proxy proxy --tunnel banner --credentials 'me:a b:c%20d'
    run_culvert -N --proxy-basic -x "$PROXY" -U 'me:a b:c%20d' host.example 22 </dev/null
    assert_status 0
    sent 'me:a b:c%20d'
}

@test "-U with nothing after the colon has an empty password" {
    start_proxy proxy --tunnel banner --credentials 'me:'
    run_culvert -N --proxy-basic -x "$PROXY" --proxy-user me: host.example 22 </dev/null
    assert_status 0
    sent 'me:'
}

@test "a proxy URL has user and password, percent-decoded" {
    start_proxy proxy --tunnel banner --credentials 'me@home:p/w:d é'
    run_culvert -N --proxy-basic -x "http://me%40home:p%2Fw%3Ad%20%C3%A9@$PROXY" host.example 22 </dev/null
    assert_status 0
    sent 'me@home:p/w:d é'
}

@test "what the proxy URL has comes before -U" {
    start_proxy proxy --tunnel banner --credentials me:right
    run_culvert -N --proxy-basic -x "http://me:right@$PROXY" -U other:wrong host.example 22 </dev/null
    assert_status 0
    sent me:right
}

@test "a file keeps the blanks of a password" {
    file_works $'me: two  words \n' 'me: two  words '
}

@test "a file may end in CR and LF" {
    file_works $'me:secret\r\n' me:secret
}

@test "a file may end without a line end" {
    file_works 'me:secret' me:secret
}

@test "only the first line of a file counts" {
    file_works $'me:secret\nmore\n' me:secret
}

@test "a password in UTF-8 goes out as it is" {
    file_works $'jörg:pässwörd €\n' 'jörg:pässwörd €'
}

@test "a password of any bytes goes out as it is" {
    file_works $'me:\x80\xff\x01%:"\\\n' $'me:\x80\xff\x01%:"\\'
}

@test "a password of 3000 bytes goes out whole" {
    local long
    long=$(printf 'abcdefghij%.0s' {1..300})
    file_works "me:$long" "me:$long"
}

@test "a file that is not there is told, and nothing is sent" {
    start_proxy proxy
    run_culvert --proxy-basic -x "$PROXY" --proxy-user-file no-such-file host.example 22 </dev/null
    [ "$status" != 0 ]
    assert_complaint no-such-file
    assert_untouched
}

@test "an empty file is told, and nothing is sent" {
    start_proxy proxy
    : >empty
    chmod 600 empty
    run_culvert --proxy-basic -x "$PROXY" --proxy-user-file empty host.example 22 </dev/null
    [ "$status" != 0 ]
    assert_complaint empty
    assert_untouched
}

@test "a wrong password is status 5 and is not sent for ever" {
    start_proxy proxy --credentials me:right
    printf 'me:wrong\n' >credentials
    chmod 600 credentials
    run_culvert --proxy-basic -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 5
    assert_complaint "$PROXY" 407
    (($(grep -c '^CONNECT ' "$PROXY_LOG") <= 2))
}

@test "no credentials where some are wanted is status 5, and none are made up" {
    start_proxy proxy --credentials me:right
    run_culvert --proxy-basic -x "$PROXY" host.example 22 </dev/null
    assert_status 5
    assert_complaint "$PROXY" 407
    refute_line_in "$PROXY_LOG" Proxy-Authorization
}

@test "-v never tells a password, nor what is made of it" {
    start_proxy proxy --tunnel banner --credentials me:tellnobody
    printf 'me:tellnobody\n' >credentials
    chmod 600 credentials
    run_culvert -N -vvvv -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
    assert_status 0
    [ -s "$ERR" ]
    refute_line_in "$ERR" tellnobody
    refute_line_in "$ERR" "$(printf me:tellnobody | base64)"
    CULVERT_PROXY=http://me:tellnobody@$PROXY run_culvert -N -vvvv host.example 22 </dev/null
    assert_status 0
    refute_line_in "$ERR" tellnobody
}

@test "a complaint does not tell the password of a proxy URL" {
    CULVERT_PROXY=http://me:tellnobody@127.0.0.1:$(closed_port) run_culvert host.example 22 </dev/null
    assert_status 3
    assert_complaint 127.0.0.1
    refute_line_in "$ERR" tellnobody
    CULVERT_PROXY=http://me:tellnobody@host:port run_culvert host.example 22 </dev/null
    assert_status 2
    refute_line_in "$ERR" tellnobody
}

@test "no_proxy keeps credentials from the target" {
    start_target checksum
    no_proxy='*' https_proxy=http://me:secret@127.0.0.1:1 run_culvert -N 127.0.0.1 "$TARGET_PORT" </dev/null
    assert_status 0
    assert_out "$(checksum </dev/null)"$'\n'
}
