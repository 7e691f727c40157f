/* Unit tests of what the client of GlusterFS tells: a folder stands for a mount, with the files that one has. */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"
#include "command/gluster_check.h"
#include "scratch.h"

static struct arena arena;

static void put(const char *name, const char *text)
{
	const char *path = text_printed(&arena, "%s/.meta/%s", scratch, name);
	assert_int_equal(folder_make(text_printed(&arena, "%.*s", (int)(strrchr(path, '/') - path), path)), 0);
	assert_int_equal(file_put(path, text, strlen(text), false, false), 0);
}

static void look(struct text *faults, struct text *warnings)
{
	struct config config = {.data = scratch, .file = "config.ini"};
	*faults = *warnings = (struct text){.arena = &arena};
	gluster_check(&(struct data_report){&config, faults, warnings}, scratch);
}

static void a_client_is_read_part_by_part(void **state)
{
	struct text faults, warnings;
	(void)state;
	look(&faults, &warnings);
	assert_non_null(strstr(text_string(&warnings), "can't be found out"));
	put("cmdline", "{ \n  \"Cmdlinestr\": \"glusterfs --attribute-timeout=0 --entry-timeout=1 --volfile-id=v /m\"\n}\n");
	put("graphs/active/v-client-0/private", "fd.0.remote_fd = -1\nping_timeout = 42\n");
	put("graphs/active/v-open-behind/type", "");
	put("graphs/active/v-replicate-0/type", "");
	put("graphs/active/v-md-cache/type", "");
	look(&faults, &warnings);
	assert_non_null(strstr(text_string(&faults), "gluster volume set v performance.open-behind off"));
	assert_non_null(strstr(text_string(&faults), "gluster volume set v performance.stat-prefetch off"));
	assert_null(strstr(text_string(&faults), "io-cache"));
	assert_non_null(strstr(text_string(&warnings), "gluster volume set v network.ping-timeout 5"));
	assert_non_null(strstr(text_string(&warnings), "entry-timeout=0"));
	assert_non_null(strstr(text_string(&warnings), "negative-timeout=0"));
	assert_null(strstr(text_string(&warnings), " attribute-timeout=0"));
	assert_non_null(strstr(text_string(&warnings), "cluster.heal-timeout"));
	assert_non_null(strstr(text_string(&warnings), "gluster volume set v cluster.favorite-child-policy majority"));
	put("graphs/active/v-client-0/private", "fd.0.remote_fd = -1\nping_timeout = 5\n");
	put("graphs/active/v-replicate-0/options/favorite-child-policy", "majority\n");
	look(&faults, &warnings);
	assert_null(strstr(text_string(&warnings), "favorite-child-policy"));
	assert_null(strstr(text_string(&warnings), "ping-timeout"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_client_is_read_part_by_part)};
	return cmocka_run_group_tests_name("gluster_check", tests, scratch_make, scratch_remove);
}
