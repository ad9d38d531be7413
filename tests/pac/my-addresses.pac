// https://www.example.com:443/ = PROXY 2.::1;2001:db8::1;192.0.2.9;192.0.2.10false
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return "PROXY " + sortIpAddressList(myIpAddressEx()).split(";").length + "." + sortIpAddressList("192.0.2.9;::1;192.0.2.10; 2001:db8::1") + sortIpAddressList("x");
}
