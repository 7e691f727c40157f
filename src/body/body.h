/* Bodies: from the bytes of a request to the fields of a submission. */
#ifndef BODY_H
#define BODY_H

#include "body/submission.h"
#include "config/config.h"
#include "config/message.h"
#include "http/request.h"

/* What can be wrong with a body; each is the client's fault. */
enum body_fault {
	BODY_FINE,
	BODY_NO_LENGTH,
	BODY_BAD_LENGTH,
	BODY_TOO_LARGE,
	BODY_OTHER_TYPE,
	BODY_ENCODED,
	BODY_CUT_OR_LONG,
	BODY_TOO_MANY_FIELDS,
	BODY_NAME_TOO_LONG,
	BODY_VALUE_TOO_LONG,
	BODY_NUL_IN_NAME,
	BODY_NO_JSON,
	BODY_NOT_FLAT,
	BODY_NO_UTF8,
	BODY_OTHER_CHARSET,
	BODY_NO_BOUNDARY,
	BODY_BAD_PART,
	BODY_NOT_CLOSED,
	BODY_FILE_UNKNOWN,
	BODY_TOO_MANY_FILES,
	BODY_FILE_TOO_LARGE,
	BODY_NOT_KEPT, /* no fault of the client: the disk failed, and the reason was said */
};

struct file_sink;

/* Reads the request's whole body into the submission, within the form's limits; the content of files goes to the sink. */
enum body_fault body_read(struct request *, const struct form *, struct submission *, const struct file_sink *);

/* Adds a pair within the limits; for the readers of the several media types. */
enum body_fault body_add(struct submission *, const struct limits *, struct span name, struct span value);

/* Gives the status that answers a fault and what is said of it to the visitor. */
int body_fault_status(enum body_fault, enum message *);

/* Gives the media types that body_read takes, as Accept lists them (RFC 9110 §12.5.1). */
const char *body_types(struct arena *);

#endif
