/* seeother restore: puts a backup into an empty data folder. */
#ifndef COMMAND_RESTORE_H
#define COMMAND_RESTORE_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_restore(int argc, char **argv);

#endif
