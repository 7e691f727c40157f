/* seeother person: prints or erases everything that one e-mail address sent. */
#ifndef COMMAND_PERSON_H
#define COMMAND_PERSON_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_person(int argc, char **argv);

#endif
