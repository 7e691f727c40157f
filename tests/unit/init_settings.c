/* Settings of web servers with the names of one's own site, from the files that are installed. It runs at the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "command/init_settings.h"

enum { MOST = 65536 };

static struct arena arena;

static const char *printed(const char *settings, const char *own_path, const struct init_site *site)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	assert_non_null(out);
	init_settings_print(out, settings, own_path, site, &arena);
	assert_int_equal(fclose(out), 0);
	const char *kept = arena_copy(&arena, text, n);
	free(text);
	return kept;
}

static const char *settings_of(const char *file)
{
	struct span settings;
	assert_int_equal(file_read(text_printed(&arena, "packaging/servers/%s", file), MOST, &arena, &settings), 0);
	return settings.bytes;
}

static void only_the_own_path_becomes_another(void **state)
{
	const struct init_site site = {"http://a.example:8080/forms", "/forms", NULL};
	(void)state;
	assert_string_equal(
		printed("location /seeother/ {\n\n\tunix:/run/seeother.socket; /seeother-files/ /var/lib/seeother\n}", "/seeother", &site),
		"    location /forms/ {\n\n    \tunix:/run/seeother.socket; /seeother-files/ /var/lib/seeother\n    }");
	assert_string_equal(
		printed("example.org {} https://example.org/seeother \"example.org\": /etc/ssl/example.org.pem", "/seeother", &site),
		"    a.example:8080 {} http://a.example:8080/forms \"a.example:8080\": /etc/ssl/example.org.pem");
}

static void without_an_address_the_settings_stay(void **state)
{
	const struct init_site site = {"", "/seeother", NULL};
	(void)state;
	assert_string_equal(printed("example.org /seeother /etc/seeother/config.ini", "/seeother", &site),
		"    example.org /seeother /etc/seeother/config.ini");
}

static void a_program_has_the_name_of_its_uri(void **state)
{
	const struct init_site site = {"https://a.example/cgi-bin/forms", "/cgi-bin/forms", "/home/a/forms.ini"};
	(void)state;
	assert_string_equal(
		printed("cgi-bin/ /srv/cgi-bin/seeother ^/cgi-bin/seeother(/|$) /etc/seeother/config.ini", "/cgi-bin/seeother", &site),
		"    cgi-bin/ /srv/cgi-bin/forms ^/cgi-bin/forms(/|$) /home/a/forms.ini");
}

/* The files with FastCGI, then those with CGI; each names its path somewhere, and nowhere after it was replaced. */
static void no_file_keeps_its_own_path(void **state)
{
	static const struct {
		const char *file, *own_path, *path, *gone;
	} files[] = {
		{"lighttpd.conf", "/seeother", "/forms", "\"/seeother\""},
		{"nginx.conf", "/seeother", "/forms", "at /seeother."},
		{"apache.conf", "/seeother", "/forms", "^/seeother/"},
		{"Caddyfile", "/seeother", "/forms", "SCRIPT_NAME /seeother"},
		{"h2o.conf", "/seeother", "/forms", "\"/seeother"},
		{"haproxy.cfg", "/seeother", "/forms", " /seeother"},
		{"lighttpd-cgi.conf", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"nginx-fcgiwrap.conf", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"apache-cgi.conf", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"busybox.conf", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"uwsgi.ini", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"merecat.conf", "/cgi-bin/seeother", "/cgi-bin/forms", "bin/seeother"},
		{"civetweb.conf", "/cgi-bin/seeother.cgi", "/cgi-bin/forms.cgi", "bin/seeother"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const struct init_site site = {text_printed(&arena, "https://a.example%s", files[i].path), files[i].path, NULL};
		const char *settings = settings_of(files[i].file), *text = printed(settings, files[i].own_path, &site);
		assert_non_null(strstr(settings, files[i].gone));
		assert_null(strstr(text, files[i].gone));
		assert_non_null(strstr(text, files[i].path));
		assert_null(strstr(text, "example.org"));
	}
}

static int clear(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_own_path_becomes_another),
		cmocka_unit_test(without_an_address_the_settings_stay),
		cmocka_unit_test(a_program_has_the_name_of_its_uri),
		cmocka_unit_test(no_file_keeps_its_own_path),
	};
	return cmocka_run_group_tests_name("init_settings", tests, NULL, clear);
}
