/* SPDX-License-Identifier: ISC */
/* foreign.c: what other programs call things, and what that is here. */
#include "options/foreign.h"
#include "base/text.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A word of another program's, with what is said of it. */
struct foreign {
	const char *option;
	const char *hint;
};

static const char one_proxy[] = "the proxy is -x HOST:PORT";
static const char further_proxy[] = "a further proxy is a further -x, in the order of the way";
static const char https_proxy[] = "TLS with the proxy is -x https://HOST:PORT";
static const char target_tls[] = "TLS with the target is --tls, which verifies its certificate";
static const char target_words[] = "the target is two words: HOST PORT";
static const char socks[] = "a SOCKS proxy is -x socks5h://HOST:PORT, or socks4a:// or socks4://";
static const char listening[] =
	"listening is -L [BIND:]PORT:HOST:HOSTPORT, or -D [BIND:]PORT for a proxy";
static const char no_udp[] = "a tunnel through CONNECT carries TCP alone";
static const char no_source[] = "the address and port to come from can't be chosen";
static const char no_program[] =
	"culvert starts no program; let one start it, or join them by pipes";
static const char by_proxy[] = "the target's name is looked up by the last proxy, always";
static const char credentials[] = "credentials are -U USER[:PASSWORD] or --proxy-user-file FILE";
static const char not_needed[] = "leave it out: nothing has to be asked for that";
static const char policy[] = "TLS is 1.2 or later, with the ciphers of the system's OpenSSL";
static const char proxy_auth[] =
	"schemes for the proxy are --proxy-auth LIST, or --proxy-basic and its kin";
static const char header[] = "a field for the proxy is --proxy-header 'NAME: VALUE'";
static const char insecure[] = "certificates are not verified with --proxy-insecure (the proxy's) "
			       "or --insecure (the target's)";
static const char hexdump[] = "a dump of what is carried is --trace FILE --trace-data";
static const char retry[] = "culvert tries once; let a loop of the shell try again";
static const char wait[] = "the time until the tunnel is open is -w SECONDS";
static const char idle[] = "the longest silence is --idle-timeout SECONDS";
static const char quiet[] = "nothing is said without -v but failures";

static const struct foreign foreigns[] = {
	/* letters, of whichever programs have them */
	{"-A", "what is said as User-Agent is --user-agent TEXT"},
	{"-a", "proxytunnel's is -L PORT:HOST:HOSTPORT; curl's and connect's have no like here"},
	{"-B", "proxytunnel's is for TLS that old proxies spoil; leave it out"},
	{"-b", "nc's and curl's have no like here; leave it out"},
	{"-c", "proxytunnel's certificate is --proxy-cert FILE, nc's TLS with the target --tls; a "
	       "command isn't started"},
	{"-E", "proxytunnel's is -x https://HOST:PORT, curl's is --proxy-cert FILE or --cert FILE"},
	{"-e",
	 "proxytunnel's is --tls; ncat's would start a program; wget's proxy is -x HOST:PORT"},
	{"-f", "a failure has a status and a line of its own always; leave it out"},
	{"-G", "ncat's has no like here; leave it out"},
	{"-g", "ncat's has no like here; leave it out"},
	{"-H", "connect's proxy is -x HOST:PORT, proxytunnel's and curl's field is --proxy-header"},
	{"-I", "nc's and proxytunnel's have no like here; leave it out"},
	{"-i", "ncat's is --idle-timeout SECONDS, nc's is --interval SECONDS with --check"},
	{"-J", further_proxy},
	{"-K", "curl's is --config FILE"},
	{"-k", "curl's is --proxy-insecure (the proxy's certificate) or --insecure (the target's); "
	       "nc's listener goes on until it is ended: -L or -D"},
	{"-l", listening},
	{"-M", "nc's has no like here; leave it out"},
	{"-O", "nc's has no like here; leave it out"},
	{"-o", "what comes goes to standard output; ncat's dump is --trace FILE --trace-data"},
	{"-p", "the proxy is -x HOST:PORT; curl's needs no asking for, and nc's port to come from "
	       "can't be chosen"},
	{"-R",
	 "proxytunnel's is -U behind the second -x; connect's: the proxy looks up the target"},
	{"-r", further_proxy},
	{"-S", "connect's is -x socks5h://HOST:PORT; curl's: failures are told always"},
	{"-s",
	 "curl's: nothing is said without -v but failures; nc's address to come from can't be "
	 "chosen"},
	{"-T", "nc's and proxytunnel's have no like here; socat's is --idle-timeout SECONDS"},
	{"-t", "nothing is answered to telnet, the bytes are carried as they are; proxytunnel's "
	       "domain goes before the user: 'DOMAIN\\USER'"},
	{"-u", "nc's UDP can't be carried by CONNECT; curl's user is -U USER"},
	{"-W", "ssh's: the target is two words, HOST PORT; nc's has no like here"},
	{"-Y", idle},
	{"-y", idle},
	{"-Z", "nc's has no like here; leave it out"},

	/* connect */
	{"-5", socks},

	/* proxytunnel */
	{"--remproxy", further_proxy},
	{"--remproxyauth", "the second proxy's credentials are -U behind the second -x"},
	{"--proxyauth", credentials},
	{"--passfile", "the credentials are in a file by --proxy-user-file FILE, user:password"},
	{"--dest", target_words},
	{"--encrypt", target_tls},
	{"--encrypt-proxy", https_proxy},
	{"--encrypt-remproxy", "TLS with the second proxy is https:// in the second -x"},
	{"--buggy-encrypt-proxy", https_proxy},
	{"--no-ssl3", not_needed},
	{"--tlsenforce", not_needed},
	{"--no-check-certificate", insecure},
	{"--header", header},
	{"--host", "the Host field is --proxy-header 'Host: NAME'"},
	{"--domain", "the domain goes before the user: 'DOMAIN\\USER'"},
	{"--ntlm", "NTLM alone is --proxy-ntlm"},
	{"--standalone", listening},
	{"--inetd", "standard input and output are the tunnel's always; leave it out"},
	{"--proctitle", "secrets in the arguments are overwritten; leave it out"},

	/* ncat */
	{"--recv-only", "that is -d"},
	{"--send-only", "that is -q 0 with the output to /dev/null"},
	{"--proxy-dns", by_proxy},
	{"--ssl", target_tls},
	{"--ssl-verify", "--tls verifies always; leave it out"},
	{"--ssl-trustfile", "the issuers are --cacert FILE"},
	{"--ssl-servername", "that is --tls-servername NAME"},
	{"--ssl-alpn", "that is --alpn LIST"},
	{"--ssl-cert", "that is --cert FILE"},
	{"--ssl-key", "that is --key FILE"},
	{"--ssl-ciphers", policy},
	{"--wait", wait},
	{"--delay", "nothing is delayed; leave it out"},
	{"--exec", no_program},
	{"--sh-exec", no_program},
	{"--lua-exec", no_program},
	{"--output", "what comes goes to standard output"},
	{"--hex-dump", hexdump},
	{"--append-output", hexdump},
	{"--listen", listening},
	{"--keep-open", "a listener, -L or -D, goes on until it is ended"},
	{"--broker", listening},
	{"--chat", listening},
	{"--max-conns", "that is --max-tunnels N"},
	{"--source", no_source},
	{"--source-port", no_source},
	{"--telnet", "the bytes are carried as they are; leave it out"},
	{"--udp", no_udp},
	{"--sctp", no_udp},
	{"--vsock", no_udp},
	{"--unixsock", "a proxy at a Unix socket is -x unix:/PATH"},

	/* curl */
	{"--proxytunnel", not_needed},
	{"--preproxy", further_proxy},
	{"--proxy1.0", "requests are HTTP/1.1, and answers of HTTP/1.0 are fine; use -x"},
	{"--proxy-pass", "the key of --proxy-cert is given without a password"},
	{"--retry", retry},
	{"--retry-delay", retry},
	{"--retry-max-time", retry},
	{"--retry-connrefused", retry},
	{"--silent", quiet},
	{"--show-error", quiet},
	{"--no-progress-meter", quiet},
	{"--no-buffer", not_needed},
	{"--suppress-connect-headers", not_needed},
	{"--fail", "a failure has a status and a line of its own always; leave it out"},
	{"--location", "a redirect of the proxy's is told, not followed"},
	{"--user", credentials},
	{"--oauth2-bearer",
	 "a token is --proxy-bearer-file FILE or --proxy-bearer-command COMMAND"},
	{"--trace-ascii", hexdump},
	{"--trace-time", "lines of --trace have the time always; leave it out"},
	{"--interface", no_source},
	{"--local-port", no_source},
	{"--speed-time", idle},
	{"--speed-limit", idle},
	{"--resolve", by_proxy},
	{"--connect-to", by_proxy},
	{"--tcp-nodelay", not_needed},
	{"--url", target_words},
	{"--request", "the request is CONNECT"},
	{"--anyauth", proxy_auth},
	{"--basic", proxy_auth},
	{"--digest", proxy_auth},
	{"--negotiate", proxy_auth},
	{"--netrc-optional", "that is --netrc, where a file that is missing is no error"},
	{"--keepalive-time", "that is --keepalive SECONDS"},
	{"--no-keepalive", "that is --keepalive 0"},
	{"--unix-socket", "a proxy at a Unix socket is -x unix:/PATH"},
	{"--abstract-unix-socket", "a proxy at such a socket is -x unix:@NAME"},
	{"--proxy-ciphers", policy},
	{"--proxy-tls13-ciphers", policy},
	{"--proxy-tlsv1", policy},
	{"--ciphers", policy},
	{"--tls13-ciphers", policy},
	{"--tlsv1", policy},
	{"--tlsv1.2", policy},
	{"--tlsv1.3", policy},
	{"--proxy-cert-type", "certificates and keys are PEM"},
	{"--proxy-key-type", "certificates and keys are PEM"},
	{"--cert-type", "certificates and keys are PEM"},
	{"--key-type", "certificates and keys are PEM"},
	{"--pubkey", "a public key that is expected is --pinnedpubkey"},
	{"--socks5-basic", "leave it out: a user and a password are offered when they are given"},
	{"--disable", "no file is read that isn't named"},
	{"--stderr", "what is told goes to a file as well by --log-file FILE"},
	{"--write-out", "times and more are told by --check --json"},
	{"--dump-header", "heads are shown by -vv"},
	{"--include", "heads are shown by -vv"},
	{"--upload-file", "what is sent comes from standard input"},
	{"--data", "what is sent comes from standard input"},
	{"--dns-servers", by_proxy},
	{"--doh-url", by_proxy},

	/* wget */
	{"--execute", "a setting of wget's; the proxy is -x HOST:PORT"},
	{"--proxy-password",
	 "credentials are -U USER, the password by --password-command or a prompt"},
	{"--tries", retry},
	{"--timeout", wait},
	{"--quiet", quiet},

	/* openssl s_client: long names behind one dash */
	{"-proxy", one_proxy},
	{"-connect", target_words},
	{"-proxy_user", credentials},
	{"-proxy_pass", credentials},
	{"-servername", "that is --tls --tls-servername NAME"},
	{"-CAfile", "that is --tls --cacert FILE"},
	{"-CApath", "that is --tls --capath DIR"},
	{"-starttls",
	 "the tunnel begins with TLS or never has it; let the program within speak it"},
	{"-quiet", quiet},
	{"-ign_eof", "that is --no-shutdown"},
	{"-verify", "certificates are verified always; leave it out"},
	{"-showcerts", "what is wrong with a certificate is told; leave it out"},
	{"-brief", quiet},
	{"-debug", "what is sent and received is told by -vv"},
	{"-msg", "what is sent and received is told by -vv"},
	{"-state", "what is done is told by -v"},
	{"-nocommands", not_needed},
	{"-tls1_2", policy},
	{"-tls1_3", policy},
	{"-verify_return_error", "certificates are verified always; leave it out"},
};

const char *foreign_hint(const char *option)
{
	for (size_t i = 0; i < sizeof(foreigns) / sizeof(foreigns[0]); i++)
		if (strcmp(foreigns[i].option, option) == 0)
			return foreigns[i].hint;
	return NULL;
}

/* Words that are arguments elsewhere, of options that are here, too. */
const char *foreign_argument_hint(const char *argument)
{
	size_t number = strspn(argument, "0123456789.");

	if (strcmp(argument, "4") == 0 || strcmp(argument, "5") == 0 ||
	    strncasecmp(argument, "socks", 5) == 0)
		return socks;
	if (number > 0 &&
	    (strcmp(argument + number, "s") == 0 || strcmp(argument + number, "ms") == 0 ||
	     strcmp(argument + number, "m") == 0 || strcmp(argument + number, "h") == 0))
		return "times are numbers of seconds, as in 0.5";
	return strchr(argument, ':') != NULL ? credentials : NULL;
}

/* The beginnings of socat's addresses; behind each are two colons at least, or none at all. */
const char *foreign_word_hint(const char *word)
{
	static const char *const addresses[] = {
		"PROXY:", "PROXY-CONNECT:", "SOCKS4:", "SOCKS4A:", "SOCKS5:",
		"TCP:",	  "TCP4:",	    "TCP6:",   "OPENSSL:"};

	if (strcasecmp(word, "STDIO") == 0)
		return "standard input and output are the tunnel's always; leave it out";
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		size_t len = strlen(addresses[i]);

		if (strncasecmp(word, addresses[i], len) == 0 && strchr(word + len, ':') != NULL)
			return "socat's PROXY:P:HOST:PORT,proxyport=N is -x P:N HOST PORT here";
	}
	return NULL;
}
