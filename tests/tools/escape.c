/*
 * Tries to step out of the sandbox, from inside of the program: preloaded, it takes the place of flock, which each post calls, and
 * the first time says on standard error what came of each attempt. ESCAPE_FILE names a file to read, ESCAPE_FOLDER where to write.
 * With ESCAPE_REMOVE it removes that file in the end, with ESCAPE_FLOOD it asks for more workers than anybody could wait for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file, *folder;

static const char *inside(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int as_descriptor(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
	return descriptor < 0 ? -1 : 0;
}

static int read_file(void) { return as_descriptor(open(file, O_RDONLY)); }
static int read_folder(void) { return as_descriptor(open(folder, O_RDONLY | O_DIRECTORY)); }
static int read_memory(void) { return as_descriptor(open("/proc/self/mem", O_RDWR)); }
static int write_file(void) { return as_descriptor(open(inside("written"), O_WRONLY | O_CREAT, 0600)); }
static int cut_file(void) { return truncate(file, 1 << 20); }
static int make_folder(void) { return mkdir(inside("made"), 0700); }
static int make_link(void) { return symlink("x", inside("symbolic")); }
static int link_file(void) { return link(file, inside("linked")); }
static int move_file(void) { return rename(inside("bait"), inside("moved")); }
static int remove_file(void) { return unlink(inside("prey")); }
static int internet(void) { return as_descriptor(socket(AF_INET, SOCK_STREAM, 0)); }
static int local(void) { return as_descriptor(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int trace(void) { return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0 ? -1 : (int)ptrace(PTRACE_DETACH, getppid(), NULL, NULL); }
static int signal_other(void) { return kill(getppid(), 0); }

/* What an own file has for its owner is told to that process by a signal, which can be chosen. */
static int signal_by_file(void)
{
	int descriptor = open("/", O_RDONLY | O_DIRECTORY), failed;
	descriptor = descriptor < 0 ? STDERR_FILENO : descriptor;
	failed = fcntl(descriptor, F_SETOWN, getppid());
	if (descriptor != STDERR_FILENO)
		close(descriptor);
	return failed;
}

static int fork_child(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return child < 0 || waitpid(child, NULL, 0) < 0 ? -1 : 0;
}

/* In a child where one can be had: a program that starts does not come back. */
static int start_program(void)
{
	char *const arguments[] = {"true", NULL};
	int status = 0;
	pid_t child = fork();
	if (child <= 0) {
		execve("/bin/true", arguments, NULL);
		if (child == 0)
			_exit(1);
		return -1;
	}
	errno = EPERM;
	return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static const struct attempt {
	const char *name;
	int (*make)(void);
} attempts[] = {
	{"read a file", read_file}, {"read a folder", read_folder}, {"write to itself", read_memory}, {"write a file", write_file},
	{"cut a file", cut_file}, {"make a folder", make_folder}, {"make a link", make_link}, {"link a file", link_file},
	{"move a file", move_file}, {"remove a file", remove_file}, {"use the network", internet}, {"use a local socket", local},
	{"trace", trace}, {"signal", signal_other}, {"signal by a file", signal_by_file}, {"fork", fork_child}, {"start a program", start_program},
};

/* Fills every connection, and reads nothing. */
static void flood(void)
{
	static const char words[4096];
	for (int descriptor = 3; descriptor < 20; descriptor++)
		for (int i = 0; i < 16 && send(descriptor, words, sizeof words, MSG_DONTWAIT) > 0; i++)
			;
}

int flock(int descriptor, int how)
{
	static int done;
	file = getenv("ESCAPE_FILE");
	folder = getenv("ESCAPE_FOLDER");
	for (size_t i = 0; !done && file && folder && i < sizeof attempts / sizeof *attempts; i++) {
		errno = 0;
		int failed = attempts[i].make() < 0;
		fprintf(stderr, "escape: %s: %s\n", attempts[i].name, failed ? strerror(errno) : "done");
	}
	if (!done && getenv("ESCAPE_REMOVE"))
		unlink(getenv("ESCAPE_REMOVE"));
	if (!done && getenv("ESCAPE_FLOOD"))
		flood();
	done = 1;
	return (int)syscall(SYS_flock, descriptor, how);
}
