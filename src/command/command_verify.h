/* seeother verify: reads all that is kept and says what is damaged. */
#ifndef COMMAND_VERIFY_H
#define COMMAND_VERIFY_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_verify(int argc, char **argv);

#endif
