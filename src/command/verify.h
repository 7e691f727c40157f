/* Checking a data folder, or a copy of one, against damage. */
#ifndef VERIFY_H
#define VERIFY_H

#include "command/findings.h"

/*
 * Reads every log, upload, table of keys, job, cursor and mark in a data folder and reports what is wrong. Changes nothing. Returns -1
 * with the reason printed if there is no such folder.
 */
int verify_run(const char *data, struct findings *);

#endif
