// https://www.example.com:443/ = DIRECT
function FindProxyForURL(url, host)
{
	// a comment
	return "DIRECT"
}
