// https://inside.test:22/ = DIRECT
// https://outside.test:22/ = PROXY a:1
// https://unknown.test:22/ = PROXY a:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	if (isInNet(host, "192.0.2.0", "255.255.255.0"))
		return "DIRECT";
	return "PROXY a:1";
}
