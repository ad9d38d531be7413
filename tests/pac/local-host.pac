// https://www:443/ = DIRECT
// https://www.example.com:443/ = DIRECT
// https://ww:443/ = PROXY a:1
// https://home.example.com:443/ = PROXY a:1
function FindProxyForURL(url, host)
{
	if (localHostOrDomainIs(host, "www.example.com"))
		return "DIRECT";
	return "PROXY a:1";
}
