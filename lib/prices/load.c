/* Brings an operator's table into normal form. */
#include "prices/table.h"

#include "base/buf.h"
#include "base/mem.h"
#include "json/json_read.h"

static const char *const column_name[COL_COUNT] = {
	[COL_MODEL] = "model",
	[COL_PROVIDER] = "provider",
	[COL_INPUT] = "input",
	[COL_OUTPUT] = "output",
	[COL_CACHE_READ] = "cache_read",
	[COL_CACHE_WRITE] = "cache_write",
	[COL_TIER_START] = "tier_start",
	[COL_INPUT_ABOVE] = "input_above",
	[COL_OUTPUT_ABOVE] = "output_above",
	[COL_CACHE_READ_ABOVE] = "cache_read_above",
	[COL_CACHE_WRITE_ABOVE] = "cache_write_above",
};

static struct str
lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n);

	if (!p)
		return STR_NULL;
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] - 'A' + 'a') : s.p[i];
	return str_of(p, s.n);
}

int
price_rows_add(struct price_rows *r, const struct str column[COL_COUNT],
    struct err *e)
{
	struct price_row *row;

	for (int i = COL_INPUT; i < COL_COUNT; i++) {
		int64_t v;
		uint64_t start;

		if (column[i].n && (i == COL_TIER_START ?
		    !str_to_u64(column[i], &start) :
		    !price_parse(column[i], &v)))
			return err_set(e, ERR_INVALID, "%s: \"%.*s\" is no %s",
			    column_name[i], STR_FMT(column[i]),
			    i == COL_TIER_START ? "number of tokens" :
			    "price in USD per token");
	}
	r->row = mem_more(r->row, r->n, &r->cap, sizeof(*r->row));
	row = &r->row[r->n];
	memcpy(row->column, column, sizeof(row->column));
	row->order = r->n++;
	row->column[COL_MODEL] = lower(r->arena, column[COL_MODEL]);
	row->column[COL_PROVIDER] = lower(r->arena, column[COL_PROVIDER]);
	if (!row->column[COL_MODEL].p || !row->column[COL_PROVIDER].p)
		return err_set(e, ERR_LIMIT, "more than %d bytes",
		    PRICES_TABLE_MAX);
	return 0;
}

static int
by_model(const void *a, const void *b)
{
	const struct price_row *x = a, *y = b;
	int c = str_cmp(x->column[COL_MODEL], y->column[COL_MODEL]);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

int
price_rows_write(struct price_rows *r, struct str *text, struct err *e)
{
	struct buf b;
	size_t n;

	buf_init(&b, 2 * PRICES_TABLE_MAX);
	if (r->n)
		qsort(r->row, r->n, sizeof(*r->row), by_model);
	for (size_t i = 0; i < r->n; i++) {
		for (int c = 0; c < COL_COUNT; c++) {
			if (c)
				buf_add_byte(&b, '\t');
			buf_add_str(&b, r->row[i].column[c]);
		}
		buf_add_byte(&b, '\n');
	}
	if (b.failed) {
		buf_fini(&b);
		return err_set(e, ERR_LIMIT, "table too large");
	}
	text->p = buf_detach(&b, &n);
	text->n = n;
	return 0;
}

/* Fills which[i] with the standard column of the file's column i. */
static int
read_header(struct str line, int which[COL_COUNT], struct err *e)
{
	for (int i = 0; i < COL_COUNT; i++) {
		struct str name = line.p ? str_trim(str_cut(&line, '\t')) :
		    STR_NULL;

		which[i] = -1;
		for (int c = 0; c < COL_COUNT && name.n; c++)
			if (str_is(name, column_name[c]))
				which[i] = c;
	}
	for (int i = 0; i < COL_COUNT; i++)
		if (which[i] == COL_MODEL)
			return 0;
	return err_set(e, ERR_INVALID, "line 1: no column is called model");
}

static int
read_line(struct price_rows *r, struct str line, const int which[COL_COUNT],
    struct err *e)
{
	struct str column[COL_COUNT];

	for (int i = 0; i < COL_COUNT; i++)
		column[i] = STR("");
	for (int i = 0; i < COL_COUNT && line.p; i++) {
		struct str v = str_trim(str_cut(&line, '\t'));

		if (which[i] >= 0)
			column[which[i]] = v;
	}
	if (line.p)
		return err_set(e, ERR_INVALID, "more than %d columns",
		    COL_COUNT);
	if (!column[COL_MODEL].n)
		return err_set(e, ERR_INVALID, "model is empty");
	return price_rows_add(r, column, e);
}

int
price_rows_read_tsv(struct price_rows *r, struct str text, struct err *e)
{
	int which[COL_COUNT];

	for (int i = 0; i < COL_COUNT; i++)
		which[i] = i;
	for (unsigned n = 1; text.p; n++) {
		struct str line = str_cut(&text, '\n');

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (n == 1 && str_has_prefix(line, STR("# model\t"))) {
			if (read_header(str_from_index(line, 2), which, e))
				return e->code;
			continue;
		}
		if (!str_trim(line).n || line.p[0] == '#')
			continue;
		if (read_line(r, line, which, e))
			return err_wrap(e, "line %u", n);
	}
	return 0;
}

/* litellm's member names, and which column each fills. */
static const struct {
	const char *name;
	enum price_column column;
	const char *tier_start;
} litellm[] = {
	{ "input_cost_per_token", COL_INPUT, NULL },
	{ "output_cost_per_token", COL_OUTPUT, NULL },
	{ "cache_read_input_token_cost", COL_CACHE_READ, NULL },
	{ "cache_creation_input_token_cost", COL_CACHE_WRITE, NULL },
	{ "input_cost_per_token_above_128k_tokens", COL_INPUT_ABOVE, "128000" },
	{ "output_cost_per_token_above_128k_tokens", COL_OUTPUT_ABOVE,
	    "128000" },
	{ "input_cost_per_token_above_200k_tokens", COL_INPUT_ABOVE, "200000" },
	{ "output_cost_per_token_above_200k_tokens", COL_OUTPUT_ABOVE,
	    "200000" },
	{ "cache_read_input_token_cost_above_200k_tokens",
	    COL_CACHE_READ_ABOVE, "200000" },
	{ "cache_creation_input_token_cost_above_200k_tokens",
	    COL_CACHE_WRITE_ABOVE, "200000" },
};

static int
read_member(struct json_reader *j, struct str key,
    struct str column[COL_COUNT], struct err *e)
{
	struct json_token t;

	if (json_read_value(j, &t, e))
		return e->code;
	if (str_is(key, "litellm_provider") && t.type == JSON_STRING)
		column[COL_PROVIDER] = t.s;
	for (size_t i = 0; i < ARRAY_LEN(litellm); i++) {
		if (!str_is(key, litellm[i].name) || t.type == JSON_NULL)
			continue;
		column[litellm[i].column] = t.type == JSON_STRING ? t.s :
		    t.raw;
		if (litellm[i].tier_start)
			column[COL_TIER_START] =
			    str_from(litellm[i].tier_start);
	}
	return 0;
}

static int
read_model(struct price_rows *r, struct json_reader *j, struct str model,
    struct err *e)
{
	struct str column[COL_COUNT], key;
	int rc;

	for (int i = 0; i < COL_COUNT; i++)
		column[i] = STR("");
	column[COL_MODEL] = model;
	if (json_peek(j) != JSON_OBJECT)
		return json_skip_value(j, NULL, e);
	if (json_object(j, e))
		return e->code;
	while ((rc = json_object_next(j, &key, e)) > 0)
		if (read_member(j, key, column, e))
			return e->code;
	if (rc < 0 || str_is(model, "sample_spec") || !model.n ||
	    (!column[COL_INPUT].n && !column[COL_OUTPUT].n))
		return rc;
	for (size_t i = 0; i < model.n; i++)
		if ((unsigned char)model.p[i] < ' ')
			return err_set(e, ERR_INVALID, "a control character");
	return price_rows_add(r, column, e);
}

int
price_rows_read_json(struct price_rows *r, struct str text, struct err *e)
{
	struct json_reader j;
	struct str key;
	int rc;

	json_reader_init(&j, text, r->arena, 0);
	if (json_object(&j, e))
		return e->code;
	while ((rc = json_object_next(&j, &key, e)) > 0)
		if (read_model(r, &j, key, e))
			return err_wrap(e, "%.*s", STR_FMT(key));
	return rc < 0 ? rc : json_end(&j, e);
}
