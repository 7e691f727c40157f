/*
 * filter ARCHITECTURE: prints the sandbox's filter of system calls, compiled by libseccomp, as a C array that seccomp.c includes, and
 * one that says the same in fewer steps. It runs at build time, since compiling takes longer than a whole CGI request.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "brief.h"

/* The calls of a process that answers requests; all others fail with ENOSYS. None starts a program or opens a socket. */
static const char *const calls[] = {
	/* memory, time, random bytes, the end */
	"brk",
	"mmap",
	"mmap2",
	"munmap",
	"mprotect",
	"mremap",
	"madvise",
	"clock_gettime",
	"clock_gettime64",
	"gettimeofday",
	"time",
	"nanosleep",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"getrandom",
	"futex",
	"restart_syscall",
	"exit",
	"exit_group",
	"wait4",
	"waitpid",
	"setitimer",
	"umask",
	/* signals */
	"rt_sigaction",
	"sigaction",
	"signal",
	"rt_sigprocmask",
	"sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"signalfd4",
	/* files; Landlock decides which of them */
	"open",
	"openat",
	"close",
	"close_range",
	"read",
	"pread64",
	"readv",
	"write",
	"pwrite64",
	"writev",
	"lseek",
	"_llseek",
	"stat",
	"stat64",
	"lstat",
	"lstat64",
	"fstat",
	"fstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getcwd",
	"getdents64",
	"flock",
	"fsync",
	"fdatasync",
	"syncfs",
	"sync_file_range",
	"sync_file_range2",
	"fallocate",
	"fstatfs",
	"fstatfs64",
	"ftruncate",
	"ftruncate64",
	"fadvise64",
	"fadvise64_64",
	"arm_fadvise64_64",
	"mkdir",
	"mkdirat",
	"rmdir",
	"unlink",
	"unlinkat",
	"rename",
	"renameat",
	"renameat2",
	"link",
	"linkat",
	"symlink",
	"symlinkat",
	"fgetxattr",
	"fchmod",
	"utimensat",
	"utimensat_time64",
	"msync",
	/* connections from the web server */
	"accept",
	"accept4",
	"getsockopt",
	"setsockopt",
	"getsockname",
	"getpeername",
	"shutdown",
	"recvfrom",
	"sendto",
	"sendmsg",
	"poll",
	"ppoll",
	"ppoll_time64",
	"select",
	"_newselect",
	"pselect6",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	/* identity */
	"getpid",
	"getppid",
	"gettid",
	"getuid",
	"geteuid",
	"getuid32",
	"geteuid32",
};

/* Allowed with certain second arguments only: a descriptor with an owner (F_SETOWN) would send that process signals. */
static const struct {
	const char *call;
	unsigned argument;
} some[] = {
	{"fcntl", F_GETFD}, {"fcntl", F_SETFD}, {"fcntl", F_GETFL}, {"fcntl", F_SETFL}, {"fcntl64", F_GETFD}, {"fcntl64", F_SETFD},
	{"fcntl64", F_GETFL}, {"fcntl64", F_SETFL}, {"ioctl", FIONREAD}, /* how many bytes a pipe holds */
};

/* Translates the first word of a compiler's name for a machine into libseccomp's. */
static uint32_t architecture(const char *machine)
{
	static const char *const names[][2] = {
		{"i386", "x86"},
		{"i486", "x86"},
		{"i586", "x86"},
		{"i686", "x86"},
		{"powerpc64le", "ppc64le"},
		{"powerpc64", "ppc64"},
		{"powerpc", "ppc"},
		{"armv7l", "arm"},
		{"armv7", "arm"},
		{"armv6l", "arm"},
		{"armv6", "arm"},
		{"armv5tel", "arm"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(machine, names[i][0]) == 0)
			return seccomp_arch_resolve_name(names[i][1]);
	return seccomp_arch_resolve_name(machine);
}

/*
 * A rule names a call by its number on this machine, or by one of libseccomp's own. libseccomp translates it for the other machine,
 * leaves out what that lacks, and allows socketcall where that stands for all calls on sockets.
 */
static int let_through(scmp_filter_ctx filter, const char *call, unsigned compared, unsigned argument)
{
	int number = seccomp_syscall_resolve_name(call);
	if (number == __NR_SCMP_ERROR)
		return 0; /* libseccomp is older than the call */
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, compared, SCMP_A1(SCMP_CMP_EQ, argument));
}

static int build(scmp_filter_ctx filter, uint32_t machine)
{
	/* The native one goes first: a filter holds machines of one byte order only. */
	if (seccomp_arch_native() != machine &&
		(seccomp_arch_remove(filter, seccomp_arch_native()) < 0 || seccomp_arch_add(filter, machine) < 0))
		return -1;
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree; without it, libseccomp is older than that */
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (let_through(filter, calls[i], 0, 0) < 0)
			return -1;
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		if (let_through(filter, some[i].call, 1, some[i].argument) < 0)
			return -1;
	return 0;
}

/* Has libseccomp compile the filter. */
static int compile(struct brief *compiled, uint32_t machine)
{
	FILE *file = tmpfile();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!file || !filter || build(filter, machine) < 0 || seccomp_export_bpf(filter, fileno(file)) < 0)
		return -1;
	rewind(file);
	*compiled = (struct brief){.machine = machine, .big_endian = !(machine & __AUDIT_ARCH_LE)};
	compiled->n = fread(compiled->steps, sizeof *compiled->steps, BRIEF_STEPS, file);
	return ferror(file) || !feof(file) ? -1 : 0;
}

/*
 * libseccomp exports the steps in the byte order of the machine that they are for, while the C array holds numbers. No code of a step is
 * above 255, so the first one, which is never 0, tells.
 */
static void swap_bytes(struct brief *filter)
{
	if (filter->steps->code <= UINT8_MAX)
		return;
	for (struct sock_filter *step = filter->steps; step < filter->steps + filter->n; step++) {
		step->code = (uint16_t)(step->code << 8 | step->code >> 8);
		step->k = step->k << 24 | (step->k & 0xff00) << 8 | (step->k >> 8 & 0xff00) | step->k >> 24;
	}
}

/* Makes the filter for processes that live for one request: a brief one, or the other where there is none. */
static void make_brief(struct brief *brief, const struct brief *filter)
{
	struct brief_case cases[sizeof some / sizeof *some];
	size_t n = 0;
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		int number = seccomp_syscall_resolve_name_arch(filter->machine, some[i].call);
		if (number >= 0)
			cases[n++] = (struct brief_case){(uint32_t)number, some[i].argument};
	}
	if (!brief_make(brief, filter, cases, n))
		*brief = *filter;
}

/*
 * The kernel tries a filter in advance on the numbers of all calls, to pass over it for those that it always allows. That takes longer
 * than it saves a process of few calls. A first step that changes nothing, but is of a kind that the kernel does not try, keeps it from it.
 */
static void print(const char *name, const struct brief *filter, bool untried)
{
	printf("static const struct sock_filter %s[] = {\n", name);
	if (untried)
		printf("{%u, 0, 0, 0u},\n", BPF_LDX | BPF_IMM);
	for (const struct sock_filter *step = filter->steps; step < filter->steps + filter->n; step++)
		printf("{%u, %u, %u, %uu},\n", step->code, step->jt, step->jf, step->k);
	printf("};\n");
}

int main(int argc, char **argv)
{
	static struct brief filter, brief;
	uint32_t machine = argc == 2 ? architecture(argv[1]) : 0;
	if (!machine || compile(&filter, machine) < 0) {
		fprintf(stderr, "filter: can't compile the sandbox's filter for %s\n", argc == 2 ? argv[1] : "no machine");
		return 1;
	}
	swap_bytes(&filter);
	make_brief(&brief, &filter);
	print("filter", &filter, false);
	print("brief_filter", &brief, true);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
