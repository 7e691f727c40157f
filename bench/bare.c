/*
 * The floors for one post. As CGI: reads the body and prints a 303. As FastCGI: a bare libfcgi loop that does the same; with an
 * argument, the name of a file, it also locks that, appends the body with a newline, and flushes it, before it answers; with two,
 * it writes the raw body to the file, however large, and flushes it.
 */
#define _DEFAULT_SOURCE
#include <fcgiapp.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char answer[] =
	"Location: http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nStatus: 303 See Other\r\n"
	"Content-Type: text/html; charset=utf-8\r\nContent-Length: 243\r\n"
	"Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'self'\r\n"
	"X-Content-Type-Options: nosniff\r\n\r\n"
	"<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>See other</title>\n"
	"<p>See <a href=\"http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">"
	"http://localhost/seeother/contact/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa</a>.</p>\n</html>\n";

static int cgi(void)
{
	char body[65536];
	const char *length = getenv("CONTENT_LENGTH");
	ssize_t n = read(0, body, length ? (size_t)atoi(length) : 0);
	return n < 0 || write(1, answer, sizeof answer - 1) < 0;
}

static void append(int file, char *line, size_t n)
{
	line[n] = '\n';
	if (flock(file, LOCK_EX) < 0 || write(file, line, n + 1) < 0 || flock(file, LOCK_UN) < 0 || fdatasync(file) < 0)
		exit(1);
}

static void write_raw(const char *name, FCGX_Request *request)
{
	static char piece[16384];
	int n, file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = FCGX_GetStr(piece, sizeof piece, request->in)) > 0)
		if (write(file, piece, (size_t)n) != n)
			exit(1);
	if (fsync(file) < 0 || close(file) < 0)
		exit(1);
}

int main(int argc, char **argv)
{
	static char body[65536];
	FCGX_Request request;
	int file = argc > 1 ? open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
	if (getenv("REQUEST_METHOD"))
		return cgi();
	FCGX_Init();
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		int n = argc > 2 ? 0 : FCGX_GetStr(body, sizeof body - 1, request.in);
		if (argc > 2)
			write_raw(argv[1], &request);
		else if (file >= 0)
			append(file, body, (size_t)n);
		FCGX_PutStr(answer, sizeof answer - 1, request.out);
	}
	return 0;
}
