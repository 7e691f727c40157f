/* seeother adopt: runs the tasks and the retention of another node, whose host is gone. */
#include "command/command_adopt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "command/loaded.h"
#include "keep/nodes.h"
#include "task/worker.h"
#include "task/worker_lock.h"

/* Says why this host can't work for the node, and returns false. */
static bool may_adopt(const struct config *config, const char *node)
{
	if (!*config->node) {
		fprintf(stderr, "seeother: [seeother] node is not set: only a host with a name of its own can do the work of another\n");
		return false;
	}
	if (strcmp(node, config->node) == 0 || !nodes_known(config->data, node)) {
		fprintf(stderr, "seeother: %s/.nodes has no other host named \"%s\"\n", config->data, node);
		return false;
	}
	struct config other = *config;
	other.node = node;
	int lock = worker_lock_take(&other);
	if (lock < 0 && errno == EWOULDBLOCK)
		fprintf(stderr,
			"seeother: a worker is at work for \"%s\"; if its host is dead, the file system lets go of its lock after a while\n",
			node);
	else if (lock < 0)
		fprintf(stderr, "seeother: %s/worker.%s: %s\n", config->data, node, strerror(errno));
	else
		close(lock);
	return lock >= 0 && nodes_enter(config) == 0;
}

int command_adopt(int argc, char **argv)
{
	struct loaded loaded;
	char absolute[PATH_MAX];
	(void)argc;
	loaded_begin(&loaded);
	bool may = loaded.config && may_adopt(loaded.config, argv[0]) && path_absolute(loaded.path, absolute) == 0;
	int status = loaded_end(&loaded, may ? 0 : 1);
	return may ? worker_run(absolute, argv[0], false) : status;
}
