/* Searches a sorted table of price lines without taking it apart. */
#include "prices/table.h"

/* The model at the beginning of the line at pos. */
static struct str
model_at(struct str t, size_t pos)
{
	struct str rest = str_from_index(t, pos);

	return str_cut(&rest, '\t');
}

static size_t
next_line(struct str t, size_t pos)
{
	size_t end = str_find_byte(t, '\n', pos);

	return end == SIZE_MAX ? t.n : end + 1;
}

/* Where the first line begins whose model is not below the key. */
static size_t
lower_bound(struct str t, struct str key)
{
	size_t lo = 0, hi = t.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		while (mid > lo && t.p[mid - 1] != '\n')
			mid--;
		if (str_cmp(model_at(t, mid), key) < 0)
			lo = next_line(t, mid);
		else
			hi = mid;
	}
	return lo;
}

/* Digits after the point count down from 1e15; what is below is rounded. */
static bool
parse_decimal(struct str s, int64_t *femto)
{
	int64_t v = 0, scale = 0;
	bool digits = false;

	for (size_t i = 0; i < s.n; i++) {
		int d = s.p[i] - '0';

		if (s.p[i] == '.' && !scale) {
			scale = INT64_C(1000000000000000);
			v *= scale;
			continue;
		}
		if (d < 0 || d > 9)
			return false;
		digits = true;
		if (!scale) {
			v = v * 10 + d;
			if (v > 1000)
				return false;
		} else if (scale > 1) {
			scale /= 10;
			v += d * scale;
		} else if (scale == 1) {
			v += d >= 5;
			scale = -1;
		}
	}
	if (!scale)
		v *= INT64_C(1000000000000000);
	*femto = v;
	return digits;
}

bool
price_parse(struct str s, int64_t *femto)
{
	double usd;

	if (parse_decimal(s, femto))
		return true;
	if (!str_to_double(s, &usd) || usd < 0 || usd > 1000)
		return false;
	*femto = (int64_t)(usd * 1e15 + 0.5);
	return true;
}

static int64_t
column_price(struct str s)
{
	int64_t femto;

	return s.n && price_parse(s, &femto) ? femto : -1;
}

static void
line_read(struct str line, struct price *out)
{
	struct str c[COL_COUNT];
	uint64_t start = 0;

	for (int i = 0; i < COL_COUNT; i++)
		c[i] = line.p ? str_cut(&line, '\t') : STR_NULL;
	if (!str_to_u64(c[COL_TIER_START], &start) || start > INT64_MAX)
		start = 0;
	*out = (struct price){
		.base = { column_price(c[COL_INPUT]),
		    column_price(c[COL_OUTPUT]),
		    column_price(c[COL_CACHE_READ]),
		    column_price(c[COL_CACHE_WRITE]) },
		.tier_start = (int64_t)start,
		.above = { column_price(c[COL_INPUT_ABOVE]),
		    column_price(c[COL_OUTPUT_ABOVE]),
		    column_price(c[COL_CACHE_READ_ABOVE]),
		    column_price(c[COL_CACHE_WRITE_ABOVE]) },
	};
}

/* Of the lines of one model, the provider's or (unless strict) the first. */
static bool
pick(struct str t, size_t pos, struct str model, struct str provider,
    bool strict, struct price *out)
{
	struct str best = STR_NULL;

	for (; pos < t.n; pos = next_line(t, pos)) {
		struct str rest = str_from_index(t, pos);
		struct str line = str_cut(&rest, '\n');
		struct str tail = line;
		struct str name = str_cut(&tail, '\t');

		if (!str_eq(name, model))
			break;
		if (str_eq(str_cut(&tail, '\t'), provider)) {
			best = line;
			break;
		}
		if (!best.p && !strict)
			best = line;
	}
	if (!best.p)
		return false;
	line_read(best, out);
	return true;
}

bool
table_find(struct str t, struct str model, struct str provider,
    struct price *out)
{
	return model.n && pick(t, lower_bound(t, model), model, provider,
	    false, out);
}

/* Names that begin with *, which sort before all others. */
static bool
find_inner(struct str t, struct str model, struct str provider,
    struct price *out)
{
	size_t longest = 0;

	for (size_t pos = lower_bound(t, STR("*")); pos < t.n;
	    pos = next_line(t, pos)) {
		struct str name = model_at(t, pos);
		struct str body = str_from_index(name, 1);
		bool open = body.n && body.p[body.n - 1] == '*';

		if (name.n < 2 || name.p[0] != '*')
			break;
		body.n -= open;
		if (body.n <= longest || (open ?
		    str_find(model, body, 0) == SIZE_MAX :
		    !str_has_suffix(model, body)))
			continue;
		if (pick(t, pos, name, provider, true, out))
			longest = body.n;
	}
	return longest > 0;
}

bool
table_find_wild(struct str t, struct str model, struct str provider,
    struct price *out)
{
	enum { NAME_MAX_BYTES = 200 };
	char key[NAME_MAX_BYTES + 1];

	if (model.n > NAME_MAX_BYTES)
		return false;
	for (size_t n = model.n; n > 0; n--) {
		struct str name;

		memcpy(key, model.p, n);
		key[n] = '*';
		name = str_of(key, n + 1);
		if (pick(t, lower_bound(t, name), name, provider, false, out))
			return true;
	}
	return find_inner(t, model, provider, out);
}
