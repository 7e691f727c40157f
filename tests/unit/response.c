/* Responses: the header block and body as they leave. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "answer/page.h"
#include "base/diag.h"
#include "base/text.h"
#include "http/response.h"

/* A request whose answer is collected. */
struct peer {
	const char *method, *protocol;
	struct arena arena;
	struct text got;
	size_t writes;
	bool gone;
	struct transport transport;
	struct request request;
	struct response response;
};

static size_t said;
static char last[256]; /* what was said last */

static void count_messages(void *context, const char *line, size_t n)
{
	(void)context;
	assert_true(n > 0 && line[n - 1] == '\n');
	snprintf(last, sizeof last, "%.*s", (int)n, line);
	said++;
}

static const char *variable(void *context, const char *name)
{
	const struct peer *peer = context;
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return peer->method;
	return strcmp(name, "SERVER_PROTOCOL") == 0 ? peer->protocol : NULL;
}

static int collect(void *context, const char *bytes, size_t n)
{
	struct peer *peer = context;
	peer->writes++;
	text_add(&peer->got, bytes, n);
	return peer->gone ? -1 : 0;
}

static void begin(struct peer *peer, const char *method, const char *protocol)
{
	*peer = (struct peer){.method = method, .protocol = protocol};
	peer->got.arena = &peer->arena;
	peer->transport = (struct transport){.context = peer, .variable = variable, .write = collect};
	request_begin(&peer->request, &peer->arena, &peer->transport);
	response_begin(&peer->response, &peer->arena);
	said = 0;
	diag_to(count_messages, NULL);
}

static int end(struct peer *peer)
{
	diag_to(NULL, NULL);
	arena_free(&peer->arena);
	return 0;
}

/* Sends what was put together and gives where its body begins; every line of the head is looked at. */
static const char *sent(struct peer *peer)
{
	assert_int_equal(response_send(&peer->response, &peer->request), 0);
	assert_int_equal(peer->writes, 1);
	const char *line = text_string(&peer->got), *stop;
	assert_int_equal(strlen(line), peer->got.length);
	for (; strncmp(line, "\r\n", 2) != 0; line = stop + 2) {
		stop = strstr(line, "\r\n");
		assert_non_null(stop);
		assert_int_equal(strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"), strcspn(line, ":"));
		for (const char *c = line; c < stop; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
	}
	return line + 2;
}

/* Gives the value of a header that is there once, or NULL. */
static const char *header(struct peer *peer, const char *name)
{
	const char *found = NULL, *body = strstr(text_string(&peer->got), "\r\n\r\n") + 2;
	size_t n = strlen(name);
	for (const char *line = text_string(&peer->got); line < body; line = strstr(line, "\r\n") + 2)
		if (strncmp(line, name, n) == 0 && strncmp(line + n, ": ", 2) == 0) {
			assert_null(found);
			found = arena_copy(&peer->arena, line + n + 2, strcspn(line, "\r") - n - 2);
		}
	return found;
}

static void assert_begins(bool location_first, const char *start)
{
	struct peer peer;
	begin(&peer, "POST", "HTTP/1.1");
	peer.transport.location_first = location_first;
	response_header(&peer.response, "Cache-Control", "no-store");
	page_see_other(&(struct exchange){.arena = peer.response.body.arena, .request = &peer.request, .response = &peer.response,
		.catalogue = &message_english}, "https://example.org/a?b=1&c='2'");
	const char *body = sent(&peer);
	assert_memory_equal(text_string(&peer.got), start, strlen(start));
	assert_string_equal(header(&peer, "Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(header(&peer, "Cache-Control"), "no-store");
	assert_string_equal(header(&peer, "X-Content-Type-Options"), "nosniff");
	assert_non_null(header(&peer, "Content-Security-Policy"));
	assert_non_null(strstr(body, "<a href=\"https://example.org/a?b=1&amp;c=&#39;2&#39;\">"));
	end(&peer);
}

static void location_comes_first_by_fastcgi_and_status_as_cgi(void **state)
{
	(void)state;
	assert_begins(true, "Location: https://example.org/a?b=1&c='2'\r\nStatus: 303 See Other\r\nContent-Type: ");
	assert_begins(false, "Status: 303 See Other\r\nLocation: https://example.org/a?b=1&c='2'\r\nContent-Type: ");
}

static void every_protocol_gets_303(void **state)
{
	static const char *const protocols[] = {"HTTP/1.0", "HTTP/0.9", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0", "INCLUDED", NULL};
	(void)state;
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
		struct peer peer;
		begin(&peer, "POST", protocols[i]);
		response_redirect(&peer.response, 303, "https://example.org/");
		sent(&peer);
		assert_string_equal(header(&peer, "Status"), "303 See Other");
		assert_string_equal(header(&peer, "Location"), "https://example.org/");
		end(&peer);
	}
}

static void put_together(struct peer *peer, int status)
{
	peer->response.status = status;
	peer->response.type = "text/plain";
	text_put(&peer->response.body, "twelve bytes");
	response_header(&peer->response, "ETag", "\"%d\"", 7);
}

static void content_length_is_that_of_the_body(void **state)
{
	struct peer peer;
	(void)state;
	begin(&peer, "GET", "HTTP/1.1");
	put_together(&peer, 200);
	assert_string_equal(sent(&peer), "twelve bytes");
	assert_string_equal(header(&peer, "Content-Length"), "12");
	assert_string_equal(header(&peer, "Status"), "200 OK");
	assert_string_equal(header(&peer, "ETag"), "\"7\"");
	assert_null(header(&peer, "Location"));
	end(&peer);
}

static void head_gets_the_same_headers_without_a_body(void **state)
{
	static const int statuses[] = {200, 303, 304, 404, 204};
	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct peer get, head;
		begin(&get, "GET", "HTTP/1.1");
		begin(&head, "HEAD", "HTTP/1.1");
		put_together(&get, statuses[i]);
		put_together(&head, statuses[i]);
		if (statuses[i] == 303) {
			response_redirect(&get.response, 303, "https://example.org/");
			response_redirect(&head.response, 303, "https://example.org/");
		}
		size_t n = (size_t)(sent(&get) - text_string(&get.got));
		assert_string_equal(sent(&head), "");
		assert_int_equal(head.got.length, n);
		assert_memory_equal(head.got.bytes, get.got.bytes, n);
		end(&get);
		end(&head);
	}
}

static void what_has_no_body_has_no_type_and_no_length(void **state)
{
	static const int statuses[] = {204, 304};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer peer;
		begin(&peer, "GET", "HTTP/1.1");
		put_together(&peer, statuses[i]);
		assert_string_equal(sent(&peer), "");
		assert_null(header(&peer, "Content-Type"));
		assert_null(header(&peer, "Content-Length"));
		assert_string_equal(header(&peer, "ETag"), "\"7\"");
		end(&peer);
	}
}

static void check_refused(struct peer *peer)
{
	const char *body = sent(peer);
	assert_string_equal(header(peer, "Status"), "500 Internal Server Error");
	assert_memory_equal(peer->got.bytes, "Status: ", 8);
	assert_null(strstr(peer->got.bytes, "evil"));
	assert_null(strstr(peer->got.bytes, "twelve"));
	assert_null(header(peer, "ETag"));
	assert_null(header(peer, "Location"));
	assert_string_equal(header(peer, "Content-Type"), "text/plain; charset=utf-8");
	assert_string_equal(header(peer, "X-Content-Type-Options"), "nosniff");
	assert_int_equal(strlen(body) > 0, peer->request.method != METHOD_HEAD);
	assert_int_equal(said, 1);
}

static void a_control_byte_in_any_header_makes_it_a_500_without_that_text(void **state)
{
	(void)state;
	for (int c = 1; c <= 0x7f; c = c == 0x1f ? 0x7f : c + 1)
		for (int where = 0; where < 6; where++) {
			struct peer peer;
			char value[512];
			snprintf(value, sizeof value, "https://evil.example/%c%sSet-Cookie: evil=1", c, c == '\r' ? "\n" : "");
			begin(&peer, where == 5 ? "HEAD" : "GET", "HTTP/1.1");
			put_together(&peer, 200);
			switch (where) {
			case 0: response_header(&peer.response, "Link", "%s", value); break;
			case 1: response_header(&peer.response, "Link", "%300s%s", "",
				value); break; /* a long one takes another way */
			case 2: peer.response.location = value; break;
			case 3: peer.response.type = value; break;
			case 4: peer.response.policy = value; break;
			default: response_redirect(&peer.response, 303, value); break;
			}
			check_refused(&peer);
			end(&peer);
		}
}

static void a_header_may_be_long_and_hold_bytes_beyond_ascii(void **state)
{
	struct peer peer;
	char value[1001];
	(void)state;
	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	begin(&peer, "GET", "HTTP/1.1");
	response_header(&peer.response, "X-Long", "%s", value);
	response_header(&peer.response, "X-At-The-Bound", "%.255s", value);
	response_header(&peer.response, "X-Past-The-Bound", "%.256s", value);
	response_header(&peer.response, "X-Other", "\xc3\xa9");
	sent(&peer);
	assert_string_equal(header(&peer, "X-Long"), value);
	assert_int_equal(strlen(header(&peer, "X-At-The-Bound")), 255);
	assert_int_equal(strlen(header(&peer, "X-Past-The-Bound")), 256);
	assert_string_equal(header(&peer, "X-Other"), "\xc3\xa9");
	assert_int_equal(said, 0);
	end(&peer);
}

static void a_body_is_sent_byte_for_byte(void **state)
{
	struct peer peer;
	(void)state;
	begin(&peer, "GET", "HTTP/1.1");
	peer.response.type = "application/octet-stream";
	for (int i = 0; i < 70000; i++)
		text_add(&peer.response.body, &(char){(char)(i % 251)}, 1);
	assert_int_equal(response_send(&peer.response, &peer.request), 0);
	assert_string_equal(header(&peer, "Content-Length"), "70000");
	assert_memory_equal(peer.got.bytes + peer.got.length - 70000, peer.response.body.bytes, 70000);
	end(&peer);
}

static void a_file_that_became_shorter_is_told_of_as_that(void **state)
{
	struct peer peer;
	(void)state;
	begin(&peer, "GET", "HTTP/1.1");
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_true(fputs("short", file) >= 0 && fflush(file) == 0);
	peer.response.type = "application/octet-stream";
	response_file(&peer.response, dup(fileno(file)), 0, 10);
	errno = EACCES; /* of an earlier call, and none of this one's */
	assert_int_equal(response_send(&peer.response, &peer.request), -1);
	assert_string_equal(peer.got.bytes + peer.got.length - 5, "short");
	assert_int_equal(said, 1);
	assert_non_null(strstr(last, "became shorter"));
	assert_null(strstr(last, strerror(EACCES)));
	fclose(file);
	end(&peer);
}

static void a_peer_that_is_gone_is_told_to_the_caller(void **state)
{
	struct peer peer;
	(void)state;
	begin(&peer, "GET", "HTTP/1.1");
	peer.gone = true;
	assert_int_equal(response_send(&peer.response, &peer.request), -1);
	end(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(location_comes_first_by_fastcgi_and_status_as_cgi),
		cmocka_unit_test(every_protocol_gets_303),
		cmocka_unit_test(content_length_is_that_of_the_body),
		cmocka_unit_test(head_gets_the_same_headers_without_a_body),
		cmocka_unit_test(what_has_no_body_has_no_type_and_no_length),
		cmocka_unit_test(a_control_byte_in_any_header_makes_it_a_500_without_that_text),
		cmocka_unit_test(a_header_may_be_long_and_hold_bytes_beyond_ascii),
		cmocka_unit_test(a_body_is_sent_byte_for_byte),
		cmocka_unit_test(a_file_that_became_shorter_is_told_of_as_that),
		cmocka_unit_test(a_peer_that_is_gone_is_told_to_the_caller),
	};
	return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
