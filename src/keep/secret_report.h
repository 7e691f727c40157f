/* What the log says when the secret of a data folder can't be used. */
#ifndef SECRET_REPORT_H
#define SECRET_REPORT_H

/* Logs why secret_load has failed, by errno, and how to go on. */
void secret_report(const char *data);

/* Does the same, but not again for the same reason until secret_report_over, whichever process reports. Leaves errno as it is. */
void secret_report_once(const char *data);

/* To be called when secret_load has read a secret: the next failure is logged again. */
void secret_report_over(const char *data);

#endif
