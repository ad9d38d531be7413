// https://www.example.com:443/ = PROXY always:1
function FindProxyForURL(url, host)
{
	if (dateRange(1990, 2999) && dateRange("JAN", "DEC") && dateRange(1, 31) && dateRange(1, "JAN", 1990, 31, "DEC", 2999, "GMT"))
		return "PROXY always:1";
	return "DIRECT";
}
