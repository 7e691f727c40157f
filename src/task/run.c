/*
 * A run gets descriptors 0 to 3, an environment of its own, a working folder that is removed when it ends, and limits of time,
 * memory and file size. It leads a process group, so that everything it started can be ended with it. Exit status 0 is success, 100
 * a failure for good; after any other status, or a signal, the job is tried again.
 */
#define _GNU_SOURCE /* pipe2 */
#include "task/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/program.h"
#include "base/number.h"

enum { FILE_MODE = 0640, FOLDER_MODE = 0700, FINAL = 100, GRACE_SECONDS = 2, CANT_START = 127, OPEN_FILES = 20, RANDOM_PART = 6 };

static int put_at(int descriptor, const char *path, int flags)
{
	int file = open(path, flags, FILE_MODE);
	if (file < 0 || (file != descriptor && dup2(file, descriptor) < 0))
		return -1;
	if (file != descriptor)
		close(file);
	return 0;
}

static int open_input(const struct run_options *options)
{
	if (options->input)
		return put_at(STDIN_FILENO, options->input, O_RDONLY);
	return lseek(options->input_file, 0, SEEK_SET) < 0 || dup2(options->input_file, STDIN_FILENO) < 0 ? -1 : 0;
}

static int put_third(int descriptor)
{
	return descriptor == 3 || dup2(descriptor, 3) == 3 ? 0 : -1;
}

/* Runs in the child. A failure goes to its standard error and so into the job's file. */
_Noreturn static void become_command(const struct run_options *options, const struct run *run, int progress, pid_t worker)
{
	sigset_t none;
	sigemptyset(&none);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* or the next worker would run the job again while this one goes on */
	if (getppid() == worker && chdir(run->folder) == 0 && open_input(options) == 0 &&
		put_at(STDOUT_FILENO, options->output ? options->output : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC) == 0 &&
		put_at(STDERR_FILENO, "stderr", O_RDWR | O_CREAT | O_TRUNC) == 0 &&
		put_third(options->data_file > 0 ? options->data_file : progress) == 0) {
		fcntl(3, F_SETFD, 0);
		program_close_from(4);
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){options->output_max, options->output_max});
		setrlimit(RLIMIT_AS, &(struct rlimit){options->memory_max, options->memory_max});
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(options->command[0], (char *const *)(uintptr_t)options->command, (char *const *)(uintptr_t)options->environment);
	}
	dprintf(STDERR_FILENO, "%s: %s\n", options->command[0], strerror(errno));
	_exit(CANT_START);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	if (remove(path) < 0)
		diag_system("%s: can't be removed", path);
	return 0;
}

/* A command may have made folders that nobody can write to. */
static int open_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)walk;
	if ((kind == FTW_D || kind == FTW_DNR) && chmod(path, FOLDER_MODE) < 0)
		diag_system("%s: can't be made accessible", path);
	return 0;
}

static void remove_folder(const char *path)
{
	nftw(path, open_entry, OPEN_FILES, FTW_PHYS);
	nftw(path, remove_entry, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}

static void folder_start(const char *node, char start[PATH_MAX])
{
	snprintf(start, PATH_MAX, "work%s%.100s.", *node ? "." : "", node);
}

void run_cleanup(const char *path, const char *node)
{
	char start[PATH_MAX], left[PATH_MAX];
	folder_start(node, start);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (strncmp(entry->d_name, start, strlen(start)) == 0 && strlen(entry->d_name) == strlen(start) + RANDOM_PART) {
			snprintf(left, sizeof left, "%.*s/%s", PATH_MAX - 300, path, entry->d_name);
			remove_folder(left);
		}
	if (folder)
		closedir(folder);
}

int run_begin(struct run *run, const struct run_options *options)
{
	int pipes[2] = {-1, -1};
	char start[PATH_MAX];
	pid_t worker = getpid();
	*run = (struct run){.process = -1,
		.progress_pipe = -1,
		.progress = -1,
		.deadline = date_uptime() + (int64_t)options->timeout * DATE_SECOND,
		.may_fork = options->may_fork};
	folder_start(options->node, start);
	snprintf(run->folder, sizeof run->folder, "%.*s/%.150sXXXXXX", PATH_MAX - 200, options->folder, start);
	if (!mkdtemp(run->folder)) {
		diag_system("%s: can't be made", run->folder);
		return -1;
	}
	if (pipe2(pipes, O_CLOEXEC) == 0 && fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0) /* the command's end blocks, as pipes do */
		run->process = fork();
	if (run->process == 0)
		become_command(options, run, pipes[1], worker);
	if (run->process < 0) {
		diag_system("%s: can't be started", options->command[0]);
		if (pipes[0] >= 0)
			close(pipes[0]);
		remove_folder(run->folder);
	} else {
		setpgid(run->process, run->process); /* parent and child both do, since either may run first */
		run->progress_pipe = pipes[0];
	}
	if (pipes[1] >= 0)
		close(pipes[1]);
	return run->process < 0 ? -1 : 0;
}

/* Takes the line "progress N"; true if the number is another one. Other lines are ignored. */
static bool read_progress(struct run *run)
{
	uint64_t number;
	int had = run->progress;
	run->line[run->line_n] = '\0';
	if (strncmp(run->line, "progress ", 9) == 0 && number_read(run->line + 9, 100, &number))
		run->progress = (int)number;
	run->line_n = 0;
	return run->progress != had;
}

bool run_listen(struct run *run)
{
	char piece[512];
	bool news = false;
	ssize_t n = run->progress_pipe >= 0 ? read(run->progress_pipe, piece, sizeof piece) : -1;
	if (n == 0) {
		close(run->progress_pipe);
		run->progress_pipe = -1;
	}
	for (ssize_t i = 0; i < n; i++)
		if (piece[i] == '\n')
			news |= read_progress(run);
		else if (run->line_n < sizeof run->line - 1)
			run->line[run->line_n++] = piece[i];
	return news;
}

void run_stop(struct run *run)
{
	kill(-run->process, run->stopped ? SIGKILL : SIGTERM);
	run->stopped = true;
	run->deadline = date_uptime() + GRACE_SECONDS * DATE_SECOND;
}

void run_check(struct run *run)
{
	if (date_uptime() >= run->deadline)
		run_stop(run);
}

/* Reads the last line of standard error that is not empty, made safe for terminals and pages. */
static void read_error(struct run *run)
{
	char path[PATH_MAX], tail[sizeof run->error];
	snprintf(path, sizeof path, "%.*s/stderr", PATH_MAX - 10, run->folder);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* the command may have put anything there */
	off_t size = file < 0 ? 0 : lseek(file, 0, SEEK_END);
	off_t from = size > (off_t)sizeof tail - 1 ? size - (off_t)sizeof tail + 1 : 0;
	ssize_t n = file < 0 ? 0 : pread(file, tail, sizeof tail - 1, from);
	file_close(file);
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	tail[n > 0 ? n : 0] = '\0';
	char *last = strrchr(tail, '\n');
	snprintf(run->error, sizeof run->error, "%s", last ? last + 1 : tail);
	for (unsigned char *c = (unsigned char *)run->error; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F: terminals take some of them for ESC sequences */
			c[0] = c[1] = ' ';
}

enum run_end run_finish(struct run *run, int status)
{
	bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !run->stopped;
	if (!done || !run->may_fork)
		kill(-run->process, SIGKILL); /* and all that it started */
	if (run->progress_pipe >= 0)
		close(run->progress_pipe);
	read_error(run);
	remove_folder(run->folder);
	if (done)
		return RUN_DONE;
	size_t n = strlen(run->error);
	const char *parting = n ? " (" : "", *end = n ? ")" : "";
	if (run->stopped)
		snprintf(run->error + n, sizeof run->error - n, "%stook too long%s", parting, end);
	else if (WIFSIGNALED(status))
		snprintf(run->error + n, sizeof run->error - n, "%ssignal %d%s", parting, WTERMSIG(status), end);
	else
		snprintf(run->error + n, sizeof run->error - n, "%sexit status %d%s", parting, WEXITSTATUS(status), end);
	return WIFEXITED(status) && WEXITSTATUS(status) == FINAL ? RUN_FINAL : RUN_AGAIN;
}
