/* seeother test-mail; see command.c. */
#ifndef COMMAND_TEST_MAIL_H
#define COMMAND_TEST_MAIL_H

/* Sends, or prints, a mail as a task would send it; gives the exit status. */
int command_test_mail(int argc, char **argv);

#endif
