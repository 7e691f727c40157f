/* seeother spam: marks outcomes as spam. */
#ifndef COMMAND_SPAM_H
#define COMMAND_SPAM_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_spam(int argc, char **argv);

#endif
