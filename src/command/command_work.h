/* seeother work: runs tasks. */
#ifndef COMMAND_WORK_H
#define COMMAND_WORK_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_work(int argc, char **argv);

#endif
