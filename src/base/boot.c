/* The boot, as Linux names it: a random UUID in /proc. */
#include "base/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static char boot[64];
static ssize_t boot_length; /* 0 until it was read */

int boot_learn(void)
{
	if (boot_length > 0)
		return 0;
	int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	boot_length = read(file, boot, sizeof boot);
	if (boot_length == 0)
		errno = EIO;
	file_close(file);
	return boot_length > 0 ? 0 : -1;
}

int boot_mark(unsigned char mark[BOOT_MARK], const char *format, const char *owner)
{
	if (boot_learn() < 0)
		return -1;
	crypto_generichash_state state;
	crypto_generichash_init(&state, (const unsigned char *)format, strlen(format), BOOT_MARK);
	crypto_generichash_update(&state, (const unsigned char *)boot, (size_t)boot_length);
	crypto_generichash_update(&state, (const unsigned char *)owner, strlen(owner));
	return crypto_generichash_final(&state, mark, BOOT_MARK);
}
