/* /etc/machine-id is made when a system is installed. In images of virtual machines and containers it is empty or missing. */
#define _DEFAULT_SOURCE /* gethostname */
#include "base/host.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { MACHINE_ID = 32, HASH = (HOST_NAME - 1) / 2 };

static size_t read_machine_id(char id[MACHINE_ID])
{
	int file = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t n = file < 0 ? -1 : read(file, id, MACHINE_ID);
	file_close(file);
	return n == MACHINE_ID ? MACHINE_ID : 0; /* empty in images, or "uninitialized" */
}

void host_name(char name[HOST_NAME])
{
	static const unsigned char use[] = "seeother: a host";
	char source[HOST_NAME_MAX + 1] = "";
	unsigned char hash[HASH];
	_Static_assert(sizeof source >= MACHINE_ID, "either fits");
	size_t n = read_machine_id(source);
	if (!n && gethostname(source, sizeof source) == 0)
		n = strnlen(source, sizeof source);
	crypto_generichash(hash, sizeof hash, (const unsigned char *)source, n, use, sizeof use - 1);
	sodium_bin2hex(name, HOST_NAME, hash, sizeof hash);
}
