/* Who may come to the desk, and which page a path stands for: /-/, /-/FORM or /-/FORM/ID. */
#include "desk/desk.h"

#include <string.h>

#include "answer/page.h"
#include "base/escape.h"
#include "config/forms.h"
#include "desk/desk_download.h"
#include "desk/desk_form.h"
#include "desk/desk_outcome.h"
#include "desk/desk_overview.h"

bool desk_has_path(const char *path)
{
	return strncmp(path, "/-", 2) == 0 && (path[2] == '\0' || path[2] == '/');
}

/* Splits what follows "/-/" at its slashes; false if there are too many, or one is empty. */
static bool split_rest(const char *rest, struct span *form, struct span *id)
{
	*form = span_before(span_of(rest), '/');
	*id = (struct span){"", 0};
	if (!*rest || !rest[form->length])
		return true;
	*id = span_of(rest + form->length + 1);
	return form->length && id->length && !memchr(id->bytes, '/', id->length);
}

static bool owns_any(const struct visit *visit)
{
	struct config *whole = forms_whole(visit->exchange->config);
	bool owns = false;
	for (size_t i = 0; i < whole->forms_n && !owns; i++)
		owns = visit_owns(visit, &whole->forms[i]);
	config_free(whole);
	return owns;
}

/* Answers 403, with what to configure, unless the web server has logged an owner in, of the form or, if it is NULL, of any. */
static bool admit_owner(const struct visit *visit, const struct form *form)
{
	struct exchange *exchange = visit->exchange;
	if (!visit->user) {
		page_problem(exchange, 403, MESSAGE_DESK_LOGIN);
		return false;
	}
	if (form ? visit_owns(visit, form) : owns_any(visit))
		return true;
	page_problem_text(
		exchange, 403, message_fill(exchange->catalogue, MESSAGE_DESK_NOT_OWNER, exchange->arena, "user", visit->user, NULL));
	return false;
}

/* Answers with the overview, for which all forms are read. */
static void answer_overview(struct visit *visit)
{
	const struct config *config = visit->exchange->config;
	struct config *whole = forms_whole(config);
	visit->exchange->config = whole;
	desk_overview_answer(visit);
	visit->exchange->config = config;
	config_free(whole);
}

void desk_answer(struct exchange *exchange)
{
	struct visit visit;
	struct span form, id;
	const char *path = exchange->request->path;
	visit_begin(&visit, exchange);
	bool known = split_rest(path[2] ? path + 3 : "", &form, &id);
	const struct form *wanted = known && form.length && visit.user ? forms_find(exchange->config, form) : NULL;
	if (!admit_owner(&visit, wanted))
		return;
	if (!path[2]) {
		page_redirect(exchange, 308, text_printed(exchange->arena, "%s/-/", exchange->request->root), "");
		return;
	}
	exchange->form = wanted;
	exchange->id = id;
	if (known && !form.length)
		answer_overview(&visit);
	else if (!exchange->form && known && forms_have(exchange->config, form))
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
	else if (!exchange->form)
		page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
	else if (id.length)
		desk_outcome_answer(&visit);
	else if (desk_download_wanted(&visit) && exchange->request->method != METHOD_POST)
		desk_download_answer(&visit);
	else
		desk_form_answer(&visit);
}
