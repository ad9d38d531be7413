// https://inside.test:22/ = PROXY 192.0.2.7:1
// https://unknown.test:22/ = PROXY unknown:1
// https://192.0.2.9:22/ = PROXY 192.0.2.9:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	var address = dnsResolve(host);
	if (address == null)
		return "PROXY unknown:1";
	return "PROXY " + address + ":1";
}
