/* The result of the work on an outcome. */
#include "answer/result.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/outcome_job.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"
#include "http/condition.h"

/* Sends what a command made, as the media type of the configuration, under a policy that lets nothing in it run. */
static void send_result(struct exchange *exchange, int file, const struct stat *status)
{
	struct response *response = exchange->response;
	const char *etag = text_printed(exchange->arena, "\"%jx-%jx\"",
		(uintmax_t)status->st_mtim.tv_sec * 1000000000u + (uintmax_t)status->st_mtim.tv_nsec, (uintmax_t)status->st_size);
	if (condition_failed(exchange->request, etag, status->st_mtime)) {
		close(file);
		page_problem(exchange, 412, MESSAGE_NO_CONDITION);
		return;
	}
	response->type = outcome_job_task(exchange)->type;
	response->policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
	response_header(response, "ETag", "%s", etag);
	response_modified(response, status->st_mtime);
	response_header(response, "Cache-Control", "private, no-cache");
	response_header(response, "Referrer-Policy", "same-origin");
	response_header(response, "X-Robots-Tag", "noindex");
	if (condition_unchanged(exchange->request, etag, status->st_mtime))
		response->status = 304;
	if (response->status == 200)
		response_file(response, file, 0, (uint64_t)status->st_size);
	else
		close(file);
}

void result_answer(struct exchange *exchange)
{
	time_t received;
	struct stat status;
	json_t *record = outcome_job_record(exchange, &received);
	if (!record)
		return;
	json_decref(record);
	const char *path = outcome_job_result(exchange);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file >= 0 && fstat(file, &status) == 0) {
		send_result(exchange, file, &status);
		return;
	}
	if (file < 0 && errno == ENOENT) {
		exchange->problem = "result-not-ready";
		page_problem(exchange, 404, MESSAGE_RESULT_NOT_READY);
		return;
	}
	diag_system("%s: can't be read", path);
	file_close(file);
	page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD);
}
