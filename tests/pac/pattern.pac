// https://www.example.com:443/ = PROXY a:1
// https://example.com:443/ = DIRECT
// https://db1.example.org:443/ = PROXY b:1
// https://db12.example.org:443/ = DIRECT
// https://x.org:22/ = PROXY c:1
// https://wwwxexample.com:443/ = DIRECT
function FindProxyForURL(url, host)
{
	if (shExpMatch(host, "*.example.com"))
		return "PROXY a:1";
	if (shExpMatch(host, "db?.example.org"))
		return "PROXY b:1";
	if (shExpMatch(url, "https://*:22/*"))
		return "PROXY c:1";
	return "DIRECT";
}
