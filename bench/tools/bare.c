/*
 * The floors for one post. As CGI: reads the body and prints a 303. As FastCGI: a bare libfcgi loop that does the same; with an
 * argument, the name of a file, it also locks that, appends the body as a line of LINE bytes, as many as seeother writes for the
 * body of measure.py, and flushes it, before it answers. A second one changes that: "lazy", nothing is flushed; "files", the line
 * goes to a temporary file, which is flushed and then renamed to a random name that begins with the given one; "raw", the raw body
 * goes to the file, however large, which is flushed.
 */
#define _DEFAULT_SOURCE
#include <fcgiapp.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

enum { LINE = 450 };

static const char answer[] =
	"Location: http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nStatus: 303 See Other\r\n"
	"Content-Type: text/html; charset=utf-8\r\nContent-Length: 243\r\n"
	"Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'self'\r\n"
	"X-Content-Type-Options: nosniff\r\n\r\n"
	"<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>See other</title>\n"
	"<p>See <a href=\"http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">"
	"http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa</a>.</p>\n</html>\n";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int cgi(void)
{
	char body[65536];
	const char *length = getenv("CONTENT_LENGTH");
	ssize_t n = read(0, body, length ? (size_t)atoi(length) : 0);
	return n < 0 || write(1, answer, sizeof answer - 1) < 0;
}

/* Pads what is shorter. */
static size_t make_line(char *line, size_t n)
{
	if (n < LINE - 1) {
		memset(line + n, ' ', LINE - 1 - n);
		n = LINE - 1;
	}
	line[n] = '\n';
	return n + 1;
}

static void append(int file, const char *line, size_t n, int lazy)
{
	if (flock(file, LOCK_EX) < 0 || write(file, line, n) < 0 || flock(file, LOCK_UN) < 0 || (!lazy && fdatasync(file) < 0))
		die("bare: the line can't be appended");
}

static void write_raw(const char *name, FCGX_Request *request)
{
	static char piece[16384];
	int n, file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = FCGX_GetStr(piece, sizeof piece, request->in)) > 0)
		if (write(file, piece, (size_t)n) != n)
			die(name);
	if (fsync(file) < 0 || close(file) < 0)
		die(name);
}

static void write_file(const char *name, const char *line, size_t n)
{
	unsigned long random[2];
	char path[4096], temporary[sizeof path + 1];
	if (getrandom(random, sizeof random, 0) < 0)
		die("bare: no random bytes");
	snprintf(path, sizeof path, "%s-%016lx%016lx", name, random[0], random[1]);
	snprintf(temporary, sizeof temporary, "%s~", path);
	int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (file < 0 || write(file, line, n) < 0 || fsync(file) < 0 || close(file) < 0 || rename(temporary, path) < 0)
		die(path);
}

int main(int argc, char **argv)
{
	static char body[65536];
	FCGX_Request request;
	const char *name = argc > 1 ? argv[1] : NULL, *way = argc > 2 ? argv[2] : "";
	int raw = strcmp(way, "raw") == 0, files = strcmp(way, "files") == 0, lazy = strcmp(way, "lazy") == 0;
	int file = name && !raw && !files ? open(name, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
	if (getenv("REQUEST_METHOD"))
		return cgi();
	FCGX_Init();
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		int n = raw ? 0 : FCGX_GetStr(body, sizeof body - 1, request.in);
		if (raw)
			write_raw(name, &request);
		else if (files)
			write_file(name, body, make_line(body, (size_t)n));
		else if (file >= 0)
			append(file, body, make_line(body, (size_t)n), lazy);
		FCGX_PutStr(answer, sizeof answer - 1, request.out);
	}
	return 0;
}
