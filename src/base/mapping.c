/*
 * Access to a page that the file no longer has raises SIGBUS, and so does writing to a page for which the disk has no room. The
 * handler puts a private page of zeroes there and marks the mapping as damaged. Any other SIGBUS ends the process as usual.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/mapping.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPINGS_MAX = 64 };

/* For the handler, which has no other way to find them. */
static struct mapping *volatile open_mappings[MAPPINGS_MAX];
static long page_size;

static bool is_in(const struct mapping *mapping, uintptr_t address)
{
	return mapping && address >= (uintptr_t)mapping->bytes && address - (uintptr_t)mapping->bytes < mapping->length;
}

static void replace_page(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr, page = address - address % (uintptr_t)page_size;
	(void)context;
	for (size_t i = 0; i < MAPPINGS_MAX; i++)
		if (is_in(open_mappings[i], address) &&
			mmap((void *)page, (size_t)page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
				MAP_FAILED) {
			open_mappings[i]->damaged = true;
			return;
		}
	signal(number, SIG_DFL); /* the access is repeated, and ends the process */
}

/* Installs the handler once in the life of a process. */
static int handle_faults(void)
{
	static bool handled;
	struct sigaction action = {.sa_sigaction = replace_page, .sa_flags = SA_SIGINFO | SA_NODEFER};
	if (handled)
		return 0;
	page_size = sysconf(_SC_PAGESIZE);
	sigemptyset(&action.sa_mask);
	if (page_size <= 0 || sigaction(SIGBUS, &action, NULL) < 0)
		return -1;
	handled = true;
	return 0;
}

int mapping_open(struct mapping *mapping, int file, size_t length)
{
	size_t place = 0;
	while (place < MAPPINGS_MAX && open_mappings[place])
		place++;
	if (place == MAPPINGS_MAX) {
		errno = EMFILE;
		return -1;
	}
	if (handle_faults() < 0)
		return -1;
	void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		return -1;
	*mapping = (struct mapping){.bytes = bytes, .length = length};
	open_mappings[place] = mapping;
	return 0;
}

void mapping_close(struct mapping *mapping)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++)
		if (open_mappings[i] == mapping)
			open_mappings[i] = NULL;
	if (mapping->bytes)
		munmap(mapping->bytes, mapping->length);
	*mapping = (struct mapping){0};
}
