/* seeother spam: outcomes are marked as spam. */
#include "command/command_spam.h"

#include "command/judging.h"

int command_spam(int argc, char **argv)
{
	return judging_run(argc, argv, true);
}
