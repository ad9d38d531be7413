// https://www.example.com:443/ = PROXY always:1
function FindProxyForURL(url, host)
{
	if (timeRange(0, 23) && timeRange(0, 0, 23, 59) && timeRange(0, 0, 0, 23, 59, 59, "GMT"))
		return "PROXY always:1";
	return "DIRECT";
}
