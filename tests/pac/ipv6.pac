// https://[2001:db8::7]:22/ = DIRECT
// https://[2001:db9::7]:22/ = PROXY false:1
// https://192.0.2.9:22/ = DIRECT
// https://name.test:22/ = PROXY false:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	if (isInNetEx(host, "2001:db8::/32") || isInNetEx(host, "192.0.2.0/24"))
		return "DIRECT";
	return "PROXY " + isInNetEx(host, "nonsense") + ":1";
}
