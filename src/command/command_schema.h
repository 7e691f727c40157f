/* seeother schema: prints a JSON Schema of config.ini. */
#ifndef COMMAND_SCHEMA_H
#define COMMAND_SCHEMA_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_schema(int argc, char **argv);

#endif
