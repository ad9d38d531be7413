// https://example:1/ = DIRECT
// https://www.example.com:443/ = PROXY a:1
// https://exampl:1/ = PROXY a:1
function FindProxyForURL(url, host)
{
	return shExpMatch(host, "example") ? "DIRECT" : "PROXY a:1";
}
