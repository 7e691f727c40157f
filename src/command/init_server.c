/* A server is installed if its program is in one of the folders for programs; the one in use cannot be told. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "command/init_server.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

#define CGI_PATH "/cgi-bin/seeother"

const char *const init_server_folders[] = {
	"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin", "/opt/sbin", NULL};

/* Those that are often in front of another one, or installed for something else, come later. */
static const struct init_server servers[] = {
	{"lighttpd", {"lighttpd"}, false, "lighttpd.conf", "lighttpd-cgi.conf", CGI_PATH},
	{"nginx", {"nginx"}, false, "nginx.conf", "nginx-fcgiwrap.conf", CGI_PATH},
	{"Apache", {"apache2", "httpd"}, false, "apache.conf", "apache-cgi.conf", CGI_PATH},
	{"Caddy", {"caddy"}, false, "Caddyfile", NULL, NULL},
	{"h2o", {"h2o"}, false, "h2o.conf", NULL, NULL},
	{"civetweb", {"civetweb"}, false, NULL, "civetweb.conf", CGI_PATH ".cgi"},
	{"merecat", {"merecat"}, false, NULL, "merecat.conf", CGI_PATH},
	{"HAProxy", {"haproxy"}, false, "haproxy.cfg", NULL, NULL},
	{"uWSGI", {"uwsgi"}, false, NULL, "uwsgi.ini", CGI_PATH},
	{"BusyBox httpd", {"httpd", "busybox-extras"}, true, NULL, "busybox.conf", CGI_PATH},
};

/* Tells whether a program is BusyBox, which does the work of many programs under their names. */
static bool is_busybox(const char *path)
{
	char real[PATH_MAX];
	const char *slash = realpath(path, real) ? strrchr(real, '/') : NULL;
	return slash && strncmp(slash, "/busybox", strlen("/busybox")) == 0;
}

static bool is_installed(const struct init_server *server, const char *const *folders)
{
	char path[PATH_MAX];
	for (; *folders; folders++)
		for (size_t i = 0; i < INIT_SERVER_PROGRAMS && server->programs[i]; i++)
			if (path_write(path, *folders, "/", server->programs[i], NULL) == 0 && access(path, X_OK) == 0 &&
				is_busybox(path) == server->is_busybox)
				return true;
	return false;
}

const struct init_server *init_server_next(const struct init_server *server, const char *const *folders)
{
	for (server = server ? server + 1 : servers; server < servers + sizeof servers / sizeof *servers; server++)
		if (is_installed(server, folders))
			return server;
	return NULL;
}
