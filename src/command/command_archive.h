/* seeother archive: sets a day's log aside, so that it may be compressed or moved away. */
#ifndef COMMAND_ARCHIVE_H
#define COMMAND_ARCHIVE_H

/* Takes the name of a form and a day; returns the exit status. */
int command_archive(int argc, char **argv);

#endif
