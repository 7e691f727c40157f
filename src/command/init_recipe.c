/* The settings are the files that are installed for each web server, with the names of one's own site. */
#include "command/init_recipe.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "base/span.h"
#include "base/text.h"
#include "command/init_server.h"
#include "command/init_settings.h"

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

enum { FILE_BYTES = 65536 };

/* The paths of seeother's URI in the files. */
static const char own_path[] = "/seeother", cgi_folder[] = "/cgi-bin/";

/* Returns the path of a URI without the slash at its end, such as /seeother. */
static const char *recipe_path(const char *base)
{
	const char *host = strstr(base, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	return !*base ? own_path : path ? path : "";
}

/* --- the settings of the web server ---------------------------------------------------------------------------------- */

static const char *file_for(const struct init_server *server, bool is_cgi)
{
	return is_cgi ? server->cgi : server->fastcgi;
}

static const struct init_server *next_server(const struct init_server *server, bool is_cgi)
{
	do
		server = init_server_next(server, init_server_folders);
	while (server && !file_for(server, is_cgi));
	return server;
}

/* Names what else is installed, since it may be the one in use. */
static void print_others(FILE *out, const struct init_server *server, bool is_cgi)
{
	const char *before = "Found here too, with settings in " DATADIR "/seeother/servers: ";
	while ((server = next_server(server, is_cgi))) {
		fprintf(out, "%s%s (%s)", before, server->name, file_for(server, is_cgi));
		before = ", ";
	}
	if (*before == ',')
		fputs(".\n\n", out);
}

/* The files have one folder for programs, /cgi-bin; civetweb runs what ends in .cgi. */
static bool fits_cgi(const struct init_server *server, const char *path)
{
	const char *ending = strchr(server->cgi_path, '.');
	size_t n = strlen(path), m = ending ? strlen(ending) : 0;
	return strncmp(path, cgi_folder, sizeof cgi_folder - 1) == 0 && !strchr(path + sizeof cgi_folder - 1, '/') && n >= m &&
		strcmp(path + n - m, ending ? ending : "") == 0;
}

static void print_settings(FILE *out, const struct init_server *server, bool is_cgi, const struct init_site *site, struct arena *arena)
{
	struct span settings;
	const char *file = text_printed(arena, DATADIR "/seeother/servers/%s", file_for(server, is_cgi));
	if (!*site->path)
		fprintf(out,
			"%s: docs/servers.md tells how it serves seeother. Your address has no path, so all of the host is seeother's.\n\n",
			server->name);
	else if (is_cgi && !fits_cgi(server, site->path))
		fprintf(out, "%s: %s has its settings, for %s.\n\n", server->name, file, server->cgi_path);
	else if (file_read(file, FILE_BYTES, arena, &settings) < 0)
		fprintf(out, "%s: docs/servers.md has its settings; %s is not installed.\n\n", server->name, file);
	else {
		fprintf(out, "Settings for %s, from %s:\n\n", server->name, file);
		init_settings_print(out, settings.bytes, is_cgi ? server->cgi_path : own_path, site, arena);
		fputc('\n', out);
	}
	print_others(out, server, is_cgi);
}

static void print_server(FILE *out, bool is_cgi, const struct init_site *site, struct arena *arena)
{
	const struct init_server *server = next_server(NULL, is_cgi), *other = next_server(NULL, !is_cgi);
	if (server)
		print_settings(out, server, is_cgi, site, arena);
	else if (other)
		fprintf(out, "%s runs seeother %s: give \"seeother init\" a --base such as https://example.org%s.\n\n", other->name,
			is_cgi ? "by FastCGI only" : "as CGI only", is_cgi ? own_path : other->cgi_path);
	else
		fputs("No web server that seeother has settings for was found here; docs/servers.md has more of them.\n\n", out);
}

/* --- starting it ----------------------------------------------------------------------------------------------------- */

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

static void print_copy(FILE *out, const char *path, const char *program, const char *file)
{
	fprintf(out, "Copy %s to where your web server has %s; docs/servers.md says how it runs programs there.\n", program, path);
	if (file)
		fprintf(out, "Have the web server set SEEOTHER_CONFIG to %s, or put that file beside the program as config.ini.\n", file);
	fputc('\n', out);
}

void init_recipe_print(FILE *out, const char *base, const char *user, const char *file, bool mail, struct arena *arena)
{
	char program[PATH_MAX];
	const struct init_site site = {.base = base, .path = recipe_path(base), .file = file};
	bool is_cgi = strstr(site.path, "/cgi-bin");
	if (program_path(program) < 0)
		strcpy(program, "seeother");
	if (is_cgi)
		print_copy(out, site.path, program, file);
	else
		print_start(out, user, program, file, mail);
	print_server(out, is_cgi, &site, arena);
	fprintf(out, "Then open %s%s/contact\n", *base ? base : "http://localhost", *base ? "" : own_path);
}
