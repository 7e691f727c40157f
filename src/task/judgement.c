/*
 * The jobs come before the mark: a crash in between leaves the outcome unjudged, and the next try finds its jobs there. A judgement
 * that only repeats what was found when the outcome was posted takes the owner's word back.
 */
#include "task/judgement.h"

#include "task/release.h"

int judgement_set(const struct config *config, const struct form *form, const struct secret *secret, const struct marked *marked,
	bool released, bool spam, const char *by, time_t now)
{
	static const enum mark_spam words[] = {MARK_UNJUDGED, MARK_SPAM, MARK_HAM};
	const enum mark_spam *word = &words[marked->suspect == spam ? MARK_UNJUDGED : spam ? MARK_SPAM : MARK_HAM];
	bool releases = !spam && marked->suspect && !released;
	if (releases && release_tasks(config, form, marked->id) < 0)
		return -1;
	if (marks_set(config, form, secret, marked, 1, &(struct mark_change){.spam = word}, by, now) < 0)
		return -1;
	return !spam && marked->suspect; /* jobs that were released before may still wait for a worker, so it is started again */
}
