/* seeother keys: the keys of config.ini, from the tables that read them. */
#include "command/command_keys.h"

#include <stdio.h>

#include "config/setting.h"

int command_keys(int argc, char **argv)
{
	(void)argc, (void)argv;
	setting_print(stdout);
	return 0;
}
