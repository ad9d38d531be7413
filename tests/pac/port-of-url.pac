// https://x.test:22/ = SOCKS5 ssh:1080
// https://www.example.com:443/ = PROXY a:1
function FindProxyForURL(url, host)
{
	var port = /:(\d+)\/$/.exec(url);
	return port && port[1] == "22" ? "SOCKS5 ssh:1080" : "PROXY a:1";
}
