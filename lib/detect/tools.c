/* Failures, and what tool calls tell: errors ignored, calls repeated. */
#include <stdlib.h>

#include "base/hash.h"
#include "detect/template.h"
#include "detect/verdict.h"

/*
 * TCC's SDK ends the open children of a failed run with this text
 * (contracts/tcc.md A4): the run's own failure says it already.
 */
#define ENDED_WITH_RUN "Parent run errored"

/*
 * The error message of a tool call: of a failed one, or of one whose result
 * is an error in disguise.  False when it went well, or merely ended because
 * its run did.
 */
static bool
tool_error(const struct span *s, struct str *message)
{
	struct str output = value_text(&s->output);

	if (s->status == STATUS_ERROR) {
		if (str_is(s->status_message, ENDED_WITH_RUN))
			return false;
		*message = s->status_message.n ? s->status_message :
		    s->exception_message.n ? s->exception_message :
		    output.n ? output : STR("error without a message");
		return true;
	}
	return output.n && template_is_error(output, message);
}

static struct str
run_error(const struct run *run)
{
	if (run->status_message.n)
		return run->status_message;
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *s = run_span(run, i);

		if (s->status == STATUS_ERROR && s->exception_message.n)
			return s->exception_message;
		if (s->status == STATUS_ERROR && s->status_message.n)
			return s->status_message;
	}
	return STR("error without a message");
}

void
detect_failures(struct verdict_builder *b)
{
	if (b->run->status == STATUS_ERROR)
		verdict_add_failure(b, NULL, run_error(b->run));
	for (size_t i = 0; i < b->n_calls; i++)
		if (b->calls[i].is_error)
			verdict_add_failure(b, b->calls[i].span,
			    b->calls[i].error);
}

static int
by_start(const void *a, const void *b)
{
	const struct tool_call *x = a, *y = b;

	if (x->span->start_ns != y->span->start_ns)
		return x->span->start_ns < y->span->start_ns ? -1 : 1;
	return str_cmp(x->span->base.id, y->span->base.id);
}

void
detect_calls(struct verdict_builder *b)
{
	size_t spans = run_count(b->run, EVENT_SPAN);

	b->calls = arena_array(b->arena, spans, sizeof(*b->calls));
	if (!b->calls) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < spans; i++) {
		const struct span *s = run_span(b->run, i);
		struct tool_call *c = &b->calls[b->n_calls];

		if (s->type != SPAN_TOOL)
			continue;
		c->span = s;
		c->hash = hash64(s->name) * 31 + hash64(value_text(&s->input));
		c->is_error = tool_error(s, &c->error);
		b->n_calls++;
	}
	qsort(b->calls, b->n_calls, sizeof(*b->calls), by_start);
}

static bool
succeeds_later(const struct tool_call *calls, size_t n, size_t i)
{
	for (size_t j = i + 1; j < n; j++)
		if (!calls[j].is_error &&
		    str_eq(calls[j].span->name, calls[i].span->name))
			return true;
	return false;
}

/* True if the response owns up to a problem, in any of these words. */
static bool
mentions_trouble(struct str response)
{
	static const char *const words[] = { "error", "fail", "unable",
		"could not", "couldn't", "cannot", "can't", "not able",
		"wasn't able", "unfortunately", "sorry", "apolog", "problem",
		"issue", "trouble", "not found", "no longer", "unavailable",
		"not available", "not possible", "invalid", "instead",
		"try again", "transfer", "does not", "doesn't", "isn't",
		"not be", "unsuccessful", "incorrect" };
	char lower[4096];
	size_t n = MIN_OF(response.n, sizeof(lower));
	struct str text = str_of(lower, n);

	for (size_t i = 0; i < n; i++) {
		char c = response.p[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find(text, str_from(words[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

static void
detect_ignored(struct verdict_builder *b, const struct tool_call *calls, size_t n)
{
	const struct run *run = b->run;

	if (run->status == STATUS_ERROR || !run->response.n ||
	    mentions_trouble(run->response))
		return;
	for (size_t i = 0; i < n; i++) {
		struct finding f = { .slug = "tool-error-ignored",
			.score = 0.8, .threshold = 0.5, .role = "tool" };

		if (!calls[i].is_error || succeeds_later(calls, n, i))
			continue;
		f.span_id = calls[i].span->base.id;
		f.message = calls[i].error;
		f.to = calls[i].error.n;
		f.reason = arena_printf(b->arena, "%.*s failed, no later call "
		    "of it succeeded, and the response does not say so",
		    STR_FMT(calls[i].span->name));
		verdict_add_signal(b, &f);
		return;
	}
}

/*
 * A repeat is suspect when an equal call had succeeded before, or from the
 * third time on: a single retry after an error is good practice.
 */
static void
detect_loop(struct verdict_builder *b, const struct tool_call *calls, size_t n)
{
	size_t worst = 0, worst_times = 0;

	for (size_t i = 1; i < n; i++) {
		size_t times = 1;
		bool succeeded = false;

		for (size_t j = 0; j < i; j++) {
			if (calls[j].hash != calls[i].hash)
				continue;
			times++;
			succeeded = succeeded || !calls[j].is_error;
		}
		if ((times >= 3 || (times == 2 && succeeded)) &&
		    times > worst_times) {
			worst = i;
			worst_times = times;
		}
	}
	if (worst_times) {
		struct str input = value_text(&calls[worst].span->input);
		struct finding f = { .slug = "tool-loop",
			.score = 1.0 - 1.0 / (double)worst_times,
			.threshold = 0.5, .role = "tool",
			.span_id = calls[worst].span->base.id,
			.message = input, .to = input.n };

		f.reason = arena_printf(b->arena,
		    "%.*s was called %zu times with the same arguments",
		    STR_FMT(calls[worst].span->name), worst_times);
		verdict_add_signal(b, &f);
	}
}

/* Beyond this many calls the quadratic search for repeats is not worth it. */
enum { LOOP_CALLS_MAX = 500 };

void
detect_tools(struct verdict_builder *b)
{
	if (b->n_calls == 0)
		return;
	detect_ignored(b, b->calls, b->n_calls);
	detect_loop(b, b->calls, MIN_OF(b->n_calls, LOOP_CALLS_MAX));
}
