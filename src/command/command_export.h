/* seeother export: prints the outcomes of a form as CSV. */
#ifndef COMMAND_EXPORT_H
#define COMMAND_EXPORT_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_export(int argc, char **argv);

#endif
