/* seeother tasks: lists the jobs that are not done. */
#ifndef COMMAND_TASKS_H
#define COMMAND_TASKS_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_tasks(int argc, char **argv);

#endif
