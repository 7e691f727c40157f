/* Which boot of the machine this is: what processes of one boot share must not be taken over by the next. */
#ifndef BOOT_H
#define BOOT_H

enum { BOOT_MARK = 16 };

/*
 * Reads the identifier of this boot and remembers it, so that later calls work in a process that may open no further files.
 * Returns -1 and sets errno if the system does not tell.
 */
int boot_learn(void);

/* Fills a mark that differs for each boot, format and owner; returns -1 and sets errno if the system does not tell the boot. */
int boot_mark(unsigned char mark[BOOT_MARK], const char *format, const char *owner);

#endif
