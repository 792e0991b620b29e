/* Names in questions: of agents, tools, models, users, organisations. */
#include "ask/words.h"

enum { FOLD_MAX = 128, NAME_WORDS_MAX = 5 };

static bool
is_joint(char c)
{
	return c == '-' || c == '_' || c == '.' || c == ' ' || c == '/' ||
	    c == ':';
}

/* Without case, and without what may stand between the parts of a name. */
static size_t
fold_name(struct str s, char *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < max; i++)
		if (!is_joint(s.p[i]))
			out[n++] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ?
			    s.p[i] | 0x20 : s.p[i]);
	return n;
}

static bool
same_fold(struct str a, struct str b)
{
	char x[FOLD_MAX], y[FOLD_MAX];
	size_t m = fold_name(a, x, FOLD_MAX), n = fold_name(b, y, FOLD_MAX);

	return m == n && m < FOLD_MAX && memcmp(x, y, m) == 0;
}

/* True if part is one or more whole parts of name: sonnet, claude-sonnet. */
static bool
has_part(struct str name, struct str part)
{
	size_t from = 0;

	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && !is_joint(name.p[i]))
			continue;
		for (size_t k = i; k <= name.n; k++)
			if ((k == name.n || is_joint(name.p[k])) &&
			    k > from && same_fold(str_of(name.p + from,
			    k - from), part))
				return true;
		from = i + 1;
	}
	return false;
}

bool
words_in_name(struct str word, const struct ask_context *c)
{
	for (int d = 0; d < ASK_DIMS; d++)
		for (size_t i = 0; i < c->names[d].n; i++)
			if (has_part(c->names[d].v[i], word))
				return true;
	return false;
}

/* The words n from i on as they were asked, blanks between. */
static struct str
words_text_of(const struct words *w, size_t i, size_t n)
{
	const struct word *last = &w->v[i + n - 1];

	return str_of(w->v[i].text.p,
	    (size_t)(last->text.p + last->text.n - w->v[i].text.p));
}

static bool
is_noun(const struct words *w, size_t i, enum ask_dim d)
{
	static const char *const nouns[ASK_DIMS][6] = {
		[ASK_DIM_RUN] = { "run", "trace" },
		[ASK_DIM_AGENT] = { "agent", "bot", "assistant", "agents" },
		[ASK_DIM_TOOL] = { "tool", "function", "tools" },
		[ASK_DIM_MODEL] = { "model", "llm", "models" },
		[ASK_DIM_USER] = { "user", "users" },
		[ASK_DIM_ORG] = { "customer", "org", "organisation",
		    "organization", "company", "tenant" },
		[ASK_DIM_SESSION] = { "session", "conversation", "chat" },
	};

	for (size_t k = 0; k < 6 && nouns[d][k]; k++)
		if (words_are(w, i, nouns[d][k]))
			return true;
	return false;
}

struct found {
	struct ask_name name;
	size_t from, words;     /* with the noun beside it */
};

/* The word may be (a part of) a name by itself: nothing else is known of it. */
static bool
is_free(const struct word *x)
{
	return x->kind == WORD_UNKNOWN || x->kind == WORD_QUOTED;
}

static bool
can_be_taken(const struct words *w, size_t i, size_t n)
{
	for (size_t k = i; k < i + n; k++)
		if (k >= w->n || w->v[k].kind == WORD_TAKEN)
			return false;
	return true;
}

/* The noun before or behind; with "the" it is a name beside a noun. */
static void
widen(const struct words *w, struct found *f)
{
	enum ask_dim d = f->name.dim;

	if (is_noun(w, f->from + f->words, d) &&
	    w->v[f->from + f->words].kind != WORD_TAKEN) {
		f->words++;
	} else if (f->from > 0 && is_noun(w, f->from - 1, d) &&
	    w->v[f->from - 1].kind != WORD_TAKEN &&
	    !w->v[f->from - 1].is_plural) {
		f->from--;
		f->words++;
	}
}

/* A known name, whole, of n words from i on. */
static bool
whole_name(const struct words *w, size_t i, size_t n, enum ask_dim d,
    const struct ask_context *c, struct found *f)
{
	struct str said = words_text_of(w, i, n);
	bool free = false, beside;

	beside = is_noun(w, i + n, d) || (i > 0 && is_noun(w, i - 1, d));
	for (size_t k = i; k < i + n; k++)
		free |= is_free(&w->v[k]) || w->v[k].kind == WORD_NUMBER;
	for (size_t k = 0; k < c->names[d].n; k++) {
		if (!same_fold(said, c->names[d].v[k]) || !(free || beside))
			continue;
		f->name = (struct ask_name){ .dim = d,
		    .text = c->names[d].v[k], .is_known = true };
		f->from = i;
		f->words = n;
		return true;
	}
	return false;
}

/* A part of known names: of one, that one; of several, all of them. */
static bool
part_name(const struct words *w, size_t i, enum ask_dim d,
    const struct ask_context *c, struct found *f)
{
	struct str said = w->v[i].text;
	size_t n = 0;

	if (!is_free(&w->v[i]) || said.n < 3 || d == ASK_DIM_USER ||
	    d == ASK_DIM_RUN || d == ASK_DIM_SESSION)
		return false;
	for (size_t k = 0; k < c->names[d].n; k++) {
		if (!has_part(c->names[d].v[k], said))
			continue;
		f->name = (struct ask_name){ .dim = d, .is_known = true,
		    .text = n ? said : c->names[d].v[k], .is_part = n > 0 };
		n++;
	}
	f->from = i;
	f->words = 1;
	return n > 0;
}

/* Ids look like ids. */
static bool
looks_like_id(const struct word *x)
{
	return x->kind == WORD_QUOTED || x->kind == WORD_NUMBER ||
	    strpbrk(x->low, "0123456789_-.@") || (x->text.n > 1 &&
	    x->text.p[0] >= 'A' && x->text.p[0] <= 'Z');
}

/* What stands beside a noun is a name, though nobody has seen it. */
static bool
stated_name(const struct words *w, size_t i, enum ask_dim d,
    struct found *f)
{
	bool asked = i > 1 && (w->v[i - 2].kind == WORD_WHICH ||
	    w->v[i - 2].kind == WORD_PER || w->v[i - 2].kind == WORD_HOW_MANY);
	bool before = i > 0 && is_noun(w, i - 1, d) &&
	    w->v[i - 1].kind == WORD_SUBJECT && !w->v[i - 1].is_plural &&
	    !asked && looks_like_id(&w->v[i]);
	bool behind = is_noun(w, i + 1, d) && w->v[i].kind == WORD_UNKNOWN &&
	    !w->v[i + 1].is_plural && i > 0 && d != ASK_DIM_RUN &&
	    d != ASK_DIM_SESSION && d != ASK_DIM_USER && d != ASK_DIM_ORG &&
	    !w->v[i].ends_clause;

	if (!(before && (is_free(&w->v[i]) ||
	    w->v[i].kind == WORD_NUMBER)) && !behind)
		return false;
	*f = (struct found){ { .dim = d, .text = w->v[i].text }, i, 1 };
	return true;
}

/* Families of models that everybody knows. */
static bool
is_model_word(const struct word *x)
{
	static const char *const families[] = { "gpt-", "gpt4", "gpt5",
		"claude-", "gemini-", "llama-", "llama3", "mistral-",
		"mixtral", "qwen", "deepseek", "command-r", "grok-", "o1-",
		"o3-", "o4-", "phi-", "gemma", "nova-" };

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (x->kind == WORD_UNKNOWN && str_has_prefix(
		    str_from(x->low), str_from(families[i])))
			return true;
	return false;
}

/* Dimensions in the order in which a bare name is looked up. */
static const enum ask_dim order[] = { ASK_DIM_AGENT, ASK_DIM_TOOL,
	ASK_DIM_MODEL, ASK_DIM_USER, ASK_DIM_ORG, ASK_DIM_SESSION,
	ASK_DIM_RUN };

/* 0: beside the noun; 1: alone. */
static bool
name_of_words(const struct words *w, size_t i, size_t n,
    const struct ask_context *c, struct found *f)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < ARRAY_LEN(order); k++) {
			enum ask_dim d = order[k];
			bool beside = is_noun(w, i + n, d) ||
			    (i > 0 && is_noun(w, i - 1, d));

			if ((pass == 0) != beside)
				continue;
			if (whole_name(w, i, n, d, c, f) ||
			    (n == 1 && part_name(w, i, d, c, f)))
				return true;
		}
	return false;
}

static bool
name_at(const struct words *w, size_t i, const struct ask_context *c,
    struct found *f)
{
	for (size_t n = NAME_WORDS_MAX; n > 0; n--) {
		if (!can_be_taken(w, i, n) || !name_of_words(w, i, n, c, f))
			continue;
		widen(w, f);
		return true;
	}
	return false;
}

bool
words_name_at(const struct words *w, size_t i, const struct ask_context *c)
{
	struct found f;

	return name_at(w, i, c, &f);
}

static bool
unknown_name_at(const struct words *w, size_t i, struct found *f)
{
	if (!can_be_taken(w, i, 1))
		return false;
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		if (stated_name(w, i, order[k], f)) {
			widen(w, f);
			return true;
		}
	if (!is_model_word(&w->v[i]))
		return false;
	*f = (struct found){ { .dim = ASK_DIM_MODEL, .text = w->v[i].text },
	    i, 1 };
	widen(w, f);
	return true;
}

/* "except the billing agent": a word of negation within three words, with
 * nothing but articles and nouns between. */
static bool
is_taken_out(struct words *w, size_t i)
{
	for (size_t k = 1; k <= 3 && k <= i; k++) {
		struct word *x = &w->v[i - k];

		if (x->kind == WORD_NOT) {
			x->kind = WORD_TAKEN;
			return true;
		}
		if (x->kind != WORD_STOP && x->kind != WORD_SUBJECT &&
		    x->kind != WORD_TAKEN)
			return false;
	}
	return false;
}

void
words_names(struct words *w, const struct ask_context *c, struct ask_plan *p)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < w->n &&
		    p->nnames < ASK_NAMES_MAX; i++) {
			struct found f;

			if (w->v[i].kind == WORD_TAKEN ||
			    !(pass ? unknown_name_at(w, i, &f) :
			    name_at(w, i, c, &f)))
				continue;
			f.name.is_not = is_taken_out(w, f.from) || (p->nnames &&
			    p->names[p->nnames - 1].is_not && f.from > 0 &&
			    (words_are(w, f.from - 1, "and") ||
			    words_are(w, f.from - 1, "or")));
			words_take(w, f.from, f.words);
			p->names[p->nnames++] = f.name;
			i = f.from + f.words - 1;
		}
}

void
words_patterns(struct words *w, const struct ask_context *c,
    struct ask_plan *p)
{
	for (size_t i = 0; i < w->n && !p->pattern; i++)
		for (size_t n = MIN_OF(w->n - i, (size_t)8); n > 0 &&
		    !p->pattern; n--)
			for (size_t k = 0; k < c->npatterns; k++) {
				if (!can_be_taken(w, i, n) || !same_fold(
				    words_text_of(w, i, n),
				    str_from(c->patterns[k])))
					continue;
				p->pattern = c->patterns[k];
				words_take(w, i, n);
				break;
			}
}

/* ---- what plans say of names ---- */

bool
ask_name_is(const struct ask_name *n, struct str name)
{
	return n->is_part ? has_part(name, n->text) :
	    str_eq(n->text, name);
}

const struct ask_name *
ask_name_of(const struct ask_plan *p, enum ask_dim d)
{
	for (size_t i = 0; i < p->nnames; i++)
		if (p->names[i].dim == d && !p->names[i].is_not)
			return &p->names[i];
	return NULL;
}

size_t
ask_names_of(const struct ask_plan *p, enum ask_dim d)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nnames; i++)
		n += p->names[i].dim == d && !p->names[i].is_not;
	return n;
}

bool
ask_name_passes(const struct ask_plan *p, enum ask_dim d, struct str name)
{
	bool wanted = false, any = false;

	for (size_t i = 0; i < p->nnames; i++) {
		const struct ask_name *n = &p->names[i];

		if (n->dim != d)
			continue;
		if (n->is_not && ask_name_is(n, name))
			return false;
		if (!n->is_not) {
			any = true;
			wanted |= ask_name_is(n, name);
		}
	}
	return wanted || !any;
}
