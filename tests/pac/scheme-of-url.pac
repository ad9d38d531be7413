// https://www.example.com:443/ = PROXY secure:1
function FindProxyForURL(url, host)
{
	if (url.substring(0, 6) == "https:")
		return "PROXY secure:1";
	return "PROXY plain:1";
}
