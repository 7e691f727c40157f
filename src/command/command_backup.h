/* seeother backup: copies the data folder while posts go on. */
#ifndef COMMAND_BACKUP_H
#define COMMAND_BACKUP_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_backup(int argc, char **argv);

#endif
