/* Which web servers are found in folders of programs. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "command/init_server.h"
#include "scratch.h"

static char first[PATH_MAX], second[PATH_MAX];
static const char *const folders[] = {first, second, NULL};

static int make_folders(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	path_write(first, scratch, "/sbin", NULL);
	path_write(second, scratch, "/bin", NULL);
	return mkdir(first, S_IRWXU) | mkdir(second, S_IRWXU);
}

static void put_program(const char *folder, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	path_write(path, folder, "/", name, NULL);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

/* The names of all that are found, a blank after each. */
static const char *found(struct arena *arena)
{
	struct text names = {.arena = arena};
	for (const struct init_server *server = NULL; (server = init_server_next(server, folders));)
		text_format(&names, "%s ", server->name);
	return text_string(&names);
}

static void an_empty_system_has_no_server(void **state)
{
	struct arena arena = {0};
	(void)state;
	put_program(first, "bash", 0755);
	put_program(first, "nginx", 0644);
	assert_string_equal(found(&arena), "");
	arena_free(&arena);
}

static void busybox_under_the_name_httpd_is_not_apache(void **state)
{
	struct arena arena = {0};
	char path[PATH_MAX];
	(void)state;
	put_program(second, "busybox", 0755);
	assert_string_equal(found(&arena), "");
	path_write(path, first, "/httpd", NULL);
	assert_int_equal(symlink("../bin/busybox", path), 0);
	assert_string_equal(found(&arena), "BusyBox httpd ");
	unlink(path);
	put_program(first, "httpd", 0755);
	assert_string_equal(found(&arena), "Apache ");
	unlink(path);
	put_program(second, "busybox-extras", 0755);
	assert_string_equal(found(&arena), "BusyBox httpd ");
	arena_free(&arena);
}

static void all_are_found_in_the_order_of_preference(void **state)
{
	static const char *const programs[] = {"uwsgi", "haproxy", "merecat", "civetweb", "h2o", "caddy", "apache2", "lighttpd"};
	struct arena arena = {0};
	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		put_program(i % 2 ? first : second, programs[i], 0755);
	put_program(second, "nginx", 0755);
	assert_string_equal(found(&arena), "lighttpd nginx Apache Caddy h2o civetweb merecat HAProxy uWSGI BusyBox httpd ");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_system_has_no_server),
		cmocka_unit_test(busybox_under_the_name_httpd_is_not_apache),
		cmocka_unit_test(all_are_found_in_the_order_of_preference),
	};
	return cmocka_run_group_tests_name("init_server", tests, make_folders, scratch_remove);
}
