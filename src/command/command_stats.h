/* seeother stats: prints numbers of each form and of the data folder. */
#ifndef COMMAND_STATS_H
#define COMMAND_STATS_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_stats(int argc, char **argv);

#endif
