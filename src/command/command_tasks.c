/* seeother tasks: what each task of each form has not done yet. */
#include "command/command_tasks.h"

#include <stdio.h>

#include "command/loaded.h"
#include "task/task_list.h"

int command_tasks(int argc, char **argv)
{
	struct loaded loaded;
	const struct task *task;
	int status = 0;
	(void)argc, (void)argv;
	loaded_begin(&loaded);
	for (size_t i = 0; loaded.config && i < loaded.config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(loaded.config, &loaded.config->forms[i], k)); k++)
			status |= task_list_print(loaded.config, &loaded.config->forms[i], task, stdout) < 0;
	return loaded_end(&loaded, status);
}
