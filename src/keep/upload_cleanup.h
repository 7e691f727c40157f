/* Cleans up the uploads that a crash has left in files/incoming. */
#ifndef UPLOAD_CLEANUP_H
#define UPLOAD_CLEANUP_H

/*
 * Takes each file in FORM/files/incoming that is older than an hour: moves it to the path that a line of the form's logs gives it,
 * or removes it if no line names it. If the logs can't be read, logs that and leaves the file. The folder is DATA/FORM.
 */
void upload_cleanup(const char *form);

#endif
