// https://www.example.com:443/ = DIRECT
// https://example.org:22/ = PROXY a:1
function FindProxyForURL(url, host)
{
	return dnsDomainIs(host, "ample.com") ? "DIRECT" : "PROXY a:1";
}
