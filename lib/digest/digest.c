#include "digest/digest_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/detect.h"
#include "insight/report.h"
#include "repo/group.h"
#include "repo/topics.h"

enum { QUOTE_MAX = 200, TOOLS_MAX = 2000 };

int
digest_spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "insight: the period has too much in it");
}

struct digest *
digest_new(const struct period *now)
{
	struct digest *d = mem_zalloc(1, sizeof(*d));

	d->arena = arena_new(DIGEST_BYTES_MAX);
	d->s.period[NOW] = *now;
	period_previous(now, &d->s.period[BEFORE]);
	for (int p = 0; p < PERIODS; p++)
		d->nbounds[p] = period_slices(&d->s.period[p], d->bounds[p]);
	d->s.nslices = MIN_OF(d->nbounds[BEFORE], d->nbounds[NOW]);
	for (int i = 0; i < INSIGHT_DIMS; i++) {
		d->cells[i] = map_new();
		d->pairs[i] = map_new();
	}
	d->patterns = map_new();
	d->failures = map_new();
	d->changes = map_new();
	d->topics = map_new();
	return d;
}

void
digest_watch(struct digest *d, void (*fn)(void *arg, int64_t done,
    int64_t runs), void *arg)
{
	d->watch = fn;
	d->watch_arg = arg;
}

void
digest_step(struct digest *d, int64_t n)
{
	const struct cell *t = map_get(d->cells[INSIGHT_TOTAL], STR(""));
	int64_t runs = t ? t->sum[BEFORE].c[COUNT_RUNS] +
	    t->sum[NOW].c[COUNT_RUNS] : 0;

	d->steps_done = MIN_OF(d->steps_done + n, d->steps);
	if (d->watch)
		d->watch(d->watch_arg, (int64_t)((double)runs *
		    (double)d->steps_done / (double)d->steps), runs);
}

static void
cell_fini(void *p)
{
	struct cell *c = p;

	for (int i = 0; i < PERIODS; i++)
		rollup_fini(&c->sum[i]);
}

void
digest_free(struct digest *d)
{
	if (!d)
		return;
	for (int i = 0; i < INSIGHT_DIMS; i++) {
		map_free(d->cells[i], cell_fini);
		map_free(d->pairs[i], NULL);
	}
	map_free(d->patterns, NULL);
	map_free(d->failures, NULL);
	map_free(d->changes, NULL);
	map_free(d->topics, NULL);
	arena_free(d->arena);
	free(d);
}

void
digest_price(const struct repo_pricer *pricer, struct run *run)
{
	group_price(pricer, run);
}

/* ---- cells ---- */

struct cell *
digest_cell(struct digest *d, enum insight_dim dim, struct str name)
{
	void **slot;
	struct cell *c;
	bool sliced = dim <= INSIGHT_TOOL;

	if (!name.p)
		name = STR("");
	slot = map_put(d->cells[dim], name);
	if (*slot)
		return *slot;
	c = arena_alloc(d->arena, sizeof(*c));
	if (!c || !(c->name = arena_str(d->arena, name)).p)
		goto spent;
	for (int p = 0; p < PERIODS && sliced; p++) {
		c->slices[p] = arena_array(d->arena, d->nbounds[p],
		    sizeof(*c->slices[p]));
		if (!c->slices[p])
			goto spent;
	}
	return *slot = c;
spent:
	(void)map_delete(d->cells[dim], name);
	return NULL;
}

struct failure_cell *
digest_failure(struct digest *d, struct str id)
{
	void **slot = map_put(d->failures, id);
	struct failure_cell *c;

	if (*slot)
		return *slot;
	c = arena_alloc(d->arena, sizeof(*c));
	if (!c || !(c->f.failure_id = arena_str(d->arena, id)).p) {
		(void)map_delete(d->failures, id);
		return NULL;
	}
	c->f.first_seen_ms = INT64_MAX;
	return *slot = c;
}

struct pattern_cell *
digest_pattern(struct digest *d, struct str slug)
{
	void **slot = map_put(d->patterns, slug);
	struct pattern_cell *c;

	if (*slot)
		return *slot;
	c = arena_alloc(d->arena, sizeof(*c));
	if (!c || !(c->slug = arena_str(d->arena, slug)).p) {
		(void)map_delete(d->patterns, slug);
		return NULL;
	}
	return *slot = c;
}

void
digest_count(struct insight_counts *to, const int64_t *c)
{
	to->runs += c[COUNT_RUNS];
	to->calls += c[COUNT_CALLS];
	to->errors += c[COUNT_ERRORS];
	to->ended += c[COUNT_ENDED];
	to->duration_us += c[COUNT_DURATION_US];
	to->total_tokens += c[COUNT_TOTAL_TOKENS];
	to->cost_pico_usd += c[COUNT_COST_PICO_USD];
	to->unpriced += c[COUNT_UNPRICED];
	to->steps += c[COUNT_STEPS];
	to->tool_calls += c[COUNT_TOOL_CALLS];
	to->tool_errors += c[COUNT_TOOL_ERRORS];
	to->conversational += c[COUNT_CONVERSATIONAL];
	to->flagged += c[COUNT_FLAGGED];
	to->thumbs_up += c[COUNT_THUMBS_UP];
	to->thumbs_down += c[COUNT_THUMBS_DOWN];
	to->feedback_texts += c[COUNT_FEEDBACK_TEXTS];
	to->frustrated += c[COUNT_FRUSTRATED];
	to->task_failed += c[COUNT_TASK_FAILED];
}

/* ---- runs to point at ---- */

/* The model of the dearest span; of equals the first by name, so that the
 * order of spans does not matter. */
static struct str
dearest_model(const struct run *run)
{
	struct str best = run->model;
	int64_t most = -1;

	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *s = run_span(run, i);
		struct str model = span_model(s);

		if (!model.n || !span_is_billed(s))
			continue;
		if (s->cost_pico_usd > most || (s->cost_pico_usd == most &&
		    str_cmp(model, best) < 0)) {
			most = s->cost_pico_usd;
			best = model;
		}
	}
	return best;
}

static bool
keep(struct digest *d, struct str s, struct str *out)
{
	*out = STR("");
	if (!s.n)
		return true;
	*out = arena_str(d->arena, s);
	return out->p != NULL;
}

/* Between newlines, each line once; what does not fit is left out. */
static struct str
tools_of(const struct run *run, struct buf *b)
{
	buf_add_byte(b, '\n');
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *s = run_span(run, i);
		size_t from = b->n;

		if (s->type != SPAN_TOOL || !s->name.n ||
		    b->n + s->name.n + 2 > TOOLS_MAX)
			continue;
		if (s->status == STATUS_ERROR)
			buf_add_byte(b, '!');
		buf_add_str(b, s->name);
		buf_add_byte(b, '\n');
		if (str_find(str_of(b->p, from), str_of(b->p + from - 1,
		    b->n - from + 1), 0) < from)
			b->n = from;
	}
	return buf_str(b);
}

/* The longest of its complaints; of equals the first by bytes. */
static struct str
complaint_of(const struct run *run, bool *is_disliked)
{
	struct str best = STR("");

	*is_disliked = false;
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		const struct score *s = run_score(run, i);
		struct str text = str_utf8_prefix(s->comment, QUOTE_MAX);
		bool has_text;
		int thumbs;

		if (!repo_score_feedback(s, &thumbs, &has_text) || thumbs >= 0)
			continue;
		*is_disliked = true;
		if (text.n > best.n || (text.n == best.n &&
		    str_cmp(text, best) < 0))
			best = text;
	}
	return best;
}

bool
digest_card(struct digest *d, struct cards *list, const struct run *run,
    int64_t ms, struct str quote)
{
	struct card *v = arena_more(d->arena, list->v, list->n, &list->cap,
	    sizeof(*v));
	struct str parent = STR_NULL, topic = STR_NULL;
	struct str complaint;
	struct run_totals t;
	struct buf tools;
	bool good;

	if (!v)
		return false;
	(void)run_topic(run, &parent, &topic);
	list->v = v;
	v += list->n;
	memset(v, 0, sizeof(*v));
	run_totals(run, &t);
	v->ms = ms;
	v->rid = hash128(run->base.id);
	v->run.start_ms = t.start_ms;
	v->run.duration_us = t.duration_ns / 1000;
	v->run.cost_pico_usd = t.cost_pico_usd;
	v->run.is_error = t.is_error;
	complaint = complaint_of(run, &v->run.is_disliked);
	list->n++;
	buf_init(&tools, TOOLS_MAX);
	good = keep(d, tools_of(run, &tools), &v->run.tools);
	buf_fini(&tools);
	return good && keep(d, run->base.id, &v->run.run_id) &&
	    keep(d, topic, &v->run.topic) &&
	    keep(d, parent, &v->run.topic_parent) &&
	    (list != &d->recent || keep(d, str_utf8_prefix(run->user_prompt,
	    QUOTE_MAX), &v->run.prompt)) &&
	    (list != &d->recent || keep(d, complaint,
	    &v->run.complaint)) &&
	    keep(d, run->session_id, &v->run.session_id) &&
	    keep(d, run->agent, &v->run.agent) &&
	    keep(d, run->user_id, &v->run.user_id) &&
	    keep(d, run->org_id, &v->run.org_id) &&
	    keep(d, dearest_model(run), &v->run.model) &&
	    keep(d, str_utf8_prefix(quote, QUOTE_MAX), &v->run.quote);
}

static bool
ends_sentence(struct str s, size_t i)
{
	if (s.p[i] == '\n')
		return true;
	return strchr(".!?", s.p[i]) && (i + 1 == s.n || s.p[i + 1] == ' ');
}

/* The sentences of the prompt that the n bytes at are in, if they are not
 * more than a quote may be. */
static struct str
whole_sentence(struct str prompt, size_t at, size_t n)
{
	size_t from = at, to = at + n;

	while (from > 0 && !ends_sentence(prompt, from - 1))
		from--;
	while (to < prompt.n && !ends_sentence(prompt, to - 1))
		to++;
	return to - from > QUOTE_MAX ? str_of(prompt.p + at, n) :
	    str_trim(str_of(prompt.p + from, to - from));
}

/*
 * The user's words that the strongest signal of the slug was found in: of
 * patterns that look elsewhere there are none, nor of custom ones that were
 * found in what the agent said.  Only as much of the prompt as a head has
 * counts, so that runs and heads give the same.
 */
static struct str
evidence(const struct run *run, struct str slug)
{
	const struct detect_pattern *known = detect_pattern_by_slug(slug);
	const struct signal_hit *best = NULL;
	struct str words, prompt;
	size_t at;

	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (!str_eq(s->slug, slug) || !s->evidence.n ||
		    !run_signal_is_current(run, s))
			continue;
		if (!best || s->score > best->score ||
		    (s->score == best->score &&
		    str_cmp(s->base.id, best->base.id) < 0))
			best = s;
	}
	if (!best)
		return STR("");
	words = str_utf8_prefix(best->evidence, QUOTE_MAX);
	prompt = str_utf8_prefix(run->user_prompt, HEAD_PREVIEW_BYTES);
	at = str_find(prompt, words, 0);
	if (known && !known->is_about_user)
		return STR("");
	if (at == SIZE_MAX)
		return known ? words : STR("");
	return whole_sentence(prompt, at, words.n);
}

static bool
count_pair(struct digest *d, int period, enum insight_dim dim,
    struct str slug, struct str name)
{
	struct insight_pair *p;
	struct buf key;
	void **slot;

	if (!name.n)
		return true;
	buf_init(&key, 2 * EVENT_BYTES_MAX);
	buf_add_str(&key, slug);
	buf_add_byte(&key, 0);
	buf_add_str(&key, name);
	slot = map_put(d->pairs[dim], buf_str(&key));
	p = *slot;
	if (!p && (p = arena_alloc(d->arena, sizeof(*p)))) {
		if (keep(d, slug, &p->slug) && keep(d, name, &p->name))
			*slot = p;
		else
			p = NULL;
	}
	if (p)
		p->runs[period]++;
	else
		(void)map_delete(d->pairs[dim], buf_str(&key));
	buf_fini(&key);
	return p != NULL;
}

int
digest_pattern_run(struct digest *d, int period, struct str slug,
    const struct run *run, int64_t ms, struct err *e)
{
	struct pattern_cell *c = digest_pattern(d, slug);

	if (!c)
		return digest_spent(e);
	if (++c->runs[period] > PAIR_RUNS_MAX)
		c->is_cut[period] = true;
	if (!c->is_cut[period] &&
	    (!count_pair(d, period, INSIGHT_AGENT, slug, run->agent) ||
	    !count_pair(d, period, INSIGHT_USER, slug, run->user_id) ||
	    !count_pair(d, period, INSIGHT_ORG, slug, run->org_id)))
		return digest_spent(e);
	if (period == NOW && !digest_card(d, &c->latest, run, ms,
	    evidence(run, slug)))
		return digest_spent(e);
	return 0;
}

const struct insight_summary *
digest_summary(const struct digest *d)
{
	return &d->s;
}

int
digest_event(const struct digest *d, int64_t created_ns, struct arena *a,
    struct event *out, struct err *e)
{
	struct insight_report *r = arena_alloc(a, sizeof(*r));

	if (!r)
		return digest_spent(e);
	if (insight_compare(&d->s, a, r, e))
		return e->code;
	return insight_event(r, created_ns, a, out, e);
}
