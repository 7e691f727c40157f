/* seeother ham: marks outcomes as not spam. */
#ifndef COMMAND_HAM_H
#define COMMAND_HAM_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_ham(int argc, char **argv);

#endif
