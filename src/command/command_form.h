/* seeother form: prints a form as HTML. */
#ifndef COMMAND_FORM_H
#define COMMAND_FORM_H

/* Takes the arguments that follow the command's name and returns the exit status. */
int command_form(int argc, char **argv);

#endif
