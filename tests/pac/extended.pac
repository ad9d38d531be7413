// https://six.test:22/ = PROXY 2001-db8--7.1.0:1
// https://inside.test:22/ = PROXY 192.0.2.7.1.0:1
// https://unknown.test:22/ = PROXY unknown:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return "PROXY old:1";
}

function FindProxyForURLEx(url, host)
{
	if (!isResolvableEx(host))
		return "PROXY unknown:1";
	return "PROXY " + dnsResolveEx(host).replace(/[;:]/g, "-") + "." + getClientVersion() + ":1";
}
