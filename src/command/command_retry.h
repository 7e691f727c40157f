/* seeother retry: tries failed jobs again. */
#ifndef COMMAND_RETRY_H
#define COMMAND_RETRY_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_retry(int argc, char **argv);

#endif
