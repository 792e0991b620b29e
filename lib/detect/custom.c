/* Custom patterns, compiled, and what they find in a run. */
#include "detect/custom.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/custom_in.h"
#include "detect/verdict.h"

enum { ARENA_MAX = 1 << 20 };

static const double threshold = 0.5;

struct custom {
	struct arena *arena;            /* of the texts below */
	int64_t revision;
	struct str slug;
	enum custom_trigger trigger;
	enum custom_role role;
	size_t n_tools, n_filters, n_phrases, n_regexes;
	struct str tools[CUSTOM_TOOLS_MAX];
	struct custom_filter filters[CUSTOM_FILTERS_MAX];
	struct str phrase_text[CUSTOM_PHRASES_MAX];
	struct phrase phrases[CUSTOM_PHRASES_MAX];
	struct str regex_text[CUSTOM_REGEXES_MAX];
	struct regex *regexes[CUSTOM_REGEXES_MAX];
	struct likeness *likeness;      /* NULL: not trained */
	struct custom_report report;
};

struct custom_set {
	int64_t generation;
	size_t n;
	struct custom *v[CUSTOM_SET_MAX];
};

/* What matching works with; one a detector. */
struct custom_scratch {
	struct text *text;
	struct word_list words;
	struct bucket_list buckets;
	struct regex_match *match;
};

/* ---- making ---- */

static struct str
keep(struct custom *c, struct str s)
{
	struct str copy = arena_str(c->arena, s.p ? s : STR(""));

	/* A definition within its limits has far less. */
	if (!copy.p)
		BUG("a custom pattern with too much text");
	return copy;
}

int
custom_new(const struct custom_def *def, int64_t revision,
    struct custom **out, struct err *e)
{
	struct custom *c = mem_zalloc(1, sizeof(*c));

	c->arena = arena_new(ARENA_MAX);
	c->revision = revision;
	c->slug = keep(c, def->slug);
	c->trigger = def->trigger;
	c->role = def->role;
	c->n_tools = def->n_tools;
	for (size_t i = 0; i < def->n_tools; i++)
		c->tools[i] = keep(c, def->tools[i]);
	c->n_filters = def->n_filters;
	for (size_t i = 0; i < def->n_filters; i++)
		c->filters[i] = (struct custom_filter){
			keep(c, def->filters[i].key),
			keep(c, def->filters[i].value) };
	for (size_t i = 0; i < def->n_phrases; i++)
		if (phrase_make(&c->phrases[c->n_phrases], def->phrases[i]))
			c->phrase_text[c->n_phrases++] =
			    keep(c, def->phrases[i]);
	for (size_t i = 0; i < def->n_regexes; i++) {
		if (regex_new(def->regexes[i], &c->regexes[i], e)) {
			custom_free(c);
			return err_wrap(e, "regexes[%zu]", i);
		}
		c->regex_text[c->n_regexes++] = keep(c, def->regexes[i]);
	}
	c->likeness = likeness_train(def, &c->report);
	*out = c;
	return 0;
}

void
custom_free(struct custom *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_regexes; i++)
		regex_free(c->regexes[i]);
	likeness_free(c->likeness);
	arena_free(c->arena);
	free(c);
}

const struct custom_report *
custom_report(const struct custom *c)
{
	return &c->report;
}

struct custom_set *
custom_set_new(int64_t generation)
{
	struct custom_set *s = mem_zalloc(1, sizeof(*s));

	s->generation = generation;
	return s;
}

void
custom_set_free(struct custom_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		custom_free(s->v[i]);
	free(s);
}

bool
custom_set_add(struct custom_set *s, struct custom *take)
{
	if (s->n == CUSTOM_SET_MAX) {
		custom_free(take);
		return false;
	}
	s->v[s->n++] = take;
	return true;
}

int64_t
custom_set_generation(const struct custom_set *s)
{
	return s ? s->generation : 0;
}

struct custom_scratch *
custom_scratch_new(void)
{
	struct custom_scratch *s = mem_zalloc(1, sizeof(*s));

	s->text = text_new();
	s->match = regex_match_new();
	return s;
}

void
custom_scratch_free(struct custom_scratch *s)
{
	if (!s)
		return;
	text_free(s->text);
	regex_match_free(s->match);
	free(s);
}

/* ---- which runs ---- */

static bool
has_tool(const struct verdict_builder *b, struct str name)
{
	for (size_t i = 0; i < b->n_calls; i++)
		if (str_eq(b->calls[i].span->name, name))
			return true;
	return false;
}

static bool
has_tools(const struct custom *c, const struct verdict_builder *b)
{
	for (size_t i = 0; i < c->n_tools; i++) {
		bool found = has_tool(b, c->tools[i]);

		if (found != (c->trigger == CUSTOM_ALL_TOOLS))
			return found;
	}
	return c->trigger == CUSTOM_ALL_TOOLS;
}

/* As the definition writes it: a number in decimal, true, false. */
static bool
value_is(const struct value *v, struct str want)
{
	char number[32];

	switch (v->type) {
	case VALUE_TEXT:
	case VALUE_JSON:
		return str_eq(v->s, want);
	case VALUE_BOOL:
		return str_is(want, v->b ? "true" : "false");
	case VALUE_INT:
		snprintf(number, sizeof(number), "%lld", (long long)v->i);
		return str_is(want, number);
	case VALUE_DOUBLE: {
		double d;

		return str_to_double(want, &d) && d == v->d;
	}
	case VALUE_NULL:
		break;
	}
	return false;
}

static bool
has_metadata(const struct custom *c, const struct run *run)
{
	for (size_t i = 0; i < c->n_filters; i++) {
		const struct attrs *a = &run->metadata;
		size_t j = 0;

		while (j < a->n && !str_eq(a->v[j].key, c->filters[i].key))
			j++;
		if (j == a->n || !value_is(&a->v[j].value,
		    c->filters[i].value))
			return false;
	}
	return true;
}

/* ---- what is found ---- */

/* The best finding of each pattern so far; score 0: none. */
struct hits {
	struct finding v[CUSTOM_SET_MAX];
	bool wanted[CUSTOM_SET_MAX];
};

static void
hit(struct hits *h, size_t i, const struct custom *c, const char *role,
    struct str message, size_t from, size_t to, double score,
    struct str reason)
{
	if (score <= h->v[i].score)
		return;
	h->v[i] = (struct finding){ .slug = c->slug.p, .score = score,
		.threshold = threshold, .role = role, .message = message,
		.from = from, .to = to, .reason = reason,
		.revision = c->revision };
}

static bool
is_about(const struct custom *c, bool user)
{
	return c->role == CUSTOM_ANY || (c->role == CUSTOM_USER) == user;
}

static void
find_phrase(struct verdict_builder *b, struct custom_scratch *s,
    struct hits *h, size_t i, const struct custom *c, const char *role,
    struct str message, size_t base)
{
	size_t from, to;

	for (size_t j = 0; j < c->n_phrases; j++)
		if (phrase_find(&c->phrases[j], s->text, &s->words, &from,
		    &to)) {
			hit(h, i, c, role, message, base + from, base + to, 1,
			    arena_printf(b->arena, "phrase \"%.*s\"",
			    STR_FMT(c->phrase_text[j])));
			return;
		}
}

static void
find_phrases(struct verdict_builder *b, const struct custom_set *set,
    struct custom_scratch *s, struct hits *h, const char *role,
    struct str message, bool user)
{
	struct str m = str_utf8_prefix(message, CUSTOM_READ_MAX);
	size_t to;

	for (size_t from = 0; from < m.n;) {
		size_t next = phrase_portion(m, from, &to);

		text_scan(s->text, str_of(m.p + from, to - from));
		words_of(s->text, &s->words);
		for (size_t i = 0; i < set->n; i++)
			if (h->wanted[i] && h->v[i].score < 1 &&
			    is_about(set->v[i], user))
				find_phrase(b, s, h, i, set->v[i], role,
				    message, from);
		from = next;
	}
}

static void
find_regex(struct verdict_builder *b, struct custom_scratch *s,
    struct hits *h, size_t i, const struct custom *c, const char *role,
    struct str message)
{
	struct str m = str_utf8_prefix(message, CUSTOM_READ_MAX);
	size_t from, to;

	for (size_t j = 0; j < c->n_regexes && h->v[i].score < 1; j++)
		if (regex_find(c->regexes[j], s->match, m, &from, &to))
			hit(h, i, c, role, message, from, to, 1,
			    arena_printf(b->arena, "matches %.*s",
			    STR_FMT(c->regex_text[j])));
}

static void
find_in(struct verdict_builder *b, const struct custom_set *set,
    struct custom_scratch *s, struct hits *h, const char *role,
    struct str message, bool user)
{
	bool has_buckets = false;

	if (!message.n)
		return;
	find_phrases(b, set, s, h, role, message, user);
	for (size_t i = 0; i < set->n; i++) {
		const struct custom *c = set->v[i];
		double p;

		if (!h->wanted[i] || !is_about(c, user))
			continue;
		find_regex(b, s, h, i, c, role, message);
		if (!c->likeness || h->v[i].score >= 1)
			continue;
		if (!has_buckets) {
			text_scan(s->text, message);
			buckets_of(s->text, &s->buckets);
			has_buckets = true;
		}
		p = likeness_score(c->likeness, &s->buckets);
		if (p >= threshold)
			hit(h, i, c, role, message, 0, message.n, p,
			    STR("resembles the positive examples"));
	}
}

void
detect_custom(struct verdict_builder *b, const struct custom_set *set,
    struct custom_scratch *s)
{
	const struct run *run = b->run;
	struct hits h = { .wanted = { false } };
	bool any = false;

	if (!run->conversational)
		return;
	for (size_t i = 0; i < set->n; i++) {
		const struct custom *c = set->v[i];

		h.wanted[i] = (c->trigger == CUSTOM_ALL || has_tools(c, b)) &&
		    has_metadata(c, run);
		any |= h.wanted[i];
	}
	if (!any)
		return;
	regex_match_begin(s->match);
	find_in(b, set, s, &h, "user", run->user_prompt, true);
	find_in(b, set, s, &h, "assistant", run->response, false);
	for (size_t i = 0; i < set->n; i++)
		if (h.v[i].score > 0)
			verdict_add_signal(b, &h.v[i]);
}
