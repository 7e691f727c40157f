/* seeother erase: erases outcomes. */
#ifndef COMMAND_ERASE_H
#define COMMAND_ERASE_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_erase(int argc, char **argv);

#endif
