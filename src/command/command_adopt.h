/* seeother adopt: the work of a node whose host is gone. */
#ifndef COMMAND_ADOPT_H
#define COMMAND_ADOPT_H

int command_adopt(int argc, char **argv);

#endif
