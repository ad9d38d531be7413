// https://www.example.com:443/ = alert: asked for www.example.com
//   = DIRECT
// what other programs say of it differs
function FindProxyForURL(url, host)
{
	alert("asked for " + host);
	return "DIRECT";
}
