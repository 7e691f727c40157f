/* seeother list: prints outcomes, the newest first. */
#ifndef COMMAND_LIST_H
#define COMMAND_LIST_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_list(int argc, char **argv);

#endif
