/* seeother new-secret: makes a secret for a data folder whose secret is lost. */
#ifndef COMMAND_NEW_SECRET_H
#define COMMAND_NEW_SECRET_H

/* Takes no arguments; returns the exit status. */
int command_new_secret(int argc, char **argv);

#endif
