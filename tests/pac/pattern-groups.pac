// https://www.example.com:443/ = DIRECT
// https://db.example.org:1/ = DIRECT
// https://x.example.org:1/ = PROXY a:1
function FindProxyForURL(url, host)
{
	return shExpMatch(host, "(www|db).example.(com|org)") ? "DIRECT" : "PROXY a:1";
}
