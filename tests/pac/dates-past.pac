// https://www.example.com:443/ = DIRECT
function FindProxyForURL(url, host)
{
	if (dateRange(1, "JAN", 1990, 31, "DEC", 1999) || dateRange(1990))
		return "PROXY never:1";
	return "DIRECT";
}
