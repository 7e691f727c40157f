/* The variables of a FastCGI request. */
#ifndef FCGI_VARIABLES_H
#define FCGI_VARIABLES_H

/* Notes the variables of a request, which libfcgi holds as "NAME=value" and frees after it. */
void fcgi_variables_begin(char **envp);

/* Forgets them, before libfcgi frees them. */
void fcgi_variables_end(void);

/* Returns the value of a variable, or NULL; several lines of one header as one list (RFC 9110 §5.3). */
const char *fcgi_variables_find(const char *name);

#endif
