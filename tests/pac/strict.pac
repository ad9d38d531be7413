// https://www.example.com:443/ = PROXY [2,4,6]:1
// what other programs say of it differs
"use strict";
function FindProxyForURL(url, host)
{
	var seen = [1, 2, 3].map(function (n) {
		return n * 2;
	});
	return "PROXY " + JSON.stringify(seen) + ":1";
}
