/*
 * The CPU time of CGI programs. spawn RUNS BODY NAME=VALUE … -- PROGRAM …: runs the programs in turn, RUNS times, each with the
 * variables and the body (a file) on standard input, a % in a variable made another number each time, and prints for each the
 * median of user and system time in microseconds.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAMS = 16 };

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;
	return (x > y) - (x < y);
}

static long run(char *program, const char *body, char **variables)
{
	char *arguments[] = {program, NULL};
	struct rusage used;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, body, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, program, &actions, NULL, arguments, variables) != 0 || wait4(pid, &status, 0, &used) < 0 || status != 0) {
		fprintf(stderr, "%s failed\n", program);
		exit(2);
	}
	posix_spawn_file_actions_destroy(&actions);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
	int runs = argc > 3 ? atoi(argv[1]) : 0, first = 3;
	while (first < argc && strcmp(argv[first], "--") != 0)
		first++;
	int n = argc - first - 1;
	if (runs < 1 || n < 1 || n > PROGRAMS)
		return 2;
	argv[first] = NULL;
	long *times[PROGRAMS];
	for (int p = 0; p < n; p++)
		times[p] = malloc((size_t)runs * sizeof(long));
	char numbered[256] = "", *percent = NULL;
	for (char **variable = argv + 3; *variable; variable++)
		if ((percent = strchr(*variable, '%'))) {
			snprintf(numbered, sizeof numbered, "%.*s%016d%s", (int)(percent - *variable), *variable, 0, percent + 1);
			percent = numbered + (percent - *variable);
			*variable = numbered;
			break;
		}
	unsigned long long number = (unsigned long long)time(NULL) * 1000000;
	for (int i = 0; i < runs; i++)
		for (int p = 0; p < n; p++) {
			unsigned long long left = number++;
			for (int d = 16; percent && d > 0; left /= 10)
				percent[--d] = (char)('0' + left % 10);
			times[p][i] = run(argv[first + 1 + p], argv[2], argv + 3);
		}
	for (int p = 0; p < n; p++) {
		qsort(times[p], (size_t)runs, sizeof(long), by_size);
		printf("%ld %s\n", times[p][runs / 2], argv[first + 1 + p]);
	}
	return 0;
}
