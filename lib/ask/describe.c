/* Plans in words, and what can be asked. */
#include "ask/words.h"
#include "base/clock.h"

static const char *const subject_words[ASK_SUBJECTS] = { "",
	"figures of all runs", "runs", "failures", "tools", "models",
	"agents", "users",
	"organisations", "sessions", "patterns", "topics", "feedback",
	"insights" };

static const char *const measure_words[ASK_MEASURES] = { "count", "time",
	"how many there are", "errors", "error rate", "cost", "cost per run",
	"tokens", "tokens per run", "input tokens", "output tokens",
	"latency (p95)", "average latency", "median latency", "p95 latency",
	"p99 latency", "time to first token", "share of runs",
	"runs per user", "tool calls", "failed tool calls",
	"tool calls per run", "thumbs up", "thumbs down" };

/* In local time, with the offset. */
static void
add_instant(struct buf *b, int64_t ms, int tz_minutes)
{
	char iso[CLOCK_ISO_MAX];

	clock_format_iso(ms + tz_minutes * MS_PER_MINUTE, iso);
	buf_addf(b, "%.16s", iso);
	if (tz_minutes == 0)
		buf_add_byte(b, 'Z');
	else
		buf_addf(b, "%c%02d:%02d", tz_minutes < 0 ? '-' : '+',
		    (tz_minutes < 0 ? -tz_minutes : tz_minutes) / 60,
		    (tz_minutes < 0 ? -tz_minutes : tz_minutes) % 60);
}

static void
add_time(struct buf *b, int64_t from, int64_t to, int tz_minutes)
{
	buf_add_cstr(b, "from ");
	add_instant(b, from, tz_minutes);
	buf_add_cstr(b, " to ");
	add_instant(b, to, tz_minutes);
}

static void
add_names(const struct ask_plan *p, struct buf *b)
{
	for (size_t i = 0; i < p->nnames; i++) {
		const struct ask_name *n = &p->names[i];

		buf_addf(b, "%s%s %.*s%s", n->is_not ? ", not of " :
		    i && p->names[i - 1].dim == n->dim &&
		    !p->names[i - 1].is_not ? " or " : " of ",
		    ask_dim_name(n->dim), STR_FMT(n->text),
		    n->is_part ? "*" : "");
	}
}

static void
add_filters(const struct ask_plan *p, struct buf *b)
{
	if (p->pattern && strcmp(p->pattern, "any") == 0)
		buf_addf(b, " with%s any pattern", p->pattern_not ? "out" :
		    "");
	else if (p->pattern)
		buf_addf(b, " with%s the pattern %s", p->pattern_not ? "out" :
		    "", p->pattern);
	if (p->feedback)
		buf_addf(b, " with thumbs %s", p->feedback > 0 ? "up" :
		    "down");
	if (p->has_where)
		buf_addf(b, " with %s %s %g%s", p->where == ASK_LATENCY ?
		    "a duration" : measure_words[p->where],
		    p->where_less ? "under" : "over", p->where_value,
		    p->where == ASK_LATENCY ? " s" : p->where == ASK_COST ?
		    " USD" : "");
	if (p->text.p) {
		buf_addf(b, " with the text \"%.*s\"", STR_FMT(p->text));
		if (p->field)
			buf_addf(b, " in the %s", ask_field_name(p->field));
	}
}

static void
add_order(const struct ask_plan *p, struct buf *b)
{
	if (p->subject == ASK_FEEDBACK || p->subject == ASK_TOTALS ||
	    p->measure == ASK_NUMBER)
		buf_addf(b, ": %s", measure_words[p->measure]);
	else if (p->measure == ASK_NEWEST)
		buf_addf(b, ", %s first, at most %zu", p->is_ascending ?
		    "oldest" : "newest", p->limit);
	else if (p->by_change)
		buf_addf(b, " by change of %s, what %s most first, at most "
		    "%zu", measure_words[p->measure], p->falls ? "fell" :
		    "rose", p->limit);
	else
		buf_addf(b, " by %s, %s first, at most %zu",
		    measure_words[p->measure],
		    p->is_ascending ? "least" : "most", p->limit);
	if (p->group)
		buf_addf(b, ", by %s", ask_group_name(p->group));
}

void
ask_describe(const struct ask_plan *p, int tz_minutes, struct buf *b)
{
	if (!p->subject) {
		buf_add_cstr(b, "nothing that can be looked up");
		return;
	}
	if (p->subject == ASK_TOTALS && p->status)
		buf_add_cstr(b, "figures of all ");
	if (p->status)
		buf_add_cstr(b, p->status == ASK_ERROR ? "failed " :
		    "successful ");
	if (p->state)
		buf_addf(b, "%s ", ask_state_name(p->state));
	buf_add_cstr(b, subject_words[p->subject == ASK_TOTALS &&
	    p->status ? ASK_RUNS : p->subject]);
	add_names(p, b);
	add_filters(p, b);
	add_order(p, b);
	buf_add_cstr(b, ", ");
	if (p->is_ever)
		buf_add_cstr(b, "of all time");
	else
		add_time(b, p->from_ms, p->to_ms, tz_minutes);
	if (!p->has_time)
		buf_add_cstr(b, " (no time was named: the last seven days)");
	if (p->is_comparison) {
		buf_add_cstr(b, ", compared with ");
		add_time(b, p->compare_from_ms, p->compare_to_ms, tz_minutes);
	}
	if (p->compares_names)
		buf_add_cstr(b, ", compared with each other");
	if (p->wants_reason)
		buf_add_cstr(b, ", and what explains the change");
}

static const char *const examples[] = {
	"What are the most common failure patterns this week?",
	"Which new failures appeared since yesterday?",
	"Which failures came back this week?",
	"Which tool fails most?",
	"Which tools were slowest last week?",
	"Which tools got slower this week?",
	"Which model is the most expensive this month?",
	"What was the slowest model last month?",
	"Why did cost rise yesterday?",
	"How much did we spend this week?",
	"Cost per model per day this month",
	"Average cost per run by agent",
	"How many runs were there today?",
	"Runs per day in the last two weeks",
	"What is the error rate this week?",
	"Error rate by agent over the weekend",
	"Compare this week with last week",
	"Which users were frustrated this week?",
	"What is the frustration rate this month?",
	"Which customers cost the most this month?",
	"How many users were there last month?",
	"Which agent has the highest error rate?",
	"Show the failed runs of the last 24 hours",
	"Show the three slowest runs today",
	"Runs that cost more than $1 this week",
	"What are the most common patterns this week?",
	"Show runs where a tool was called twice with the same arguments",
	"Which sessions had errors yesterday?",
	"How is the feedback this month compared to last month?",
	"How many tokens did we use in October?",
	"What do people ask about refunds?",
	"What are the top topics this week?",
	"Find runs that mention a password reset",
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
		if (x->v[i].kind == WORD_STOP || x->v[i].kind == WORD_QUOTED)
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
	for (size_t i = 0; i < q.n; i++)
		if (strlen(q.v[i].low) < 4 || words_are(&q, i, "what") ||
		    words_are(&q, i, "which"))
			q.v[i].kind = WORD_STOP;
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
