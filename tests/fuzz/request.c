/*
 * A whole request through seeother_answer, over a transport of strings. The input is text:
 *
 *   POST /contact                  the method, and the path, percent-encoded as a client sends it
 *   CONTENT_TYPE=text/plain        further variables; CONTENT_LENGTH is the body's own where none is given
 *   READ=5                         how many bytes a read gives at the most; not seen by the program
 *                                  an empty line, then the body
 *
 * Whatever it is, the answer is one header block and its body, and what a 303 promises is there.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "../../seeother.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../unit/scratch.h"
#include "base/ascii.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/media.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

enum { VARIABLES_MAX = 24, KEPT_MAX = 2000 };

/* Limits are low, so that every one is met; away is the form whose visitor goes elsewhere, gifts takes files of any kind. */
static const char ini[] =
	"[seeother]\ndata = data\ndurable = no\nmax_body = 2K\nmax_fields = 12\nmax_name = 24\nmax_value = 512\nmax_files = 2\nmax_file = 1K\n"
	"[form contact]\ntitle = Write <to> us\nintro = Hello\n"
	"[fields contact]\nname = text required max=20\nemail = email\nurl = url\nphone = tel\nage = number min=1 max=120\nborn = date\n"
	"topic = choice options=sales,support\ndays = checkbox options=Saturday,Sunday\nagree = checkbox\nmessage = textarea max=200\n"
	"ref = hidden default=x\nphoto = file accept=image/* max=512\nwebsite = trap\n"
	"[patterns contact]\nphone = [0-9 +]*\n"
	"[form inbox]\nowners = owner\nshow = none\n[form gifts]\nfiles = yes\nshow_files = yes\n"
	"[form away]\nnext = /thanks/{form}/{id}?outcome={outcome}\npage = /page.html\n";

static char config[PATH_MAX], data[PATH_MAX];
static struct site site;
static struct arena ours, arena; /* ours outlives the request */

struct fake {
	const char *variables[VARIABLES_MAX]; /* "NAME=value"; the first of a name counts */
	size_t variables_n;
	struct span body; /* what is left of it */
	size_t piece;
	struct text out;
};

struct answer {
	int status;
	struct span location, length, type, body;
};

/* Between the messages of a run nobody could find anything. */
static void hush(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
}

static void end(void)
{
	site_end(&site);
	arena_free(&arena);
	scratch_remove(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	if (sodium_init() < 0 || scratch_make(NULL) < 0)
		return -1;
	atexit(end);
	json_object_seed(1); /* the same each time, so that a run can be repeated */
	snprintf(config, sizeof config, "%s/config.ini", scratch);
	snprintf(data, sizeof data, "%s/data", scratch);
	FILE *file = fopen(config, "w");
	if (!file || fputs(ini, file) < 0 || fclose(file) != 0)
		return -1;
	site_begin(&site, config);
	site_refresh(&site); /* says what is wrong with the file; from here on nothing is said */
	assert(site.config);
	diag_to(hush, NULL);
	return 0;
}

static const char *fake_variable(void *context, const char *name)
{
	const struct fake *fake = context;
	size_t n = strlen(name);
	for (size_t i = 0; i < fake->variables_n; i++)
		if (strncmp(fake->variables[i], name, n) == 0 && fake->variables[i][n] == '=')
			return fake->variables[i] + n + 1;
	return NULL;
}

static ssize_t fake_read(void *context, char *buffer, size_t n, struct pace *pace)
{
	(void)pace;
	struct fake *fake = context;
	n = n < fake->piece ? n : fake->piece;
	n = n < fake->body.length ? n : fake->body.length;
	memcpy(buffer, fake->body.bytes, n);
	fake->body.bytes += n;
	fake->body.length -= n;
	return (ssize_t)n;
}

static bool fake_surplus(void *context)
{
	return ((const struct fake *)context)->body.length > 0;
}

static int fake_write(void *context, const char *bytes, size_t n)
{
	text_add(&((struct fake *)context)->out, bytes, n);
	return 0;
}

/* Decodes a path in place, as a web server does. */
static void decode(char *path)
{
	char *to = path;
	for (; *path; path++) {
		int high = *path == '%' ? ascii_hex_value(path[1]) : -1, low = high < 0 ? -1 : ascii_hex_value(path[2]);
		*to++ = low < 0 ? *path : (char)(high * 16 + low);
		path += low < 0 ? 0 : 2;
	}
	*to = '\0';
}

static void variable_add(struct fake *fake, const char *variable)
{
	if (fake->variables_n < VARIABLES_MAX)
		fake->variables[fake->variables_n++] = variable;
}

/* The input's first line. */
static void request_line_take(struct fake *fake, char *line)
{
	char *path = line + strcspn(line, " ");
	if (*path) {
		*path++ = '\0';
		decode(path);
	}
	variable_add(fake, text_printed(&ours, "REQUEST_METHOD=%s", line));
	variable_add(fake, text_printed(&ours, "PATH_INFO=%s", path));
}

static struct fake fake_made(struct span input)
{
	struct fake fake = {.out = {.arena = &ours}};
	char *line = arena_copy(&ours, input.bytes, input.length), *end_of_all = line + input.length;
	for (bool first = true; line < end_of_all && *line != '\n'; first = false) {
		char *next = memchr(line, '\n', (size_t)(end_of_all - line));
		next = next ? next : end_of_all;
		*next = '\0';
		if (first)
			request_line_take(&fake, line);
		else
			variable_add(&fake, line);
		line = next < end_of_all ? next + 1 : next;
	}
	line += line < end_of_all;
	fake.body = (struct span){line, (size_t)(end_of_all - line)};
	variable_add(&fake, text_printed(&ours, "CONTENT_LENGTH=%zu", fake.body.length));
	const char *piece = fake_variable(&fake, "READ");
	fake.piece = piece && atoi(piece) > 0 ? (size_t)atoi(piece) : SIZE_MAX;
	return fake;
}

static bool is_utf8(struct span text)
{
	for (size_t at = 0, n; at < text.length; at += n)
		if ((n = utf8_sequence(text.bytes + at, text.length - at)) == 0)
			return false;
	return true;
}

/* Takes "Name: value"; the headers that decide what becomes of the answer stand there once at the most. */
static void header_take(struct answer *answer, struct span line)
{
	const char *colon = memchr(line.bytes, ':', line.length);
	assert(colon && colon + 2 <= line.bytes + line.length && colon[1] == ' ');
	struct span name = {line.bytes, (size_t)(colon - line.bytes)}, value = {colon + 2, line.length - name.length - 2};
	assert(media_is_token(name));
	for (size_t i = 0; i < value.length; i++)
		assert((unsigned char)value.bytes[i] >= ' ' && value.bytes[i] != 0x7f);
	struct span status = {0};
	const struct {
		const char *name;
		struct span *to;
	} once[] = {{"Status", &status}, {"Location", &answer->location}, {"Content-Length", &answer->length}, {"Content-Type", &answer->type}};
	for (size_t i = 0; i < sizeof once / sizeof *once; i++)
		if (span_is(name, once[i].name)) {
			assert(value.length && !once[i].to->length);
			*once[i].to = value;
		}
	if (status.length) {
		assert(!answer->status);
		answer->status = atoi(status.bytes);
		assert(answer->status >= 200 && answer->status <= 599);
	}
}

static struct answer answer_read(const struct text *out)
{
	struct answer answer = {0};
	const char *line = text_string(out), *line_end;
	for (; (line_end = strstr(line, "\r\n")) != line; line = line_end + 2) {
		assert(line_end);
		header_take(&answer, (struct span){line, (size_t)(line_end - line)});
	}
	line += 2;
	answer.body = (struct span){line, (size_t)(out->bytes + out->length - line)};
	return answer;
}

/* Gives what is answered, which must be in order whatever was asked. */
static struct answer ask(struct fake *fake)
{
	struct transport transport = {.context = fake, .variable = fake_variable, .read = fake_read, .surplus = fake_surplus, .write = fake_write};
	const char *method = fake_variable(fake, "REQUEST_METHOD");
	seeother_answer(&site, &arena, &transport);
	struct answer answer = answer_read(&fake->out);
	assert(answer.status);
	assert((answer.status == 303) == (answer.location.length > 0));
	for (size_t i = 0; i < answer.location.length; i++)
		assert(answer.location.bytes[i] > ' ' && answer.location.bytes[i] < 0x7f);
	if (strcmp(method, "HEAD") == 0)
		assert(answer.body.length == 0);
	else
		assert(answer.body.length == (answer.length.length ? strtoul(answer.length.bytes, NULL, 10) : 0));
	if (span_is(answer.type, "text/html; charset=utf-8")) /* an upload may be anything */
		assert(is_utf8(answer.body));
	return answer;
}

/* Asks for another path, all else as it was. */
static struct answer ask_again(const struct fake *before, const char *path)
{
	struct fake get = {.out = {.arena = &ours}, .piece = SIZE_MAX};
	variable_add(&get, "REQUEST_METHOD=GET");
	variable_add(&get, text_printed(&ours, "PATH_INFO=%s", path));
	for (size_t i = 0; i < before->variables_n; i++)
		variable_add(&get, before->variables[i]);
	return ask(&get);
}

/* What a 303 sent the visitor to is there, and so is what that page names as the first upload. */
static void follow(const struct fake *post, struct span location)
{
	const char *path = arena_copy(&ours, location.bytes, location.length), *at = path + location.length;
	for (int slashes = 0; slashes < 2; slashes += *at == '/')
		at--;
	assert(at > path);
	struct answer outcome = ask_again(post, at);
	assert(outcome.status == 200 || outcome.status == 304 || outcome.status == 406);
	const char *upload = outcome.status == 200 ? strstr(outcome.body.bytes, "/files/1/") : NULL;
	if (!upload)
		return;
	char *file = text_printed(&ours, "%s%.*s", at, (int)strcspn(upload, "\"<"), upload);
	decode(file);
	int status = ask_again(post, file).status;
	assert(status == 200 || status == 206 || status == 304 || status == 416 || status == 404); /* 404: it was a field's text */
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	static size_t kept;
	if (n == 0 || *bytes == '\n')
		return 0;
	struct fake fake = fake_made((struct span){(const char *)bytes, n});
	struct answer answer = ask(&fake);
	if (answer.location.length && strncmp(fake_variable(&fake, "PATH_INFO"), "/away", 5) != 0)
		follow(&fake, answer.location);
	if (answer.location.length && ++kept == KEPT_MAX) { /* or the disk would fill up */
		nftw(data, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
		kept = 0;
	}
	arena_free(&ours);
	return 0;
}
