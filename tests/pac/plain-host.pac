// https://intranet:443/ = DIRECT
// https://www.example.com:443/ = PROXY proxy:3128
function FindProxyForURL(url, host)
{
	if (isPlainHostName(host))
		return "DIRECT";
	return "PROXY proxy:3128";
}
