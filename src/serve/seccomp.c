/* Needs no_new_privs, as every unprivileged filter does. */
#include "serve/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "filter.h"

int seccomp_enter(bool brief)
{
	struct sock_filter steps[sizeof filter / sizeof *filter + 1];
	size_t size = brief ? sizeof brief_filter : sizeof filter;
	struct sock_fprog program = {.len = (unsigned short)(size / sizeof *filter), .filter = steps};
	_Static_assert(sizeof brief_filter <= sizeof steps, "the brief filter has no more steps");
	memcpy(steps, brief ? brief_filter : filter, size); /* the kernel's structure points to steps that are not constant */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
