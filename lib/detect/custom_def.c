/* Definitions of custom patterns: JSON, limits, slugs. */
#include <string.h>

#include "base/buf.h"
#include "detect/custom_in.h"
#include "detect/detect.h"
#include "detect/text.h"
#include "json/json_read.h"

static const char *const triggers[] = { "all", "any_tool", "all_tools" };
static const char *const roles[] = { "user", "assistant", "any" };
static const char *const labels[] = { "negative", "positive" };

struct parse {
	struct custom_def *def;
	struct json_reader r;
	struct arena *arena;
	struct str *field;
};

/* ---- reading ---- */

static int
read_word(struct parse *p, const char *const *words, size_t n, int *out,
    struct err *e)
{
	struct str s;
	size_t i;

	if (json_read_string(&p->r, &s, e))
		return e->code;
	for (i = 0; i < n; i++)
		if (str_is(s, words[i])) {
			*out = (int)i;
			return 0;
		}
	return n == 3 ? err_set(e, ERR_INVALID, "must be %s, %s or %s",
	    words[0], words[1], words[2]) :
	    err_set(e, ERR_INVALID, "must be %s or %s", words[1], words[0]);
}

/* Element i of a list is what errors are about. */
static void
blame(struct parse *p, const char *list, size_t i, const char *member)
{
	struct str s = arena_printf(p->arena, "%s[%zu]%s%s", list, i,
	    member ? "." : "", member ? member : "");

	if (s.p)
		*p->field = s;
}

static int
read_texts(struct parse *p, const char *name, struct str *v, size_t max,
    size_t *n, struct err *e)
{
	int rc;

	*n = 0;
	if (json_array(&p->r, e))
		return e->code;
	while ((rc = json_array_next(&p->r, e)) > 0) {
		*p->field = str_from(name);
		if (*n == max)
			return err_set(e, ERR_INVALID, "more than %zu", max);
		blame(p, name, *n, NULL);
		if (json_read_string(&p->r, &v[*n], e))
			return e->code;
		++*n;
	}
	*p->field = str_from(name);
	return rc;
}

static int
read_example(struct parse *p, size_t i, struct custom_example *x,
    struct err *e)
{
	struct str key;
	int rc, label = -1;

	*x = (struct custom_example){ STR_NULL, false };
	blame(p, "examples", i, NULL);
	if (json_object(&p->r, e))
		return e->code;
	while ((rc = json_object_next(&p->r, &key, e)) > 0) {
		if (str_is(key, "text")) {
			blame(p, "examples", i, "text");
			rc = json_read_string(&p->r, &x->text, e);
		} else if (str_is(key, "label")) {
			blame(p, "examples", i, "label");
			rc = read_word(p, labels, 2, &label, e);
		} else {
			rc = err_set(e, ERR_INVALID,
			    "an example has text and label");
		}
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	blame(p, "examples", i, NULL);
	if (!x->text.p || label < 0)
		return err_set(e, ERR_INVALID,
		    "an example has text and label");
	x->is_positive = label == 1;
	return 0;
}

static int
read_examples(struct parse *p, struct err *e)
{
	struct custom_def *d = p->def;
	int rc;

	d->n_examples = 0;
	if (json_array(&p->r, e))
		return e->code;
	while ((rc = json_array_next(&p->r, e)) > 0) {
		*p->field = STR("examples");
		if (d->n_examples == CUSTOM_EXAMPLES_MAX)
			return err_set(e, ERR_INVALID, "more than %d",
			    CUSTOM_EXAMPLES_MAX);
		if (read_example(p, d->n_examples,
		    &d->examples[d->n_examples], e))
			return e->code;
		d->n_examples++;
	}
	*p->field = STR("examples");
	return rc;
}

static int
read_filters(struct parse *p, struct err *e)
{
	struct custom_def *d = p->def;
	struct json_token t;
	struct str key;
	int rc;

	d->n_filters = 0;
	if (json_object(&p->r, e))
		return e->code;
	while ((rc = json_object_next(&p->r, &key, e)) > 0) {
		struct custom_filter *f = &d->filters[d->n_filters];

		if (d->n_filters == CUSTOM_FILTERS_MAX)
			return err_set(e, ERR_INVALID, "more than %d",
			    CUSTOM_FILTERS_MAX);
		if (json_read_value(&p->r, &t, e))
			return e->code;
		if (t.type == JSON_NULL || t.type == JSON_OBJECT ||
		    t.type == JSON_ARRAY)
			return err_set(e, ERR_INVALID,
			    "a value is text, a number, true or false");
		f->key = key;
		f->value = t.type == JSON_STRING ? t.s : t.raw;
		d->n_filters++;
	}
	return rc;
}

/* What null stands for. */
static void
put_default(struct custom_def *d, struct str key)
{
	if (str_is(key, "slug"))
		d->slug = STR_NULL;
	else if (str_is(key, "description"))
		d->description = STR_NULL;
	else if (str_is(key, "trigger"))
		d->trigger = CUSTOM_ALL;
	else if (str_is(key, "role"))
		d->role = CUSTOM_USER;
	else if (str_is(key, "tools"))
		d->n_tools = 0;
	else if (str_is(key, "metadata"))
		d->n_filters = 0;
	else if (str_is(key, "phrases"))
		d->n_phrases = 0;
	else if (str_is(key, "regexes"))
		d->n_regexes = 0;
	else if (str_is(key, "examples"))
		d->n_examples = 0;
	else if (str_is(key, "enabled"))
		d->enabled = false;
	else if (str_is(key, "revision"))
		d->revision = 0;
}

static bool
is_member(struct str key)
{
	static const char *const names[] = { "name", "slug", "description",
		"trigger", "tools", "metadata", "role", "phrases", "regexes",
		"examples", "enabled", "revision" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is(key, names[i]))
			return true;
	return false;
}

static int
read_member(struct parse *p, struct str key, struct err *e)
{
	struct custom_def *d = p->def;
	int word, rc;

	if (!is_member(key))
		return err_set(e, ERR_INVALID, "no such member");
	if (!str_is(key, "name") && json_read_null(&p->r)) {
		put_default(d, key);
		return 0;
	}
	if (str_is(key, "name"))
		return json_read_string(&p->r, &d->name, e);
	if (str_is(key, "slug"))
		return json_read_string(&p->r, &d->slug, e);
	if (str_is(key, "description"))
		return json_read_string(&p->r, &d->description, e);
	if (str_is(key, "tools"))
		return read_texts(p, "tools", d->tools, CUSTOM_TOOLS_MAX,
		    &d->n_tools, e);
	if (str_is(key, "phrases"))
		return read_texts(p, "phrases", d->phrases,
		    CUSTOM_PHRASES_MAX, &d->n_phrases, e);
	if (str_is(key, "regexes"))
		return read_texts(p, "regexes", d->regexes,
		    CUSTOM_REGEXES_MAX, &d->n_regexes, e);
	if (str_is(key, "metadata"))
		return read_filters(p, e);
	if (str_is(key, "examples"))
		return read_examples(p, e);
	if (str_is(key, "enabled"))
		return json_read_bool(&p->r, &d->enabled, e);
	if (str_is(key, "revision"))
		return json_read_i64(&p->r, &d->revision, e);
	if (str_is(key, "trigger")) {
		if ((rc = read_word(p, triggers, 3, &word, e)) == 0)
			d->trigger = (enum custom_trigger)word;
		return rc;
	}
	if ((rc = read_word(p, roles, 3, &word, e)) == 0)
		d->role = (enum custom_role)word;
	return rc;
}

int
custom_def_parse(struct custom_def *def, struct str json, struct arena *a,
    struct str *field, struct err *e)
{
	struct parse p = { .def = def, .arena = a, .field = field };
	struct str key;
	int rc;

	*field = STR("body");
	json_reader_init(&p.r, json, a, 0);
	if (json_object(&p.r, e))
		return err_wrap(e, "body");
	while ((rc = json_object_next(&p.r, &key, e)) > 0) {
		*field = key;
		if (read_member(&p, key, e) < 0)
			return err_wrap(e, "%.*s", (int)MIN_OF(field->n, 100),
			    field->p);
	}
	*field = STR("body");
	if (rc < 0 || json_end(&p.r, e))
		return err_wrap(e, "body");
	return 0;
}

/* ---- limits ---- */

static size_t
count_chars(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_slug(struct str s)
{
	if (s.n == 0 || s.n > CUSTOM_SLUG_MAX || s.p[0] == '-' ||
	    s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c == '-' && s.p[i - 1] != '-')))
			return false;
	}
	return true;
}

static int
check_texts(struct parse *p, const char *name, const struct str *v, size_t n,
    size_t max, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		blame(p, name, i, NULL);
		if (v[i].n == 0 || v[i].n > max)
			return err_set(e, ERR_INVALID,
			    "%s[%zu]: has 1 to %zu bytes", name, i, max);
	}
	return 0;
}

static int
check_names(struct parse *p, struct err *e)
{
	struct custom_def *d = p->def;

	*p->field = STR("name");
	d->name = str_trim(d->name);
	if (d->name.n == 0 || count_chars(d->name) > CUSTOM_NAME_MAX)
		return err_set(e, ERR_INVALID,
		    "name: has 1 to %d characters", CUSTOM_NAME_MAX);
	*p->field = STR("slug");
	if (!d->slug.p)
		d->slug = custom_slug(d->name, p->arena);
	if (!d->slug.p)
		return err_set(e, ERR_LIMIT, "slug: out of memory");
	if (!is_slug(d->slug))
		return err_set(e, ERR_INVALID, "slug: has 1 to %d of a-z, 0-9 "
		    "and single - between them", CUSTOM_SLUG_MAX);
	*p->field = STR("description");
	if (count_chars(d->description) > CUSTOM_DESCRIPTION_MAX)
		return err_set(e, ERR_INVALID,
		    "description: over %d characters", CUSTOM_DESCRIPTION_MAX);
	return 0;
}

static int
check_scope(struct parse *p, struct err *e)
{
	const struct custom_def *d = p->def;

	if (check_texts(p, "tools", d->tools, d->n_tools, CUSTOM_TEXT_MAX, e))
		return e->code;
	*p->field = STR("tools");
	if (d->trigger != CUSTOM_ALL && d->n_tools == 0)
		return err_set(e, ERR_INVALID,
		    "tools: the trigger %s needs them", triggers[d->trigger]);
	if (d->trigger == CUSTOM_ALL && d->n_tools > 0)
		return err_set(e, ERR_INVALID,
		    "tools: need the trigger any_tool or all_tools");
	*p->field = STR("metadata");
	for (size_t i = 0; i < d->n_filters; i++)
		if (d->filters[i].key.n == 0 ||
		    d->filters[i].key.n > CUSTOM_TEXT_MAX ||
		    d->filters[i].value.n > CUSTOM_TEXT_MAX)
			return err_set(e, ERR_INVALID,
			    "metadata: keys and values have at most %d bytes",
			    CUSTOM_TEXT_MAX);
	return 0;
}

static int
check_examples(struct parse *p, size_t count[2], struct err *e)
{
	const struct custom_def *d = p->def;

	count[0] = count[1] = 0;
	for (size_t i = 0; i < d->n_examples; i++) {
		struct str s = d->examples[i].text;

		blame(p, "examples", i, "text");
		if (str_trim(s).n == 0 || s.n > CUSTOM_EXAMPLE_MAX)
			return err_set(e, ERR_INVALID,
			    "examples[%zu].text: has 1 to %d bytes", i,
			    CUSTOM_EXAMPLE_MAX);
		for (size_t j = 0; j < i; j++)
			if (str_eq(d->examples[j].text, s))
				return err_set(e, ERR_INVALID,
				    "examples[%zu].text: is that of "
				    "examples[%zu]", i, j);
		count[d->examples[i].is_positive]++;
	}
	return 0;
}

int
custom_def_check(struct custom_def *def, struct arena *a, struct str *field,
    struct err *e)
{
	struct parse p = { .def = def, .arena = a, .field = field };
	size_t count[2];

	if (check_names(&p, e) || check_scope(&p, e) ||
	    check_texts(&p, "phrases", def->phrases, def->n_phrases,
	    CUSTOM_TEXT_MAX, e) || check_texts(&p, "regexes", def->regexes,
	    def->n_regexes, CUSTOM_REGEX_MAX, e) ||
	    check_examples(&p, count, e))
		return e->code;
	for (size_t i = 0; i < def->n_phrases; i++) {
		struct phrase ph;

		blame(&p, "phrases", i, NULL);
		if (!phrase_make(&ph, def->phrases[i]))
			return err_set(e, ERR_INVALID,
			    "phrases[%zu]: has 1 to %d words", i,
			    PHRASE_WORDS_MAX);
	}
	for (size_t i = 0; i < def->n_regexes; i++) {
		struct regex *re;

		blame(&p, "regexes", i, NULL);
		if (regex_new(def->regexes[i], &re, e))
			return err_wrap(e, "regexes[%zu]", i);
		regex_free(re);
	}
	*field = STR("phrases");
	if (!def->n_phrases && !def->n_regexes &&
	    (count[0] < CUSTOM_EXAMPLES_MIN || count[1] < CUSTOM_EXAMPLES_MIN))
		return err_set(e, ERR_INVALID, "nothing to look for: give "
		    "phrases, regexes, or at least %d positive and %d negative "
		    "examples", CUSTOM_EXAMPLES_MIN, CUSTOM_EXAMPLES_MIN);
	return 0;
}

/* ---- slugs ---- */

static void
add_word(struct buf *b, const struct text *t, const struct text_token *k,
    struct str name)
{
	size_t before;

	if (k->kind != TEXT_WORD && k->kind != TEXT_NUMBER)
		return;
	if (b->n)
		buf_add_byte(b, '-');
	before = b->n;
	/* A stretched word and a number are not there as they were. */
	if (k->stretched || k->kind == TEXT_NUMBER) {
		for (size_t i = k->from; i < k->to; i++) {
			uint8_t c = (uint8_t)name.p[i];

			if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
				buf_add_byte(b, c | 0x20);
			else if (c >= '0' && c <= '9')
				buf_add_byte(b, c);
		}
	} else {
		for (size_t i = 0; i < k->n; i++) {
			uint16_t c = t->norm[k->norm + i];

			if (c >= 'a' && c <= 'z')
				buf_add_byte(b, (uint8_t)c);
		}
	}
	if (b->n == before && b->n)
		b->n--;
}

struct str
custom_slug(struct str name, struct arena *a)
{
	struct text *t = text_new();
	struct str s;
	struct buf b;

	buf_init(&b, 4 * TEXT_NORM_MAX);
	text_scan(t, name);
	for (size_t i = 0; i < t->n; i++)
		add_word(&b, t, &t->token[i], name);
	text_free(t);
	b.n = MIN_OF(b.n, (size_t)CUSTOM_SLUG_MAX);
	while (b.n && b.p[b.n - 1] == '-')
		b.n--;
	s = b.n ? arena_str(a, buf_str(&b)) : STR("pattern");
	buf_fini(&b);
	return s;
}

/* ---- writing ---- */

void
custom_def_write(const struct custom_def *def, struct json_writer *w)
{
	json_member_str(w, "name", def->name);
	json_member_str(w, "slug", def->slug);
	json_member_str(w, "description", def->description);
	json_member_cstr(w, "trigger", triggers[def->trigger]);
	json_member_strs(w, "tools", def->tools, def->n_tools);
	json_put_key(w, "metadata");
	json_put_object(w);
	for (size_t i = 0; i < def->n_filters; i++) {
		json_put_key_str(w, def->filters[i].key);
		json_put_str(w, def->filters[i].value);
	}
	json_put_object_end(w);
	json_member_cstr(w, "role", roles[def->role]);
	json_member_strs(w, "phrases", def->phrases, def->n_phrases);
	json_member_strs(w, "regexes", def->regexes, def->n_regexes);
	json_put_key(w, "examples");
	json_put_array(w);
	for (size_t i = 0; i < def->n_examples; i++) {
		json_put_object(w);
		json_member_str(w, "text", def->examples[i].text);
		json_member_cstr(w, "label",
		    labels[def->examples[i].is_positive]);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}
