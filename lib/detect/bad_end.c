/* How a conversation ends badly.  Apart from the rest of the library, so that
 * weir-store, which asks for it, does not carry the classifier. */
#include "detect/verdict.h"

/* Signals of a conversation that went badly, and how that is said. */
static const struct {
	const char *slug, *text;
} bad_ends[] = {
	{ "user-frustration", "the user was frustrated" },
	{ "task-failure-reported", "the user said that it did not work" },
	{ "refusal", "the agent declined" },
	{ "empty-or-truncated-answer", "the answer was empty or broke off" },
	{ "error", "the run failed" },
	{ "no-answer", "there was no answer" },
};

enum { BAD_SIGNALS = 4 };

bool
is_bad_end(struct str slug)
{
	for (size_t i = 0; i < BAD_SIGNALS; i++)
		if (str_is(slug, bad_ends[i].slug))
			return true;
	return false;
}

const char *
bad_end_text(const char *end)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_ends); i++)
		if (str_is(str_from(end), bad_ends[i].slug))
			return bad_ends[i].text;
	return end;
}

const char *
bad_end(const struct run *run, const char *signal)
{
	if (run->status == STATUS_ERROR)
		return "error";
	if (signal)
		return signal;
	return run->user_prompt.n && !run->response.n ? "no-answer" : NULL;
}

const char *
detect_bad_end(const struct run *run)
{
	for (size_t i = 0; i < BAD_SIGNALS; i++)
		for (size_t j = 0; j < run_count(run, EVENT_SIGNAL); j++) {
			const struct signal_hit *s = run_signal(run, j);

			if (str_is(s->slug, bad_ends[i].slug) &&
			    run_signal_is_current(run, s))
				return bad_end(run, bad_ends[i].slug);
		}
	return bad_end(run, NULL);
}
