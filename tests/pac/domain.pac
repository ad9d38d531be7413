// https://db.example.com:22/ = DIRECT
// https://www.example.com:443/ = PROXY proxy:3128; DIRECT
// https://notexample.com:22/ = PROXY proxy:3128; DIRECT
function FindProxyForURL(url, host)
{
	if (dnsDomainIs(host, ".example.com") && host != "www.example.com")
		return "DIRECT";
	return "PROXY proxy:3128; DIRECT";
}
