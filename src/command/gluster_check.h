/* What a GlusterFS client tells of itself: which parts of it and which options break promises on a folder that hosts share. */
#ifndef GLUSTER_CHECK_H
#define GLUSTER_CHECK_H

#include "command/data_report.h"

/* Reports what is wrong with the GlusterFS that is mounted at a folder, with the command that mends it, and what can't be found out. */
void gluster_check(const struct data_report *, const char *mount);

#endif
