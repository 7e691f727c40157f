/* seeother ham: outcomes are marked as not spam; their tasks run then, once. */
#include "command/command_ham.h"

#include "command/judging.h"

int command_ham(int argc, char **argv)
{
	return judging_run(argc, argv, false);
}
