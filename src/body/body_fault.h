/* What can be wrong with the body of a post. */
#ifndef BODY_FAULT_H
#define BODY_FAULT_H

#include "config/message.h"

/* What can be wrong with a body. All are the client's fault, except the last two. */
enum body_fault {
	BODY_FINE,
	BODY_NO_LENGTH,
	BODY_BAD_LENGTH,
	BODY_TOO_LARGE,
	BODY_TOO_SLOW,
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
	BODY_NOT_KEPT,  /* the disk failed, and the reason is in the log */
	BODY_NO_MEMORY, /* likewise */
};

/* Returns the status that answers a fault, and sets the message for the visitor. */
int body_fault_status(enum body_fault, enum message *);

#endif
