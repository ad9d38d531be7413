// https://10.0.0.1:22/ = PROXY a:1
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	return isInNet(host, "10.0.0", "255.0.0.0") || isInNet(host, "10.0.0.0", "x") ? "DIRECT" : "PROXY a:1";
}
