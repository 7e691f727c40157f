/* seccomp: restricts which system calls this process can make, for the rest of its life. Linux only. */
#ifndef SECCOMP_H
#define SECCOMP_H

/* Applies the filter that was compiled at build time (filter/filter.c); other calls fail with ENOSYS. -1 and errno on failure. */
int seccomp_enter(void);

#endif
