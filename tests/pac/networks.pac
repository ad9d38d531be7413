// https://10.1.2.3:22/ = DIRECT
// https://11.1.2.3:22/ = PROXY a:1
// https://192.0.2.63:22/ = PROXY a:1
// https://192.0.2.65:22/ = DIRECT
// https://192.0.2.127:22/ = DIRECT
// https://192.0.2.128:22/ = PROXY a:1
function FindProxyForURL(url, host)
{
	if (isInNet(host, "10.0.0.0", "255.0.0.0") || isInNet(host, "192.0.2.64", "255.255.255.192"))
		return "DIRECT";
	return "PROXY a:1";
}
