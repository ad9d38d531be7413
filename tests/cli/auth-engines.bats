# SPDX-License-Identifier: ISC
# auth-engines.bats: which engine makes a value, and what is said where one is missing.

load helper

setup() {
    test_begin
    server_need cc
    need_engine gss
    need_engine curl
    (umask 077 && echo me:secret >credentials)
    export KRB5CCNAME=FILE:$TEST_DIR/no-tickets KRB5_CONFIG=/dev/null
    # a library that is loaded before the sanitizer's is no fault here
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
}

teardown() {
    test_end
}

# without NAME...: culvert in a directory of its own, without some of its parts.
without() {
    local part
    rm -rf bin
    mkdir bin
    for part in culvert culvert-auth culvert-auth-gss.so culvert-auth-curl.so; do
        [[ " $* " = *" $part "* ]] || cp "$(dirname "${CULVERT_BUILT:=$CULVERT}")/$part" bin
    done
    CULVERT=$TEST_DIR/bin/culvert
}

# preload: makes a library of the C that standard input has, which culvert and its helper load first.
preload() {
    cat >shim.c
    cc -shared -fPIC -Wall -Werror -o shim.so shim.c -ldl
    SHIM=$TEST_DIR/shim.so
}

# shimmed ARGUMENT...: run_culvert with that library, if there is one.
shimmed() {
    LD_PRELOAD=${SHIM:-}${LD_PRELOAD:+:$LD_PRELOAD} run_culvert "$@"
}

# The next libcurl, as Debian builds it.
mask_ntlm_of_libcurl() {
    preload <<'SOURCE'
#include <curl/curl.h>
#include <dlfcn.h>
curl_version_info_data *curl_version_info(CURLversion age)
{
	static curl_version_info_data copy;
	curl_version_info_data *(*next)(CURLversion) = (curl_version_info_data * (*)(CURLversion))
		dlsym(dlopen("libcurl.so.4", RTLD_NOW), "curl_version_info");
	copy = *next(age);
	copy.features &= ~CURL_VERSION_NTLM;
	return &copy;
}
SOURCE
}

# A GSSAPI without NTLM.
mask_gss_ntlmssp() {
    export GSS_MECH_CONFIG=/dev/null
}

tells() {
    shimmed -V
    assert_status 0
    grep -q "^authentication: $1$" "$OUT" || fail "$(cat "$OUT")"
}

# asks CHALLENGE: a proxy that asks for this, whatever it gets.
asks() {
    start_proxy status:407 --header "Proxy-Authenticate: $1"
}

answer() {
    shimmed -x "$PROXY" --proxy-user-file credentials host.example 22 </dev/null
}

# sent_nothing: no value of any scheme has come to the proxy.
sent_nothing() {
    run ! grep -qi '^Proxy-Authorization' "$PROXY_LOG" || fail "a value was sent"
}

# has_curl_ntlm: skips the test where libcurl has no NTLM.
has_curl_ntlm() {
    GSS_MECH_CONFIG=/dev/null "$CULVERT" -V | grep -q '^authentication: NTLM by libcurl' ||
        skip "this libcurl has no NTLM"
}

has_ntlm() {
    "$CULVERT" -V | grep -q '^authentication: NTLM by GSSAPI' || skip "gss-ntlmssp is not installed"
}

@test "-V tells for each scheme who does it, or what would" {
    has_curl_ntlm
    has_ntlm
    tells 'Digest by libcurl/[0-9.]*'
    tells 'NTLM by GSSAPI with gss-ntlmssp'
    tells 'Negotiate by GSSAPI with gss-ntlmssp'
    mask_gss_ntlmssp
    tells 'NTLM by libcurl/[0-9.]*'
    tells 'Negotiate by GSSAPI'
    mask_ntlm_of_libcurl
    tells 'NTLM not here: GSSAPI does it once the package gss-ntlmssp is installed; this libcurl ([0-9.]*) lacks it'
}

@test "-V tells which engine was not built" {
    without culvert-auth-gss.so culvert-auth-curl.so
    if [ -z "$(find /usr/local/lib/culvert /usr/lib/culvert -name 'culvert-auth-*' 2>/dev/null)" ]; then
        tells 'Digest not here: culvert with libcurl (culvert-auth-curl.so) is not installed'
        tells 'Negotiate not here: culvert with GSSAPI (culvert-auth-gss.so) is not installed; culvert with libcurl (culvert-auth-curl.so) is not installed'
    fi
}

@test "NTLM works where libcurl has none" {
    has_ntlm
    mask_ntlm_of_libcurl
    asks NTLM
    answer
    assert_status 5
    grep -q '^Proxy-Authorization: NTLM TlRMTVNTUAAB' "$PROXY_LOG"
}

@test "NTLM works where GSSAPI has none, by libcurl" {
    has_curl_ntlm
    mask_gss_ntlmssp
    tells 'NTLM by libcurl/[0-9.]*'
    asks NTLM
    answer
    assert_status 5
    grep -q '^Proxy-Authorization: NTLM TlRMTVNTUAAB' "$PROXY_LOG"
}

@test "where neither has NTLM nothing is sent, and the package is named that would mend it" {
    mask_gss_ntlmssp
    mask_ntlm_of_libcurl
    asks NTLM
    answer
    assert_status 5
    assert_line_in "$ERR" "NTLM cannot be used: GSSAPI does it once the package gss-ntlmssp is installed"
    [ "$(grep -c '^CONNECT' "$PROXY_LOG")" = 1 ]
    sent_nothing
}

@test "libcurl answers for GSSAPI where the clock of the proxy is years off" {
    has_ntlm
    has_curl_ntlm
    # with the time of 2022, which gss-ntlmssp refuses
    asks "NTLM TlRMTVNTUAACAAAABgAGADgAAAAFgomgASNFZ4mrze8AAAAAAAAAABoAGgA+AAAACgBhSgAAAA9EAE8ATQACAAYARABPAE0ABwAIAACAIJvLgtgBAAAAAA=="
    answer
    assert_status 5
    assert_line_in "$ERR" "answered 407"
    [ "$(grep -c '^Proxy-Authorization: NTLM TlRMTVNTUAAD' "$PROXY_LOG")" = 1 ]
    : >"$PROXY_LOG"
    (umask 077 && echo 'jörg:secret' >credentials)
    answer
    assert_status 5
    run ! grep -q '^Proxy-Authorization: NTLM TlRMTVNTUAAD' "$PROXY_LOG"
}

@test "libcurl gets no user and no password beyond ASCII for NTLM" {
    has_curl_ntlm
    local pair
    mask_gss_ntlmssp
    tells 'NTLM by libcurl/[0-9.]*'
    asks NTLM
    for pair in 'jörg:secret' 'me:geheimnüs'; do
        : >"$PROXY_LOG"
        (umask 077 && echo "$pair" >credentials)
        answer
        assert_status 5
        assert_line_in "$ERR" "beyond ASCII"
        assert_line_in "$ERR" "gss-ntlmssp"
        sent_nothing
    done
}

@test "a libcurl that answers with Basic when it is asked for NTLM is not listened to" {
    has_curl_ntlm
    mask_gss_ntlmssp
    preload <<'SOURCE'
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#undef curl_easy_setopt
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	CURLcode (*next)(CURL *, CURLoption, ...) = (CURLcode(*)(CURL *, CURLoption, ...))
		dlsym(dlopen("libcurl.so.4", RTLD_NOW), "curl_easy_setopt");
	va_list list;
	void *value;
	va_start(list, option);
	value = va_arg(list, void *);
	va_end(list);
	return next(easy, option, option == CURLOPT_PROXYAUTH ? (void *)(long)(CURLAUTH_BASIC | CURLAUTH_ONLY) : value);
}
/* what it is told has the same length */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	static const char basic[] = "HTTP/1.1 407 Authenticat\r\nProxy-Authenticate: Basic\r\n"
				    "Content-Length: 0\r\n\r\n";
	const char *text = data;
	if (len == sizeof(basic) - 1 && memcmp(text, basic, 12) == 0)
		text = basic;
	return sendto(fd, text, len, flags, NULL, 0);
}
SOURCE
    asks NTLM
    answer
    assert_status 5
    assert_line_in "$ERR" "libcurl answers with another scheme"
    sent_nothing
}

@test "Digest is not sent with the end of a line in the user" {
    start_proxy status:407 --header 'Proxy-Authenticate: Digest realm="a", nonce="b", qop="auth"'
    run_culvert -x "http://me%0D%0Ax:secret@$PROXY" host.example 22 </dev/null
    [ "$status" = 5 ] || assert_status 2
    sent_nothing
}

@test "a token of 100,000 bytes is carried whole" {
    preload <<'SOURCE'
#include <gssapi/gssapi.h>
#include <stdlib.h>
#include <string.h>
OM_uint32 gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t credential, gss_ctx_id_t *context,
			       gss_name_t target, gss_OID mechanism, OM_uint32 flags,
			       OM_uint32 seconds, gss_channel_bindings_t bindings,
			       gss_buffer_t input, gss_OID *actual, gss_buffer_t output,
			       OM_uint32 *gets, OM_uint32 *time)
{
	*minor = 0;
	output->length = 100000;
	output->value = malloc(output->length);
	memset(output->value, 'x', output->length);
	return GSS_S_CONTINUE_NEEDED;
}
SOURCE
    has_ntlm
    asks NTLM
    answer
    assert_status 5
    [ "$(sed -n 's/^Proxy-Authorization: NTLM //p' "$PROXY_LOG" | tr -d '\r\n' | base64 -d | tr -d x | wc -c)" = 0 ]
    [ "$(sed -n 's/^Proxy-Authorization: NTLM //p' "$PROXY_LOG" | head -n 1 | tr -d '\r' | base64 -d | wc -c)" = 100000 ]
}

@test "one engine is loaded for one scheme, and libcurl for Digest alone" {
    server_need strace
    has_ntlm
    asks NTLM
    strace -f -o trace -e trace=openat "$CULVERT" -x "$PROXY" --proxy-user-file credentials host.example 22 \
        </dev/null 2>/dev/null || true
    grep -q 'culvert-auth-gss.so' trace
    run ! grep -q 'libcurl' trace || fail "libcurl is loaded"
    asks 'Digest realm="a", nonce="b", qop="auth"'
    strace -f -o trace -e trace=openat "$CULVERT" -x "$PROXY" --proxy-user-file credentials host.example 22 \
        </dev/null 2>/dev/null || true
    grep -q 'culvert-auth-curl.so' trace
    run ! grep -q 'culvert-auth-gss.so' trace || fail "GSSAPI is loaded"
}

@test "no listener is there while libcurl works for which another user could wait" {
    server_need strace
    asks 'Digest realm="a", nonce="b", qop="auth"'
    strace -f -o trace -e trace=accept,accept4,socketpair "$CULVERT" -x "$PROXY" \
        --proxy-user-file credentials host.example 22 </dev/null 2>/dev/null || true
    grep -q socketpair trace
    run ! grep -q 'accept' trace || fail "somebody is let in"
}
