// https://www.example.com:443/ = PROXY always:1
function FindProxyForURL(url, host)
{
	if (weekdayRange("SUN", "SAT") && weekdayRange("SUN", "SAT", "GMT"))
		return "PROXY always:1";
	return "DIRECT";
}
