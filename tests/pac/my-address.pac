// https://www.example.com:443/ = PROXY home:1
function FindProxyForURL(url, host)
{
	if (isInNet(myIpAddress(), "198.51.100.0", "255.255.255.0"))
		return "PROXY home:1";
	return "PROXY away:1";
}
