/* seccomp: restricts which system calls this process can make, for the rest of its life. Linux only. */
#ifndef SECCOMP_H
#define SECCOMP_H

#include <stdbool.h>

/*
 * Applies the filter that was compiled at build time (filter/filter.c); other calls fail with ENOSYS. brief: the process will make no more
 * than some hundred calls, so the filter is one that says the same and is applied sooner. -1 and errno on failure.
 */
int seccomp_enter(bool brief);

#endif
