/* Commands: what the program does when it is given arguments by hand. */
#ifndef COMMAND_H
#define COMMAND_H

#include <limits.h>

/* Runs the command that the arguments name and gives the exit status: 0 done, 1 failed, 2 called wrongly. */
int command_run(int argc, char **argv);

/* Says on standard error what the program is and how to call it; gives the exit status for that. */
int command_usage(void);

/* Finds config.ini: $SEEOTHER_CONFIG, beside the program, in the system's folder; what it gives need not exist. */
void command_config_path(char path[PATH_MAX]);

#endif
