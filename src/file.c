/* Open files; see file.h. */
#include "file.h"

#include <errno.h>
#include <unistd.h>

int file_write(int descriptor, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(descriptor, bytes, n);
		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

int file_flush(int descriptor)
{
	int failed;
	do
		failed = fsync(descriptor);
	while (failed && errno == EINTR);
	return failed;
}
