/* What the messages of a run tell: the text model over the dialogue. */
#include "detect/verdict.h"

static void
add_turn(struct turn *turns, size_t *n, enum turn_role role, struct str text)
{
	if (text.n)
		turns[(*n)++] = (struct turn){ role, text };
}

/* The names of the reasons, joined. */
static struct str
reason_text(struct arena *a, const struct score_result *r)
{
	struct str text = STR_NULL;

	for (size_t i = 0; i < r->n_reasons; i++) {
		if (r->reasons[i].weight <= 0)
			continue;
		text = text.p ? arena_printf(a, "%.*s; %s", STR_FMT(text),
		    r->reasons[i].name) : arena_printf(a, "%s",
		    r->reasons[i].name);
	}
	return text;
}

/*
 * The model's sources are what tools said; a verdict is only given when the
 * answer also states specifics that nobody in the dialogue has mentioned.
 */
static bool
is_invented(const struct verdict_builder *b, const struct turn *turns,
    size_t index, struct str answer, struct finding *f)
{
	struct str example;

	if (!specifics_are_unsupported(answer, turns, index, &example))
		return false;
	f->from = (size_t)(example.p - answer.p);
	f->to = f->from + example.n;
	f->reason = arena_printf(b->arena, "%.*s stands in no tool result "
	    "and in no earlier message", STR_FMT(example));
	return true;
}

static void
look_for(struct verdict_builder *b, struct scorer *scorer,
    enum score_pattern pattern, const struct turn *turns, size_t index,
    struct str message)
{
	struct score_result r;
	struct finding f;

	if (score_quick(scorer, pattern, index) < score_threshold(pattern) ||
	    !score_turn(scorer, pattern, index, &r))
		return;
	f = (struct finding){ .slug = score_name(pattern), .score = r.score,
		.threshold = r.threshold, .message = message, .from = r.from,
		.to = r.to, .role = score_role(pattern) == TURN_USER ?
		"user" : "assistant" };
	f.reason = reason_text(b->arena, &r);
	if (pattern == SCORE_UNGROUNDED &&
	    !is_invented(b, turns, index, message, &f))
		return;
	verdict_add_signal(b, &f);
}

/* Patterns that only make sense when the run's end is known. */
static bool
applies(const struct run *run, enum score_pattern p, bool has_tools)
{
	if (p == SCORE_EMPTY_ANSWER)
		return ENTITY_HAS(run, RUN, end_ns) &&
		    run->status != STATUS_ERROR && run->user_prompt.n;
	if (p == SCORE_UNGROUNDED)
		return has_tools && run->response.n;
	return true;
}

static void
add_earlier(struct turn *turns, size_t *n, const struct run *const *earlier,
    size_t n_earlier)
{
	for (size_t i = 0; i < n_earlier; i++) {
		add_turn(turns, n, TURN_USER, str_utf8_prefix(
		    earlier[i]->user_prompt, HEAD_PREVIEW_BYTES));
		add_turn(turns, n, TURN_ASSISTANT, str_utf8_prefix(
		    earlier[i]->response, HEAD_PREVIEW_BYTES));
	}
}

double
turns_frustration(struct scorer *scorer, const struct run *run,
    const struct run *const *earlier, size_t n_earlier, struct arena *a)
{
	struct turn *turns = arena_array(a, 2 * n_earlier + 1, sizeof(*turns));
	size_t n = 0;

	if (!turns || !run->user_prompt.n)
		return 0;
	add_earlier(turns, &n, earlier, n_earlier);
	add_turn(turns, &n, TURN_USER, run->user_prompt);
	scorer_load(scorer, turns, n);
	return score_quick(scorer, SCORE_USER_FRUSTRATION, n - 1);
}

void
detect_turns(struct verdict_builder *b, struct scorer *scorer,
    const struct run *const *earlier, size_t n_earlier)
{
	const struct run *run = b->run;
	size_t n = 0;
	struct turn *turns = arena_array(b->arena,
	    2 * n_earlier + b->n_calls + 2, sizeof(*turns));
	size_t user = SIZE_MAX, answer, before_tools;

	if (!turns) {
		b->failed = true;
		return;
	}
	add_earlier(turns, &n, earlier, n_earlier);
	if (run->user_prompt.n) {
		user = n;
		add_turn(turns, &n, TURN_USER, run->user_prompt);
	}
	before_tools = n;
	for (size_t i = 0; i < b->n_calls; i++)
		add_turn(turns, &n, TURN_TOOL,
		    value_text(&b->calls[i].span->output));
	answer = n;
	turns[n++] = (struct turn){ TURN_ASSISTANT, run->response };
	scorer_load(scorer, turns, n);
	for (int p = 0; p < SCORE_PATTERNS; p++) {
		bool about_user = score_role((enum score_pattern)p) == TURN_USER;

		if (about_user ? user == SIZE_MAX || !run->conversational :
		    !applies(run, (enum score_pattern)p, answer > before_tools))
			continue;
		look_for(b, scorer, (enum score_pattern)p, turns,
		    about_user ? user : answer,
		    about_user ? run->user_prompt : run->response);
	}
}
