// https://www.example.com:443/ = PROXY a:3128; HTTPS b:443; SOCKS5 c:1080; SOCKS d; DIRECT
function FindProxyForURL(url, host)
{
	return "PROXY a:3128; HTTPS b:443; SOCKS5 c:1080; SOCKS d; DIRECT";
}
