/*
 * A request has some twenty variables and is asked for thirty, most of which begin with HTTP_, so they are sorted by the lengths of their
 * names: one or two are left to be compared.
 */
#include "http/fcgi_variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { LENGTHS = 64 }; /* names of this length or more are in one list */

struct variable {
	char **held; /* as libfcgi has it */
	size_t length;
	struct variable *next; /* with a name of that length */
};

static struct variable *all, *by_length[LENGTHS];

static struct variable **list_of(size_t length)
{
	return &by_length[length < LENGTHS ? length : LENGTHS - 1];
}

void fcgi_variables_begin(char **envp)
{
	size_t n = 0;
	while (envp[n])
		n++;
	if (!(all = malloc((n + 1) * sizeof *all)))
		diag_die("out of memory");
	while (n-- > 0) { /* from the last, so that the first comes first in its list */
		size_t length = strcspn(envp[n], "=");
		struct variable **list = list_of(length);
		all[n] = (struct variable){.held = &envp[n], .length = length, .next = *list};
		*list = &all[n];
	}
}

void fcgi_variables_end(void)
{
	free(all);
	all = NULL;
	memset(by_length, 0, sizeof by_length);
}

/* Gives the first variable of a name in the rest of a list, or where the list ends. */
static struct variable **find_named(struct variable **list, const char *name, size_t length)
{
	while (*list && ((*list)->length != length || memcmp(*(*list)->held, name, length) != 0))
		list = &(*list)->next;
	return list;
}

/* Appends a further line of a header to its first one, which is libfcgi's to free. */
static void join(struct variable *first, const char *further)
{
	size_t had = strlen(*first->held), more = strlen(further);
	char *joined = realloc(*first->held, had + sizeof ", " + more);
	if (!joined)
		diag_die("out of memory");
	memcpy(joined + had, ", ", 2);
	memcpy(joined + had + 2, further, more + 1);
	*first->held = joined;
}

/* nginx before 1.23 makes a variable of each line of a header. */
static void join_further(struct variable *first, const char *name)
{
	for (struct variable **further = &first->next; *(further = find_named(further, name, first->length)); *further = (*further)->next)
		join(first, *(*further)->held + first->length + 1);
}

/* Of Host there is one: Debian's fastcgi_params has one too, behind that of docs/servers.md, and the first counts. */
const char *fcgi_variables_find(const char *name)
{
	size_t length = strlen(name);
	struct variable *found = *find_named(list_of(length), name, length);
	if (!found)
		return NULL;
	if (found->next && strncmp(name, "HTTP_", 5) == 0 && strcmp(name, "HTTP_HOST") != 0)
		join_further(found, name);
	return *found->held + length + 1;
}
