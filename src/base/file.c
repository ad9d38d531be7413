/* SPDX-License-Identifier: ISC */
/* file.c: open and write files as wholes, whatever interrupts it. */
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_open(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

bool file_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0) {
			data += put;
			len -= (size_t)put;
		}
	}
	return true;
}
