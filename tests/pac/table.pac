// https://a.test:1/ = DIRECT
// https://x:1/ = PROXY a:1
// https://y:1/ = PROXY b:1
// https://z:1/ = PROXY c:1
var direct = {
	"a.test": 1,
	"b.test": 1
};
var proxies = ["PROXY a:1", "PROXY b:1", "PROXY c:1"];

function sum(text)
{
	var total = 0, i;
	for (i = 0; i < text.length; i++)
		total += text.charCodeAt(i);
	return total;
}

function FindProxyForURL(url, host)
{
	if (direct[host])
		return "DIRECT";
	return proxies[sum(host) % proxies.length];
}
