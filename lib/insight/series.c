#include "insight/series.h"

#include <math.h>

#include "base/clock.h"

static struct str
unquoted(struct str s)
{
	s = str_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_of(s.p + 1, s.n - 2);
	return str_trim(s);
}

/* By size: 10^11 seconds are in the year 5138, 10^11 ms in 1973. */
static bool
parse_number(struct str s, int64_t *ns)
{
	double v, size;

	if (!str_to_double(s, &v))
		return false;
	size = fabs(v);
	v *= size < 1e11 ? 1e9 : size < 1e14 ? 1e6 : size < 1e17 ? 1e3 : 1;
	if (!(fabs(v) < 9.2e18))
		return false;
	*ns = (int64_t)v;
	return true;
}

static bool
is_gap(struct str value)
{
	static const char *const words[] = { "", "nan", "-nan", "na", "n/a",
		"null", "none" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_ieq(value, str_from(words[i])))
			return true;
	return false;
}

int
series_parse(struct str line, size_t number, struct series_point *out,
    struct err *e)
{
	size_t comma, end;
	struct str time, value;

	*out = (struct series_point){ .text = STR("") };
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (str_trim(line).n == 0)
		return 0;
	comma = str_find_byte(line, ',', 0);
	if (comma == SIZE_MAX)
		return err_set(e, ERR_INVALID, "no comma: a line is "
		    "timestamp,value");
	end = str_find_byte(line, ',', comma + 1);
	if (end == SIZE_MAX)
		end = line.n;
	out->text = str_of(line.p, end);
	time = unquoted(str_of(line.p, comma));
	value = unquoted(str_of(line.p + comma + 1, end - comma - 1));
	out->is_missing = is_gap(value);
	if (!out->is_missing && !str_to_double(value, &out->value)) {
		if (number == 1) {
			out->is_header = true;
			return 0;
		}
		return err_set(e, ERR_INVALID, "value \"%.*s\" is not a "
		    "number", (int)MIN_OF(value.n, 40), value.p);
	}
	if (!clock_parse_iso(time, &out->ns) && !parse_number(time, &out->ns))
		return err_set(e, ERR_INVALID, "timestamp \"%.*s\" is neither "
		    "ISO 8601 nor a number", (int)MIN_OF(time.n, 40), time.p);
	return 0;
}
