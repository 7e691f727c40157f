/* Lines of an INI file that iniparser accepts, and that don't mean what they seem to. */
#ifndef INI_CHECK_H
#define INI_CHECK_H

#include "base/text.h"

/*
 * Appends a line to faults for each key that a section sets twice, and each value that loses a part; and to warnings for each escape in a
 * quoted value, which other programs may read in another way.
 */
void ini_check(const char *file, struct text *faults, struct text *warnings);

#endif
