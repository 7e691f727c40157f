/* Uploads: the files of one submission, streamed to the disk and complete there before the line that names them is written. */
#ifndef UPLOAD_H
#define UPLOAD_H

#include <nettle/sha2.h>

#include "body/multipart.h"
#include "body/sniff.h"
#include "body/submission.h"
#include "config/config.h"

/* The uploads of one request; callers leave its members alone. */
struct upload {
	const struct config *config; /* borrowed, as are form and submission */
	const struct form *form;
	struct submission *submission;
	struct posted_file *file; /* the one being received */
	double most;              /* bytes that its field accepts */
	int descriptor;           /* of the file on disk, or -1 */
	bool unknown;             /* the form has no such file field, so only an empty file input is accepted */
	bool named;               /* it has a name in files/incoming already */
	size_t count;
	bool unflushed; /* some files wait for one flush of the whole file system */
	uint64_t begun; /* bytes whose write-back was started */
	struct sha256_ctx hash;
	unsigned char head[SNIFF_BYTES];
	size_t head_n;
	char day[sizeof "YYYY-MM-DD"];
};

/* Begins with no file; writes nothing to the disk before one arrives. */
void upload_begin(struct upload *, const struct config *, const struct form *, struct submission *, time_t now);

/* Gives the sink for the files of a multipart body; it borrows the upload. */
struct file_sink upload_sink(struct upload *);

/* Makes sure, right before the line is written, that all files are there, and renews their times: 0. Logs a failure and gives -1. */
int upload_confirm(struct upload *);

/* Moves the files to their final folder, once the line that names them is kept. */
void upload_settle(struct upload *);

/* Removes the files, if their line was not kept. */
void upload_drop(struct upload *);

#endif
