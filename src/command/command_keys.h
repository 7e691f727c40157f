/* seeother keys: lists the keys of config.ini. */
#ifndef COMMAND_KEYS_H
#define COMMAND_KEYS_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_keys(int argc, char **argv);

#endif
