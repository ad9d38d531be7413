/* utf8.c: characters in UTF-8. */
#include "utf8.h"

size_t utf8_character(const char *text, size_t len, uint32_t *number)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size;

	if (bytes[0] < 0x80) {
		*number = bytes[0];
		return 1;
	}
	size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size > len)
		return 0;
	*number = bytes[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*number = *number << 6 | (bytes[i] & 0x3f);
	}
	if (*number < least[size] || *number > 0x10ffff || (*number >= 0xd800 && *number <= 0xdfff))
		return 0;
	return size;
}
