/*
 * LISTEN_FDS is the number of sockets, which begin at descriptor 3, and LISTEN_PID the process that they are for: a child inherits the
 * variables and must not believe them.
 */
#include "serve/activation.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/number.h"

enum { FIRST_PASSED = 3 };

bool activation_is_listening(int descriptor)
{
	int yes = 0;
	socklen_t n = sizeof yes;
	return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

static uint64_t passed_sockets(void)
{
	const char *process = getenv("LISTEN_PID"), *number = getenv("LISTEN_FDS");
	uint64_t pid, n;
	if (!process || !number || !number_read(process, INT32_MAX, &pid) || (pid_t)pid != getpid())
		return 0;
	return number_read(number, INT32_MAX, &n) ? n : 0;
}

int activation_take(int descriptor)
{
	uint64_t n = passed_sockets();
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (n == 0)
		return 0;
	if (!activation_is_listening(FIRST_PASSED)) {
		diag_error("systemd has passed a descriptor that is not a listening socket; the socket unit needs Accept=no");
		return -1;
	}
	if (n > 1)
		diag_error("systemd has passed %ju sockets; only the first is served", (uintmax_t)n);
	if (dup2(FIRST_PASSED, descriptor) < 0) {
		diag_system("the socket that systemd has passed can't be used");
		return -1;
	}
	for (uint64_t i = 0; i < n && i < 64; i++)
		close(FIRST_PASSED + (int)i);
	return 0;
}
