// https://inside.test:22/ = DIRECT
// https://unknown.test:22/ = PROXY a:1
// https://six.test:22/ = PROXY a:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return isResolvable(host) ? "DIRECT" : "PROXY a:1";
}
