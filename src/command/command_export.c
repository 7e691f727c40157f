/* seeother export: the outcomes of a form as CSV. */
#include "command/command_export.h"

#include <stdio.h>

#include "command/export.h"
#include "command/loaded.h"

int command_export(int argc, char **argv)
{
	struct loaded loaded;
	(void)argc;
	loaded_begin(&loaded);
	const struct form *form = loaded_form(&loaded, argv[0]);
	return loaded_end(&loaded, !form || export_print(loaded.config, form, stdout) < 0);
}
