/* seeother search: prints the outcomes that contain some words. */
#ifndef COMMAND_SEARCH_H
#define COMMAND_SEARCH_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_search(int argc, char **argv);

#endif
