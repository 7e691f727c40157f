/* Checking the lines of a form's logs, and the uploads that they name. */
#ifndef VERIFY_LOG_H
#define VERIFY_LOG_H

#include "command/checked_form.h"

/* Reads every line of every log of the form, of all nodes, and every upload; notes the uploads for verify_upload_orphans. */
void verify_log_check(struct checked_form *);

/* Reads every line of every log of the form's marks. */
void verify_log_check_marks(struct checked_form *);

#endif
