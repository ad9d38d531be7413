// https://www.example.com:443/ = PROXY n3221225985:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return "PROXY n" + convert_addr("192.0.2.1") + ":1";
}
