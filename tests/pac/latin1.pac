// https://www.example.com:443/ = PROXY 1.test:1
// what other programs say of it differs
// über alles
function FindProxyForURL(url, host)
{
	return "PROXY " + ("ü".length) + ".test:1";
}
