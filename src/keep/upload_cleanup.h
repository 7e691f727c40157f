/* The sweep: what a crash has left of uploads is put where it belongs, or removed. */
#ifndef UPLOAD_CLEANUP_H
#define UPLOAD_CLEANUP_H

/*
 * Settles each file in FORM/files/incoming that nobody has touched for an hour: it moves to where a line of the form's logs says
 * that it is, and is removed where none does. What can't be told is said, and stays. The folder is DATA/FORM.
 */
void upload_cleanup(const char *form);

#endif
