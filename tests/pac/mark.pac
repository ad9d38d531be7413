// https://www.example.com:443/ = DIRECT
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return "DIRECT";
}
