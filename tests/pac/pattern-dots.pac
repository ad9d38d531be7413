// https://192.0.2.9:1/ = DIRECT
// https://192x0.2.9:1/ = PROXY a:1
// https://x.aab.c:1/ = PROXY a:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return shExpMatch(host, "*.a+b.c") || shExpMatch(host, "192.0.2.*") ? "DIRECT" : "PROXY a:1";
}
