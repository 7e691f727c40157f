/* seeother retry: failed jobs are tried again. */
#include "command/command_retry.h"

#include <stdint.h>
#include <stdio.h>

#include "command/loaded.h"
#include "keep/secret.h"
#include "keep/store.h"
#include "task/task_list.h"
#include "task/worker_start.h"

/* Sets the jobs of all tasks to be tried again, or those of one outcome; returns how many, or -1 with the reason printed. */
static long retry_all(const struct config *config, const char *id)
{
	const struct task *task;
	long count = 0;
	if (!secret_is_own(config->data))
		return -1;
	store_umask(config);
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(config, &config->forms[i], k)); k++) {
			int n = task_list_retry(config, &config->forms[i], task, id);
			if (n < 0)
				return -1;
			if (n || !id)
				printf("%s %s: %d to be tried again\n", config->forms[i].name, task->name, n);
			count += n;
		}
	return count;
}

int command_retry(int argc, char **argv)
{
	struct loaded loaded;
	loaded_begin(&loaded);
	long n = loaded.config ? retry_all(loaded.config, argc ? argv[0] : NULL) : -1;
	if (n > 0)
		worker_start(loaded.config);
	if (n == 0 && argc)
		fprintf(stderr, "seeother: no such job: no task has given up an outcome \"%s\"\n", argv[0]);
	return loaded_end(&loaded, n < 0 || (n == 0 && argc));
}
