/* From what was heard to a plan. */
#include "ask/hear.h"

static bool
has_names(enum ask_subject s)
{
	return ask_dim_of(s) != ASK_DIMS && s != ASK_RUNS;
}

/* ---- measures ---- */

static enum ask_measure
with_statistic(const struct heard *h, enum ask_measure m)
{
	static const enum ask_measure latencies[] = { ASK_LATENCY_AVG,
		ASK_LATENCY_P50, ASK_LATENCY_P95, ASK_LATENCY_P99 };

	if (!h->has_statistic)
		return m;
	if (m == ASK_LATENCY)
		return latencies[h->statistic];
	if (h->statistic == STAT_AVERAGE && m == ASK_COST)
		return ASK_COST_PER_RUN;
	if (h->statistic == STAT_AVERAGE && m == ASK_TOKENS)
		return ASK_TOKENS_PER_RUN;
	return m;
}

/* "p99" alone is of latency. */
static void
settle_measure(struct heard *h)
{
	if (!h->has_measure && h->has_statistic &&
	    h->statistic != STAT_AVERAGE) {
		h->has_measure = true;
		h->measure = ASK_LATENCY;
	}
	if (h->has_measure)
		h->measure = with_statistic(h, h->measure);
	if (h->has_measure && h->measure == ASK_NEWEST)
		h->has_list = true;
}

/* ---- subjects ---- */

/* "gpt-4o vs claude": two names of one kind, set against each other. */
static bool
plan_names(struct ask_plan *p, const struct heard *h)
{
	if (!h->has_compare && !h->has_change)
		return false;
	for (int d = ASK_DIM_AGENT; d < ASK_DIMS; d++) {
		if (ask_names_of(p, (enum ask_dim)d) < 2)
			continue;
		p->subject = ask_subject_of((enum ask_dim)d);
		p->compares_names = true;
		p->measure = h->has_measure ? h->measure : h->has_fail ?
		    (h->has_rate ? ASK_ERROR_RATE : ASK_ERRORS) : ASK_COUNT;
		return true;
	}
	return false;
}

static void
plan_pattern(struct ask_plan *p, const struct heard *h)
{
	enum ask_subject s = h->by ? h->by : h->head;

	p->measure = h->has_rate ? ASK_SHARE : ASK_COUNT;
	if (h->has_fail && !p->status)
		p->status = ASK_ERROR;
	if (s == ASK_TOPICS || has_names(s)) {
		p->subject = s;
		if (h->has_how_many && !h->by && !h->has_rate)
			p->measure = ASK_NUMBER;
	} else if (h->has_how_many || h->has_rate || p->group ||
	    p->is_comparison || p->wants_reason) {
		p->subject = ASK_TOTALS;
	} else {
		p->subject = ASK_RUNS;
		p->measure = h->has_measure ? h->measure : ASK_NEWEST;
	}
	if (p->subject == ASK_SESSIONS && p->measure == ASK_COUNT)
		p->measure = ASK_NEWEST;
}

/* Bare "errors" is a number; "which errors", "errors about" are groups. */
static bool
wants_groups(const struct ask_plan *p, const struct heard *h)
{
	if (h->has_rate || h->has_how_many || p->group || p->wants_reason)
		return false;
	if (p->state || p->text.p || h->has_list || h->has_which ||
	    h->has_most || h->is_least || h->has_extreme || p->has_limit)
		return true;
	return !h->fails[FAIL_ERROR] && !p->is_comparison;
}

static void
plan_fail(struct ask_plan *p, const struct heard *h)
{
	enum ask_subject s = h->by ? h->by : h->fail_is_head ? ASK_NOTHING :
	    h->head;

	p->measure = h->has_rate ? ASK_ERROR_RATE : ASK_ERRORS;
	if (h->fail_is_head && !s && !h->has_rate && !p->group) {
		p->subject = ASK_FAILURES;
		p->measure = ASK_COUNT;
	} else if ((h->fails[FAIL_TOOL_CALL] || (h->has_measure &&
	    h->measure == ASK_TOOL_CALLS)) && !has_names(s)) {
		p->subject = ASK_TOTALS;
		p->measure = ASK_TOOL_ERRORS;
	} else if (s == ASK_SESSIONS && !h->has_rate) {
		p->subject = s;
		p->status = ASK_ERROR;
		p->measure = h->has_how_many ? ASK_NUMBER : ASK_NEWEST;
	} else if (!p->wants_reason && (s == ASK_TOPICS || has_names(s))) {
		p->subject = s;
		if (h->has_how_many && !h->by && !h->fails[FAIL_ERROR]) {
			p->measure = ASK_NUMBER;
			p->status = ASK_ERROR;
		}
	} else if (s == ASK_RUNS && h->has_measure && h->measure != ASK_COUNT &&
	    !h->has_list && !h->has_which && !h->has_most &&
	    !h->has_extreme && !p->has_limit) {
		/* "cost of failed runs" */
		p->subject = ASK_TOTALS;
		p->measure = h->measure;
		p->status = ASK_ERROR;
	} else if (s == ASK_RUNS && !h->has_rate && !h->has_how_many &&
	    !p->group && !p->is_comparison) {
		p->subject = ASK_RUNS;
		p->measure = h->has_measure && h->measure != ASK_COUNT ?
		    h->measure : ASK_NEWEST;
		p->status = ASK_ERROR;
	} else if (s != ASK_RUNS && wants_groups(p, h)) {
		p->subject = ASK_FAILURES;
		p->measure = h->has_recent || (h->has_measure &&
		    h->measure == ASK_NEWEST) ? ASK_NEWEST : ASK_COUNT;
	} else {
		p->subject = ASK_TOTALS;
	}
}

static void
plan_feedback(struct ask_plan *p, const struct heard *h)
{
	enum ask_subject s = h->by ? h->by : h->head;

	p->measure = h->thumbs > 0 ? ASK_THUMBS_UP : h->thumbs < 0 ?
	    ASK_THUMBS_DOWN : ASK_COUNT;
	p->subject = ASK_FEEDBACK;
	if (h->thumbs && has_names(s)) {
		p->subject = s;
	} else if (h->thumbs && (s == ASK_RUNS || s == ASK_SESSIONS)) {
		p->subject = ASK_RUNS;
		p->feedback = h->thumbs;
		p->measure = ASK_NEWEST;
	}
}

/* Rows of runs are wanted, not how many there were. */
static bool
wants_runs(const struct ask_plan *p, const struct heard *h)
{
	if (h->has_how_many || h->has_rate || p->group || p->is_comparison ||
	    h->has_statistic)
		return false;
	return h->has_list || h->has_which || h->has_extreme || h->has_most ||
	    h->is_least || p->status || p->text.p || p->has_where ||
	    p->has_limit || ask_name_of(p, ASK_DIM_RUN) ||
	    ask_name_of(p, ASK_DIM_SESSION);
}

static bool
names_someone(const struct ask_plan *p)
{
	return ask_name_of(p, ASK_DIM_RUN) || ask_name_of(p, ASK_DIM_USER) ||
	    ask_name_of(p, ASK_DIM_SESSION) || ask_name_of(p, ASK_DIM_ORG) ||
	    ask_name_of(p, ASK_DIM_AGENT) || ask_name_of(p, ASK_DIM_TOOL) ||
	    ask_name_of(p, ASK_DIM_MODEL);
}

/* Of what has names: rows by the measure, or how many there are. */
static void
plan_entities(struct ask_plan *p, const struct heard *h,
    enum ask_subject s)
{
	p->subject = s;
	p->measure = h->has_measure ? h->measure : s == ASK_SESSIONS &&
	    !h->has_most ? ASK_NEWEST : ASK_COUNT;
	/* "users per day" are how many there were on each, too. */
	if ((h->has_how_many || (p->group && !h->has_most)) && !h->by &&
	    (!h->has_measure || h->measure == ASK_COUNT))
		p->measure = ASK_NUMBER;
}

/* What little was heard makes a question only if nothing was unheard. */
static void
plan_little(struct ask_plan *p, const struct heard *h)
{
	if (h->unknown)
		return;
	if (p->is_comparison && (p->has_time || h->has_which)) {
		p->subject = ASK_TOTALS;
	} else if (p->text.p || p->has_where || ask_name_of(p, ASK_DIM_RUN) ||
	    ask_name_of(p, ASK_DIM_USER) || ask_name_of(p, ASK_DIM_ORG) ||
	    ask_name_of(p, ASK_DIM_SESSION) || p->status) {
		p->subject = ASK_RUNS;
		p->measure = ASK_NEWEST;
	} else if (names_someone(p)) {
		p->subject = ASK_TOTALS;
	}
}

static void
plan_rest(struct ask_plan *p, const struct heard *h)
{
	enum ask_subject s = h->by ? h->by : h->head;
	bool measured = h->has_measure;

	p->measure = measured ? h->measure : ASK_COUNT;
	if (s == ASK_INSIGHTS) {
		p->subject = s;
		p->measure = ASK_NEWEST;
	} else if (s == ASK_PATTERNS || s == ASK_TOPICS) {
		p->subject = s;
		if (s == ASK_TOPICS && h->has_how_many && !h->by && !measured)
			p->measure = ASK_NUMBER;
	} else if (has_names(s) && !p->wants_reason &&
	    !(h->head_is_who && h->unknown && !measured && !h->has_most &&
	    !p->text.p)) {
		plan_entities(p, h, s);
	} else if (s == ASK_RUNS && wants_runs(p, h)) {
		p->subject = ASK_RUNS;
		p->measure = measured && h->measure != ASK_COUNT ?
		    h->measure : ASK_NEWEST;
	} else if (p->text.p && !measured && s != ASK_RUNS) {
		p->subject = h->has_how_many ? ASK_TOTALS : ASK_RUNS;
		p->measure = ASK_NEWEST;
	} else if (measured || s == ASK_RUNS || h->subjects[ASK_TOTALS]) {
		p->subject = ASK_TOTALS;
	} else if (h->has_rate && p->status == ASK_OK) {
		p->subject = ASK_TOTALS;
		p->measure = ASK_ERROR_RATE;
	} else {
		plan_little(p, h);
	}
	if (p->subject == ASK_TOTALS && p->measure == ASK_NEWEST)
		p->measure = ASK_COUNT;
}

/* What users ask: topics, unless it is asked who or how many. */
static bool
asks_topics(const struct ask_plan *p, const struct heard *h)
{
	return ((h->has_ask && !p->pattern) || (h->has_open_about &&
	    p->pattern)) && h->has_which && !h->has_how_many &&
	    !h->has_fail && (h->head == ASK_NOTHING ||
	    h->head == ASK_USERS || h->head == ASK_ORGS ||
	    h->head == ASK_TOPICS);
}

static void
decide(struct ask_plan *p, const struct heard *h)
{
	bool thumbs = h->thumbs != 0 || h->subjects[ASK_FEEDBACK];

	if (plan_names(p, h))
		return;
	/* "compare agents by cost" compares them with each other. */
	p->is_comparison |= (h->has_compare && !(has_names(h->head) &&
	    !p->has_time)) || h->has_change || h->has_why;
	p->wants_reason = h->has_why;
	if (asks_topics(p, h))
		p->subject = ASK_TOPICS;
	else if (thumbs && !(p->pattern && !h->thumbs))
		plan_feedback(p, h);
	else if (p->pattern)
		plan_pattern(p, h);
	else if ((h->has_fail || h->state.p) && !p->status)
		plan_fail(p, h);
	else
		plan_rest(p, h);
	p->wants_reason &= p->subject == ASK_TOTALS;
}

/* Slots that stand in for others. */
static void
settle(struct ask_plan *p, const struct heard *h)
{
	p->is_ascending = h->is_least;
	p->by_change = p->is_comparison && h->has_change;
	p->falls = p->by_change && h->falls;
	if (p->compares_names)
		p->is_ascending = false;
	if (p->subject == ASK_FAILURES && p->text.p && !p->field)
		p->field = ASK_IN_ERROR;
	if ((p->subject == ASK_TOPICS || p->subject == ASK_USERS) &&
	    p->text.p && !p->field)
		p->field = ASK_IN_PROMPT;
	if (!p->text.p)
		p->field = ASK_ANY_FIELD;
	if (p->state && p->subject != ASK_FAILURES) {
		p->state = ASK_ANY_STATE;
	}
	if (!p->is_comparison)
		p->wants_reason = false;
}

void
words_decide(struct words *w, struct ask_plan *p)
{
	struct heard h;

	words_hear(w, p, &h);
	settle_measure(&h);
	if (h.has_future && !p->refused)
		p->refused = "it is about the future";
	if (h.has_order)
		p->refused = "it asks for something to be done; only "
		    "questions can be answered here";
	/* Too much of it is about something else. */
	if (p->refused || (h.unknown > 2 && h.unknown > 2 * h.known))
		return;
	if (!h.head && (h.has_most || h.has_extreme))
		h.head = h.mentioned;
	/* "users that came back" is not about failures. */
	if (h.state.p && !h.has_fail && has_names(h.by ? h.by : h.head)) {
		p->ignored[p->nignored++] = h.state;
		h.state = STR_NULL;
		p->state = ASK_ANY_STATE;
	}
	if (h.has_how_many && h.by && h.head && h.head != h.by &&
	    h.head != ASK_RUNS && !h.has_fail && !p->pattern) {
		p->refused = "only runs, calls and errors are counted by "
		    "something";
		return;
	}
	decide(p, &h);
	settle(p, &h);
}

void
ask_parse(struct ask_plan *p, struct str question,
    const struct ask_context *c)
{
	struct words w;

	*p = (struct ask_plan){ .limit = ASK_LIMIT_DEFAULT };
	words_split(&w, question);
	words_correct(&w, c, p);
	words_time(&w, c, p);
	words_patterns(&w, c, p);
	words_vocabulary(&w);
	words_where(&w, p);
	words_text(&w, c, p);
	words_names(&w, c, p);
	words_error_text(&w, p);
	words_fail_text(&w, p);
	words_decide(&w, p);
	words_time_end(c, p);
}
