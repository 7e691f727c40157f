/* seeother init: from four answers to a first configuration. */
#ifndef COMMAND_INIT_H
#define COMMAND_INIT_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_init(int argc, char **argv);

#endif
