/* Bodies: from the bytes of a request to the fields of a submission. */
#ifndef BODY_H
#define BODY_H

#include "base/arena.h"
#include "body/body_fault.h"
#include "body/submission.h"
#include "config/config.h"
#include "http/request.h"

struct file_sink;

/* Reads the whole body of the request into the submission, within the form's limits. The content of files goes to the sink. */
enum body_fault body_read(struct request *, const struct form *, struct submission *, const struct file_sink *);

/* Returns the media types that body_read takes, as Accept lists them (RFC 9110 §12.5.1). */
const char *body_types(struct arena *);

/* Returns how many bytes of files a form takes in one post: 0 unless one of its fields is a file, or it takes anything with "files". */
uint64_t body_room_for_files(const struct form *);

#endif
