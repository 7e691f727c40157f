/* Downloads. CSV is for people, so it has the labels of the fields and what spreadsheets want; JSON lines are for programs. */
#include "desk/desk_download.h"

#include <string.h>

#include "base/date.h"
#include "keep/export.h"

/* What is needed while the response is sent, when the visit is over. */
struct download {
	const struct config *config;
	const struct form *form;
	const struct secret *secret;
	struct filter filter;
	bool json;
};

static int send_piece(void *context, const char *bytes, size_t n)
{
	const struct request *request = context;
	return request->transport->write(request->transport->context, bytes, n);
}

static int send_download(void *context, const struct request *request)
{
	const struct download *download = context;
	const struct export_options options = {
		.filter = &download->filter, .json = download->json, .excel = !download->json, .labels = !download->json};
	const struct export_sink sink = {send_piece, (void *)(uintptr_t)request};
	return export_write(download->config, download->form, download->secret, &options, &sink);
}

bool desk_download_wanted(const struct visit *visit)
{
	return strcmp(visit->as, "csv") == 0 || strcmp(visit->as, "json") == 0;
}

void desk_download_answer(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct response *response = exchange->response;
	struct download *download = arena_take(exchange->arena, sizeof *download);
	char today[DATE_DAY];
	*download = (struct download){exchange->config, exchange->form, visit->secret, visit->filter, strcmp(visit->as, "json") == 0};
	date_day_write(today, date_day(visit->now));
	visit_headers(visit);
	response->type = download->json ? "application/jsonl" : "text/csv; charset=utf-8; header=present";
	response->policy = "default-src 'none'; sandbox";
	response_header(response, "Content-Disposition", "attachment; filename=\"%s-%s.%s\"", exchange->form->name, today,
		download->json ? "jsonl" : "csv");
	response_stream(response, send_download, download);
}
