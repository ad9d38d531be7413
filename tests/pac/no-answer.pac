// https://x:1/ = PROXY a:1
// https://null:1/ = DIRECT
// https://y:1/ = DIRECT
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	if (host == "null")
		return null;
	if (host == "x")
		return "PROXY a:1";
}
