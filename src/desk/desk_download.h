/* S/-/FORM?as=csv and ?as=json: all that the list of a form shows with the same choices, as a file. */
#ifndef DESK_DOWNLOAD_H
#define DESK_DOWNLOAD_H

#include "desk/visit.h"

/* Tells whether the query asks for a download. */
bool desk_download_wanted(const struct visit *);

/* Answers GET and HEAD with the outcomes, the oldest first, as an attachment that is written while they are read. */
void desk_download_answer(struct visit *);

#endif
