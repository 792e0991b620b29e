/* Tests of single changes, and the runs that show them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "insight/report_in.h"
#include "insight/stats.h"

struct str
builder_text(struct builder *b, const char *fmt, ...)
{
	char space[2048];
	struct str s;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(space, sizeof(space), fmt, ap);
	va_end(ap);
	s = arena_str(b->arena, str_utf8_prefix(str_from(space),
	    sizeof(space)));
	if (!s.p) {
		b->failed = true;
		return STR("");
	}
	return s;
}

struct candidate *
builder_add(struct builder *b, enum insight_kind kind, enum insight_dim dim,
    struct str name)
{
	static struct candidate scratch;
	struct candidate *v = arena_more(b->arena, b->v, b->n, &b->cap,
	    sizeof(*v));

	if (!v) {
		b->failed = true;
		return &scratch;
	}
	b->v = v;
	v += b->n++;
	memset(v, 0, sizeof(*v));
	v->claim.kind = kind;
	v->claim.dim = dim;
	v->claim.name = name;
	v->claim.p = v->claim.q = 1;
	v->claim.failure_id = STR_NULL;
	v->claim.pattern = STR_NULL;
	return v;
}

/* ---- numbers as text ---- */

static struct str
grouped(struct builder *b, double v)
{
	char digits[32], out[48];
	size_t n, o = 0;

	snprintf(digits, sizeof(digits), "%.0f", fabs(v));
	n = strlen(digits);
	if (v < 0)
		out[o++] = '-';
	for (size_t i = 0; i < n && o < sizeof(out) - 2; i++) {
		if (i && (n - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = digits[i];
	}
	return builder_text(b, "%.*s", (int)o, out);
}

struct str
builder_value(struct builder *b, const char *unit, double v)
{
	double size = fabs(v);

	if (strcmp(unit, "rate") == 0)
		return builder_text(b, size < 0.1 ? "%.2f %%" : "%.1f %%",
		    v * 100);
	if (strcmp(unit, "usd") == 0)
		return builder_text(b, size >= 1 || size == 0 ? "%s$%.2f" :
		    size >= 0.001 ? "%s$%.4f" : "%s$%.7f", v < 0 ? "-" : "",
		    size);
	if (strcmp(unit, "ms") == 0)
		return size >= 10000 ? builder_text(b, "%.1f s", v / 1000) :
		    builder_text(b, size >= 10 ? "%.0f ms" : "%.2f ms", v);
	if (strcmp(unit, "number") == 0 && size < 100)
		return builder_text(b, "%.2f", v);
	return grouped(b, v);
}

struct str
builder_change(struct builder *b, double before, double now)
{
	double r;

	if (before == 0)
		return now == 0 ? STR("unchanged") : STR("from nothing");
	if (now == 0)
		return STR("to nothing");
	r = now / before;
	if (r >= 3)
		return builder_text(b, "%.1f times", r);
	return builder_text(b, "%+.0f %%", (r - 1) * 100);
}

/* ---- tests ---- */

void
candidate_rate(struct candidate *c, int64_t k0, int64_t n0, int64_t k1,
    int64_t n1, double dispersion)
{
	double p0 = ratio_of(k0, n0), p1 = ratio_of(k1, n1);

	c->claim.before = p0;
	c->claim.now = p1;
	c->claim.unit = STR("rate");
	if (n0 <= 0 || n1 <= 0)
		return;
	c->claim.p = stats_proportions(k0, n0, k1, n1, dispersion);
	c->claim.effect = stats_effect_h(fmin(p0, 1), fmin(p1, 1));
	c->is_large = fabs(c->claim.effect) >= 0.1;
	c->weight = fabs(c->claim.effect);
}

void
candidate_levels(struct candidate *c, const double *before, const double *now,
    size_t n)
{
	double ratio;

	c->claim.p = stats_levels(before, now, n, &ratio);
	c->claim.effect = log(ratio);
	c->is_large = fabs(c->claim.effect) >= log(1.15);
	c->weight = fabs(c->claim.effect);
}

static bool
is_tenth_apart(const struct sketch *before, const struct sketch *now, double q)
{
	double x = (double)sketch_quantile(before, q);
	double y = (double)sketch_quantile(now, q);

	return x > 0 && (y / x >= 1.1 || y / x <= 1 / 1.1);
}

void
candidate_latency(struct candidate *c, const struct sketch *before,
    const struct sketch *now)
{
	double above;

	c->claim.p = stats_samples(before, now, &above);
	c->claim.before = (double)sketch_quantile(before, 0.5) / 1000;
	c->claim.now = (double)sketch_quantile(now, 0.5) / 1000;
	c->claim.unit = STR("ms");
	c->claim.effect = above - 0.5;
	c->is_large = fabs(above - 0.5) >= 0.06 &&
	    (is_tenth_apart(before, now, 0.5) ||
	    is_tenth_apart(before, now, 0.95));
	c->weight = fabs(above - 0.5) * 2;
}

bool
candidate_is_like_the_rest(const struct builder *b,
    const struct rate_part *one, const struct rate_part *all,
    struct str metric)
{
	bool rose = ratio_of(one->k[NOW], one->n[NOW]) >
	    ratio_of(one->k[BEFORE], one->n[BEFORE]);
	int p = rose ? NOW : BEFORE;
	int64_t k = all->k[p] - one->k[p], n = all->n[p] - one->n[p];

	if (n <= 0 || stats_proportions(one->k[p], one->n[p], k, n, 1) < 0.05)
		return false;
	for (size_t i = 0; i < b->out->nmetrics; i++) {
		const struct insight_claim *c = &b->v[i].claim;

		if (str_eq(c->name, metric))
			return b->v[i].is_large && c->p < 0.05 &&
			    (c->now > c->before) == rose;
	}
	return false;
}

/* ---- links ---- */

static bool
has_tool(const struct insight_run *r, const struct run_filter *f)
{
	struct str rest = r->tools;

	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		bool failed = line.n && line.p[0] == '!';

		if (failed)
			line = str_from_index(line, 1);
		if (str_eq(line, f->name) && (failed || !f->tool_failed))
			return true;
	}
	return false;
}

static bool
passes(const struct insight_run *r, const struct run_filter *f)
{
	if ((f->errors_only && !r->is_error) ||
	    (f->disliked_only && !r->is_disliked))
		return false;
	switch (f->dim) {
	case INSIGHT_AGENT: return str_eq(r->agent, f->name);
	case INSIGHT_USER: return str_eq(r->user_id, f->name);
	case INSIGHT_ORG: return str_eq(r->org_id, f->name);
	case INSIGHT_MODEL: return str_eq(r->model, f->name);
	case INSIGHT_TOOL: return has_tool(r, f);
	case INSIGHT_TOPIC: return str_eq(r->topic, f->name) ||
	    str_eq(r->topic_parent, f->name);
	case INSIGHT_TOTAL:
		return !f->tool_failed || str_find_byte(r->tools, '!', 0) <
		    r->tools.n;
	case INSIGHT_PATTERN:
	case INSIGHT_DIMS:
		break;
	}
	return true;
}

static int64_t
rank_of(const struct insight_run *r, const struct run_filter *f)
{
	return f->pick == PICK_DEAREST ? r->cost_pico_usd :
	    f->pick == PICK_SLOWEST ? r->duration_us : 0;
}

static void
link_session(struct insight_claim *c, struct str id)
{
	for (size_t i = 0; i < c->nsessions; i++)
		if (str_eq(c->sessions[i], id))
			return;
	if (id.n && c->nsessions < INSIGHT_LINKS)
		c->sessions[c->nsessions++] = id;
}

static void
quote_run(struct insight_claim *c, const struct insight_run *r,
    struct str words)
{
	for (size_t i = 0; i < c->nquotes; i++)
		if (str_eq(c->quotes[i].text, words))
			return;
	if (words.n && c->nquotes < INSIGHT_QUOTES)
		c->quotes[c->nquotes++] = (struct insight_quote){ words,
			r->run_id, r->user_id };
}

void
claim_link(struct insight_claim *c, const struct insight_runs *from,
    const struct run_filter *f)
{
	const struct insight_run *best[INSIGHT_LINKS];
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct insight_run *r = &from->v[i];
		size_t at = n;

		if (!passes(r, f))
			continue;
		/* Stable: among equals the list's order holds. */
		while (at > 0 && rank_of(r, f) > rank_of(best[at - 1], f))
			at--;
		if (at >= INSIGHT_LINKS)
			continue;
		n = MIN_OF(n + 1, (size_t)INSIGHT_LINKS);
		memmove(best + at + 1, best + at,
		    (n - at - 1) * sizeof(best[0]));
		best[at] = r;
	}
	c->nruns = c->nsessions = c->nquotes = 0;
	for (size_t i = 0; i < n; i++) {
		c->runs[c->nruns++] = best[i]->run_id;
		link_session(c, best[i]->session_id);
		quote_run(c, best[i], f->disliked_only ? best[i]->complaint :
		    best[i]->quote);
	}
}
