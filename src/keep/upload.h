/* Uploads: the files of one submission, streamed to the disk and complete there before the line that names them. */
#ifndef UPLOAD_H
#define UPLOAD_H

#include <nettle/sha2.h>

#include "body/multipart.h"
#include "body/sniff.h"
#include "body/submission.h"
#include "config/config.h"

/* The uploads of one request; begun by upload_begin, its insides are its own. */
struct upload {
	const struct config *config; /* borrowed, as are form and submission */
	const struct form *form;
	struct submission *submission;
	struct file *file;  /* the one under way */
	double most;        /* bytes that its field takes */
	int descriptor;     /* of its content, or -1 */
	bool unknown;       /* the form has no such field: it may only be an input in which nothing was chosen */
	bool named;         /* it has a name already, in the folder for what comes in */
	size_t count;
	uint64_t begun;     /* bytes of the file that the disk was told to begin with */
	struct sha256_ctx hash;
	unsigned char head[SNIFF_BYTES];
	size_t head_n;
	char day[sizeof "YYYY-MM-DD"];
};

/* Starts with no file; nothing is made on the disk before one comes. */
void upload_begin(struct upload *, const struct config *, const struct form *, struct submission *, time_t now);

/* Gives the sink that multipart bodies go to; it borrows the upload. */
struct file_sink upload_sink(struct upload *);

/* Makes sure, right before the line is written, that all files are there and count as new: 0, or -1 with the reason said. */
int upload_confirm(struct upload *);

/* The line that names the files is kept: they go to where it says. */
void upload_settle(struct upload *);

/* There will be no such line: removes all of them. */
void upload_drop(struct upload *);

#endif
