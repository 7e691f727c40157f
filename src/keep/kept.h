/* What has become of a line that was to be kept. */
#ifndef KEPT_H
#define KEPT_H

enum store_kept {
	STORE_KEPT,
	STORE_KEPT_BEFORE, /* a line with the same key and content was there, and is on the disk */
	STORE_KEPT_OTHER,  /* the key was posted before with other content; nothing was kept */
	STORE_FAILED,      /* nothing was kept; the reason is logged */
	STORE_UNDECIDED    /* the same, but the line is in the log, and a worker decides whether it is an outcome */
};

#endif
