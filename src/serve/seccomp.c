/* Needs no_new_privs, as every unprivileged filter does. */
#include "serve/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

static const struct sock_filter filter[] = {
#include "filter.h"
};

int seccomp_enter(void)
{
	struct sock_filter steps[sizeof filter / sizeof *filter];
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = steps};
	memcpy(steps, filter, sizeof filter); /* the kernel's structure points to steps that are not constant */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
