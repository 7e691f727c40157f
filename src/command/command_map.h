/* seeother map: builds the databases of all maps. */
#ifndef COMMAND_MAP_H
#define COMMAND_MAP_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_map(int argc, char **argv);

#endif
