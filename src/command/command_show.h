/* seeother show: prints outcomes in full. */
#ifndef COMMAND_SHOW_H
#define COMMAND_SHOW_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_show(int argc, char **argv);

#endif
