/* seeother check: reports every fault of config.ini. */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_check(int argc, char **argv);

#endif
