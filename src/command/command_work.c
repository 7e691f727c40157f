/* seeother work: the worker, as a service or until nothing is left to do. */
#include "command/command_work.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/folder.h"
#include "base/path.h"
#include "config/config_path.h"
#include "task/worker.h"

int command_work(int argc, char **argv)
{
	char path[PATH_MAX], absolute[PATH_MAX];
	if (argc && strcmp(argv[0], "once") != 0) {
		fprintf(stderr, "seeother: work takes \"once\" or nothing, not \"%s\"\n", argv[0]);
		return 2;
	}
	config_path_find(path);
	if (path_absolute(path, absolute) < 0) { /* the commands of tasks have working folders of their own */
		fprintf(stderr, "seeother: %s: %s\n", path, strerror(errno));
		return 1;
	}
	return worker_run(absolute, NULL, argc == 0);
}
