// https://a:1/ = PROXY level0:1
// https://a.b:1/ = PROXY level1:1
// https://a.b.c.d:1/ = PROXY level3:1
function FindProxyForURL(url, host)
{
	return "PROXY level" + dnsDomainLevels(host) + ":1";
}
