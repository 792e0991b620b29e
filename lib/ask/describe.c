/* Plans in words, and what can be asked. */
#include "ask/words.h"
#include "base/clock.h"

const char *
ask_subject_name(enum ask_subject s)
{
	static const char *const names[ASK_SUBJECTS] = { "", "totals", "runs",
		"failures", "tools", "models", "agents", "users",
		"organisations", "sessions", "patterns", "feedback",
		"insights" };

	return names[s];
}

const char *
ask_measure_name(enum ask_measure m)
{
	static const char *const names[ASK_MEASURES] = { "count", "errors",
		"error rate", "cost", "tokens", "latency", "flagged runs" };

	return names[m];
}

static void
add_time(struct buf *b, int64_t from, int64_t to)
{
	char x[CLOCK_ISO_MAX], y[CLOCK_ISO_MAX];

	clock_format_iso(from, x);
	clock_format_iso(to, y);
	buf_addf(b, "from %.16sZ to %.16sZ", x, y);
}

void
ask_describe(const struct ask_plan *p, struct buf *b)
{
	if (!p->subject) {
		buf_add_cstr(b, "nothing that can be looked up");
		return;
	}
	if (p->only_errors)
		buf_add_cstr(b, "failed ");
	if (p->only_new)
		buf_add_cstr(b, "new ");
	buf_add_cstr(b, ask_subject_name(p->subject));
	if (p->pattern)
		buf_addf(b, " with the pattern %s", p->pattern);
	if (p->agent.p)
		buf_addf(b, " of agent %.*s", STR_FMT(p->agent));
	if (p->subject != ASK_FEEDBACK && p->subject != ASK_INSIGHTS)
		buf_addf(b, " by %s, %s first, at most %zu",
		    ask_measure_name(p->measure),
		    p->is_ascending ? "least" : "most", p->limit);
	buf_add_cstr(b, ", ");
	add_time(b, p->from_ms, p->to_ms);
	if (!p->has_time)
		buf_add_cstr(b, " (no time was named: the last seven days)");
	if (p->is_comparison) {
		buf_add_cstr(b, ", compared with ");
		add_time(b, p->compare_from_ms, p->compare_to_ms);
	}
	if (p->wants_reason)
		buf_add_cstr(b, ", by model");
}

static const char *const examples[] = {
	"What are the most common failure patterns this week?",
	"Which new failures appeared since yesterday?",
	"Which tool fails most?",
	"Which tools were slowest last week?",
	"Which model is the most expensive this month?",
	"What was the slowest model last month?",
	"Why did cost rise yesterday?",
	"How much did we spend this week?",
	"How many runs were there today?",
	"What is the error rate this week?",
	"Compare this week with last week",
	"Which users were frustrated this week?",
	"Which customers cost the most this month?",
	"Which agent has the highest error rate?",
	"Show the failed runs of the last 24 hours",
	"Show the slowest runs today",
	"What are the most common patterns this week?",
	"Show runs where a tool was called twice with the same arguments",
	"Which sessions had errors yesterday?",
	"How is the feedback this month compared to last month?",
	"How many tokens did we use in October?",
	"Show the latest insights",
};

const char *
ask_example(size_t i)
{
	return i < ARRAY_LEN(examples) ? examples[i] : NULL;
}

static size_t
shared_words(const struct words *x, const struct words *y)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++) {
		if (x->v[i].kind == WORD_STOP)
			continue;
		for (size_t k = 0; k < y->n; k++)
			if (strncmp(x->v[i].low, y->v[k].low, 4) == 0) {
				n++;
				break;
			}
	}
	return n;
}

size_t
ask_nearest(struct str question, const char **out, size_t n)
{
	size_t score[ARRAY_LEN(examples)], got = 0;
	struct words q, x;

	words_split(&q, question);
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		words_split(&x, str_from(examples[i]));
		score[i] = 1 + shared_words(&q, &x);
	}
	while (got < n && got < ARRAY_LEN(examples)) {
		size_t best = 0;

		for (size_t i = 1; i < ARRAY_LEN(examples); i++)
			if (score[i] > score[best])
				best = i;
		out[got++] = examples[best];
		score[best] = 0;
	}
	return got;
}
