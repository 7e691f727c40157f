/*
 * A page of a mapped file that is not there any more, since the file was cut, raises SIGBUS. The handler puts a page of zeroes in its
 * place, of this process alone, and says so in the window; so it does where the disk has no room for a page that is written to. Any
 * other SIGBUS ends the process as ever.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/window.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WINDOWS_MAX = 64 };

/* What the handler may mend; only this file writes here, and a window is in it as long as it is mapped. */
static struct window *volatile open_windows[WINDOWS_MAX];
static long page_size;

static bool is_in(const struct window *window, uintptr_t address)
{
	return window && address >= (uintptr_t)window->bytes && address - (uintptr_t)window->bytes < window->length;
}

static void mend(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr, page = address - address % (uintptr_t)page_size;
	(void)context;
	for (size_t i = 0; i < WINDOWS_MAX; i++)
		if (is_in(open_windows[i], address) && mmap((void *)page, (size_t)page_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
			open_windows[i]->mended = true;
			return;
		}
	signal(number, SIG_DFL); /* the fault comes again, and ends the process */
}

/* Has SIGBUS handled from now on; once a process. -1 and errno where it can't. */
static int handle_faults(void)
{
	static bool handled;
	struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO | SA_NODEFER};
	if (handled)
		return 0;
	page_size = sysconf(_SC_PAGESIZE);
	sigemptyset(&action.sa_mask);
	if (page_size <= 0 || sigaction(SIGBUS, &action, NULL) < 0)
		return -1;
	handled = true;
	return 0;
}

int window_open(struct window *window, int file, size_t length)
{
	size_t place = 0;
	while (place < WINDOWS_MAX && open_windows[place])
		place++;
	if (place == WINDOWS_MAX) {
		errno = EMFILE;
		return -1;
	}
	if (handle_faults() < 0)
		return -1;
	void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		return -1;
	*window = (struct window){.bytes = bytes, .length = length};
	open_windows[place] = window;
	return 0;
}

void window_close(struct window *window)
{
	for (size_t i = 0; i < WINDOWS_MAX; i++)
		if (open_windows[i] == window)
			open_windows[i] = NULL;
	if (window->bytes)
		munmap(window->bytes, window->length);
	*window = (struct window){0};
}
