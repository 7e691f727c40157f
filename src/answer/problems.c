/* The page that explains the problem types. It is for the authors of clients, and in English only. */
#include "answer/problems.h"

#include "answer/page.h"
#include "base/escape.h"
#include "base/text.h"

static const struct {
	const char *type, *title, *text;
} problems[] = {
	{"key-missing", "The key is missing",
		"This form accepts a post only with an Idempotency-Key header, or with the token of a drawn form (400). Make up a new key for each "
		"message, such as a UUID, and send the same key when you repeat the request."},
	{"key-invalid", "The key is invalid",
		"The Idempotency-Key must be a text in double quotes, as in Idempotency-Key: \"8e03978e-40d5-43dd-bc93-6894a57f9324\", or the same "
		"without quotes, of 1 to 255 characters (400)."},
	{"key-taken", "The key was used before",
		"A post with this Idempotency-Key came before, with other content, and was kept (422). Use a new key for new content. A repetition "
		"with the same content is answered with the address of the first one."},
	{"result-not-ready", "The result is not there yet",
		"The task that makes the result has not finished, or has failed (404). Ask the status, whose URI ends in /status."},
};

void problems_answer(struct exchange *exchange)
{
	struct text *out = &exchange->response->body;
	exchange->catalogue = &message_english;
	response_header(exchange->response, "Cache-Control", "max-age=3600");
	page_begin(exchange, "Problem types", "Problem types");
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		escape_markup(out, "<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", problems[i].type, problems[i].title, problems[i].text);
	page_end(exchange);
}
