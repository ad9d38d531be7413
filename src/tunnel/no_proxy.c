/* SPDX-License-Identifier: ISC */
/* no_proxy.c: which targets need no proxy. */
#include "tunnel/no_proxy.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <string.h>

/* A member of the list, read. */
struct rule {
	struct endpoint host;	   /* an address, or a name without the dots around it */
	unsigned char address[16]; /* of an address */
	unsigned bits;		   /* of an address: how many of them count */
	uint16_t port;		   /* 0: any */
};

static bool separates(char c)
{
	return c == ',' || text_is_blank(c) || c == '\n' || c == '\r';
}

/* Take the next member of a list; false: none is left. */
static bool no_proxy_member(const char **list, struct slice *member)
{
	while (separates(**list))
		++*list;
	*member = (struct slice){*list, 0};
	while (**list != '\0' && !separates(**list))
		++*list;
	member->len = (size_t)(*list - member->data);
	return member->len > 0;
}

/* Cut ":port" from the end, unless its colons are those of an IPv6 address. False: it is none. */
static bool cut_port(struct slice *member, uint16_t *port)
{
	const char *last = memrchr(member->data, ':', member->len);
	size_t host_len = last ? (size_t)(last - member->data) : member->len;

	if (last == NULL)
		return true;
	if (member->data[0] == '[') {
		if (memchr(last, ']', member->len - host_len) != NULL)
			return true;
	} else if (memchr(member->data, ':', host_len) != NULL) {
		return true;
	}
	*port = endpoint_parse_port(last + 1, member->len - host_len - 1);
	member->len = host_len;
	return *port != 0;
}

/* Cut "/bits" from the end. False: it is no number. */
static bool cut_bits(struct slice *member, unsigned *bits)
{
	const char *slash = memchr(member->data, '/', member->len);
	const char *digit;

	if (slash == NULL)
		return true;
	*bits = 0;
	for (digit = slash + 1; digit < member->data + member->len; digit++) {
		if (!text_is_digit(*digit) || *bits > 128)
			return false;
		*bits = *bits * 10 + (unsigned)(*digit - '0');
	}
	member->len = (size_t)(slash - member->data);
	return digit > slash + 1;
}

static bool is_address(const struct endpoint *host)
{
	return host->form == HOST_IPV4 || host->form == HOST_IPV6;
}

/* Read an address that endpoint_parse_host() has let pass; the zone is left out. */
static bool read_address(const struct endpoint *host, unsigned char binary[16])
{
	char text[sizeof(host->host)];

	memcpy(text, host->host, sizeof(text));
	text[strcspn(text, "%")] = '\0';
	return inet_pton(host->form == HOST_IPV4 ? AF_INET : AF_INET6, text, binary) == 1;
}

/* A name without the dots around it, and without "*" before them. */
static struct slice bare_name(struct slice name)
{
	if (name.len > 1 && name.data[0] == '*' && name.data[1] == '.')
		slice_advance(&name, 1);
	while (name.len > 0 && name.data[0] == '.')
		slice_advance(&name, 1);
	while (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	return name;
}

/* False: the member can't be read. */
static bool rule_read(struct rule *rule, struct slice member)
{
	const unsigned none = ~0U;
	unsigned bits = none;
	unsigned width;

	*rule = (struct rule){.port = 0};
	if (!cut_port(&member, &rule->port) || !cut_bits(&member, &bits))
		return false;
	member = bare_name(member);
	if (endpoint_parse_host(&rule->host, member.data, member.len) != NULL)
		return false;
	if (!is_address(&rule->host))
		return bits == none;
	width = rule->host.form == HOST_IPV4 ? 32 : 128;
	rule->bits = bits == none ? width : bits;
	return rule->bits <= width && read_address(&rule->host, rule->address);
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned bytes = bits / 8;
	unsigned rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

/* Whether the target is this name, or is in the domain of this name. */
static bool name_matches(const char *rule, const struct endpoint *target)
{
	struct slice name = bare_name((struct slice){target->host, strlen(target->host)});
	size_t len = strlen(rule);
	size_t before;

	if (len > name.len)
		return false;
	before = name.len - len;
	if (before > 0 && name.data[before - 1] != '.')
		return false;
	return text_same(name.data + before, rule, len);
}

static bool rule_matches(const struct rule *rule, const struct endpoint *target)
{
	unsigned char address[16];

	if (rule->port != 0 && rule->port != target->port)
		return false;
	if (!is_address(target))
		return !is_address(&rule->host) && name_matches(rule->host.host, target);
	return rule->host.form == target->form && read_address(target, address) &&
	       same_bits(address, rule->address, rule->bits);
}

/* Whether "*" is all that the list holds. */
static bool is_all(const char *list)
{
	struct slice member;

	return no_proxy_member(&list, &member) && text_equal(member, "*") &&
	       !no_proxy_member(&list, &member);
}

bool no_proxy_exempts(const char *list, const struct endpoint *target)
{
	struct slice member;
	struct rule rule;

	if (list == NULL)
		return false;
	if (is_all(list))
		return true;
	while (no_proxy_member(&list, &member))
		if (rule_read(&rule, member) && rule_matches(&rule, target))
			return true;
	return false;
}

bool no_proxy_unreadable(const char *list, size_t *at, struct slice *member)
{
	const char *rest = list + *at;
	struct rule rule;

	if (is_all(list))
		return false;
	while (no_proxy_member(&rest, member)) {
		*at = (size_t)(rest - list);
		if (!rule_read(&rule, *member))
			return true;
	}
	return false;
}
