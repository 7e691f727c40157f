/* Commands: what the program does when a person or cron calls it with arguments. */
#ifndef COMMAND_H
#define COMMAND_H

/* Runs the command that argv[1] names and returns the exit status: 0 done, 1 failed, 2 called the wrong way. */
int command_run(int argc, char **argv);

/* Prints on standard error what the program is and how to call it; returns the exit status for a wrong call, 2. */
int command_usage(void);

#endif
