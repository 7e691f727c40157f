/*
 * /proc/self/exe leads to the running program even if its file was replaced. Where /proc is not mounted, the path with which the
 * kernel started the program has to do; it is relative to the working folder of that moment, which this program never changes.
 */
#define _GNU_SOURCE /* syscall, AT_EXECFN */
#include "base/program.h"

#include <errno.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/path.h"

static const char own_link[] = "/proc/self/exe";

int program_path(char path[PATH_MAX])
{
	ssize_t n = readlink(own_link, path, PATH_MAX);
	if (n > 0 && n < PATH_MAX) {
		path[n] = '\0';
		return 0;
	}
	const char *started_as = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	if (!started_as || !*started_as)
		return errno = ENOENT, -1;
	return path_absolute(started_as, path);
}

void program_restart(char *const arguments[], char *const environment[])
{
	char path[PATH_MAX];
	execve(own_link, arguments, environment);
	if (program_path(path) == 0)
		execve(path, arguments, environment);
}

void program_close_from(int descriptor)
{
	struct rlimit limit;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)descriptor, ~0u, 0) == 0)
		return;
#endif
	int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
	for (; descriptor < end; descriptor++)
		close(descriptor);
}
