/* The recipes are the files that are installed for each web server; the path in them becomes that of base. */
#include "command/init_recipe.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "base/span.h"
#include "base/text.h"

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

enum { RECIPE_BYTES = 65536 };

static const char own_path[] = "/seeother"; /* in the files */

static const struct server {
	const char *name, *program, *file;
} servers[] = {
	{"lighttpd", "lighttpd", DATADIR "/seeother/servers/lighttpd.conf"},
	{"nginx", "nginx", DATADIR "/seeother/servers/nginx.conf"},
	{"Apache", "apache2", DATADIR "/seeother/servers/apache.conf"},
	{"Apache", "httpd", DATADIR "/seeother/servers/apache.conf"},
};

static bool is_installed(const char *program)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin", "/opt/sbin"};
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", folders[i], program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static const struct server *find_server(void)
{
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
		if (is_installed(servers[i].program))
			return &servers[i];
	return NULL;
}

/* Returns the path of a URI without the slash at its end, such as /seeother. */
static const char *recipe_path(const char *base)
{
	const char *host = strstr(base, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	return !*base ? own_path : path ? path : "";
}

/* Tells whether a place in a recipe holds the program's path, and not a part of /usr/share/seeother or /run/seeother.socket. */
static bool is_own_path(const char *text, const char *place)
{
	char before = place == text ? ' ' : place[-1], after = place[sizeof own_path - 1];
	return strncmp(place, own_path, sizeof own_path - 1) == 0 && !isalnum((unsigned char)before) && !isalnum((unsigned char)after) &&
		after != '.' && after != '-';
}

/* Prints a recipe, indented, with another path in place of its own. */
static void print_recipe(FILE *out, const char *recipe, const char *path)
{
	bool begins = true;
	for (const char *c = recipe; *c;) {
		if (begins && *c != '\n')
			fputs("    ", out);
		begins = *c == '\n';
		if (is_own_path(recipe, c)) {
			fputs(path, out);
			c += sizeof own_path - 1;
		} else {
			fputc(*c++, out);
		}
	}
}

static void print_server(FILE *out, const char *path, struct arena *arena)
{
	const struct server *server = find_server();
	struct span recipe;
	if (!server)
		fputs("No web server that seeother has settings for was found here; docs/servers.md has more of them.\n\n", out);
	else if (!*path)
		fprintf(out,
			"%s: docs/servers.md tells how it serves seeother. Your address has no path, so all of the host is seeother's.\n\n",
			server->name);
	else if (file_read(server->file, RECIPE_BYTES, arena, &recipe) < 0)
		fprintf(out, "%s: docs/servers.md has its settings; %s is not installed.\n\n", server->name, server->file);
	else {
		fprintf(out, "Settings for %s, from %s:\n\n", server->name, server->file);
		print_recipe(out, recipe.bytes, path);
		fputc('\n', out);
	}
}

static bool has_units(void)
{
	static const char *const folders[] = {"/etc", "/usr/lib", "/lib", "/usr/local/lib"};
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/systemd/system/seeother.socket", folders[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static void print_start(FILE *out, const char *user, const char *program, const char *file, bool mail)
{
	if (has_units() && !file) {
		fputs("Start the processes, now and at each boot:\n\n"
		      "    systemctl enable --now seeother.socket seeother-work.service\n\n",
			out);
		if (mail)
			fputs("If your mail goes out through Postfix, Exim or nullmailer, let the service start them: \"Mail\" in docs/install.md.\n\n",
				out);
	} else {
		fprintf(out,
			"Start the processes (docs/install.md has files for service managers):\n\n"
			"    %s%s%sspawn-fcgi -s /run/seeother.socket -u %s -U %s -G www-data -M 0660 -- \\\n"
			"        /usr/bin/multiwatch -f 8 -t 1 -r 100000 -- %s\n\n",
			file ? "SEEOTHER_CONFIG=" : "", file ? file : "", file ? " " : "", user, user, program);
	}
}

void init_recipe_print(FILE *out, const char *base, const char *user, const char *file, bool mail, struct arena *arena)
{
	char program[PATH_MAX];
	const char *path = recipe_path(base);
	if (program_path(program) < 0)
		strcpy(program, "seeother");
	if (strstr(path, "/cgi-bin")) {
		fprintf(out, "Copy %s to where your web server has %s; docs/servers.md says how it runs programs there.\n", program, path);
		if (file)
			fprintf(out, "Have the web server set SEEOTHER_CONFIG to %s, or put that file beside the program as config.ini.\n",
				file);
		fputc('\n', out);
	} else {
		print_start(out, user, program, file, mail);
		print_server(out, path, arena);
	}
	fprintf(out, "Then open %s%s/contact\n", *base ? base : "http://localhost", *base ? "" : own_path);
}
