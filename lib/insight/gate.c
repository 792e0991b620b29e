#include "insight/gate.h"

struct parser {
	struct str text;
	size_t at;
	int depth;
	bool (*value)(void *arg, struct str name, double *v);
	void *arg;
	struct err *e;
};

static int parse_binary(struct parser *p, int level, double *v);

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9');
}

static void
skip_space(struct parser *p)
{
	while (p->at < p->text.n && (p->text.p[p->at] == ' ' ||
	    p->text.p[p->at] == '\t' || p->text.p[p->at] == '\n'))
		p->at++;
}

static bool
take(struct parser *p, const char *token)
{
	struct str t = str_from(token);

	skip_space(p);
	if (!str_has_prefix(str_from_index(p->text, p->at), t))
		return false;
	p->at += t.n;
	return true;
}

static int
parse_number(struct parser *p, double *v)
{
	size_t from = p->at;
	struct str s;

	while (p->at < p->text.n && (is_name(p->text.p[p->at]) ||
	    p->text.p[p->at] == '.'))
		p->at++;
	s = str_of(p->text.p + from, p->at - from);
	if (!str_to_double(s, v))
		return err_set(p->e, ERR_INVALID, "\"%.*s\" is not a number",
		    (int)MIN_OF(s.n, 40), s.p);
	if (take(p, "%"))
		*v /= 100;
	return 0;
}

static int
parse_name(struct parser *p, double *v)
{
	size_t from = p->at;
	struct str s;

	while (p->at < p->text.n && is_name(p->text.p[p->at]))
		p->at++;
	s = str_of(p->text.p + from, p->at - from);
	if (!p->value(p->arg, s, v))
		return err_set(p->e, ERR_NOT_FOUND, "no value is called "
		    "\"%.*s\"", (int)MIN_OF(s.n, 60), s.p);
	return 0;
}

static int
parse_primary(struct parser *p, double *v)
{
	char c;

	skip_space(p);
	if (p->at >= p->text.n)
		return err_set(p->e, ERR_INVALID, "the expression ends where "
		    "a value is expected");
	c = p->text.p[p->at];
	if (c == '.' || (c >= '0' && c <= '9'))
		return parse_number(p, v);
	if (is_name(c))
		return parse_name(p, v);
	if (take(p, "(")) {
		if (parse_binary(p, 0, v))
			return p->e->code;
		return take(p, ")") ? 0 : err_set(p->e, ERR_INVALID,
		    "character %zu: \")\" is missing", p->at + 1);
	}
	return err_set(p->e, ERR_INVALID, "character %zu: a value is expected",
	    p->at + 1);
}

static int
parse_unary(struct parser *p, double *v)
{
	int rc;

	if (++p->depth > GATE_DEPTH_MAX)
		return err_set(p->e, ERR_LIMIT, "the expression is nested too "
		    "deeply");
	if (take(p, "!")) {
		rc = parse_unary(p, v);
		*v = *v == 0;
	} else if (take(p, "-")) {
		rc = parse_unary(p, v);
		*v = -*v;
	} else {
		rc = parse_primary(p, v);
	}
	p->depth--;
	return rc;
}

/* Tokens of each level, longer ones first. */
static const struct {
	int level;
	const char *token;
} operators[] = {
	{ 0, "||" }, { 1, "&&" },
	{ 2, "==" }, { 2, "!=" }, { 2, "<=" }, { 2, ">=" }, { 2, "<" },
	{ 2, ">" },
	{ 3, "+" }, { 3, "-" },
	{ 4, "*" }, { 4, "/" },
};

enum { LEVELS = 5 };

static double
apply(int op, double x, double y)
{
	switch (op) {
	case 0: return x != 0 || y != 0;
	case 1: return x != 0 && y != 0;
	case 2: return x == y;
	case 3: return x != y;
	case 4: return x <= y;
	case 5: return x >= y;
	case 6: return x < y;
	case 7: return x > y;
	case 8: return x + y;
	case 9: return x - y;
	case 10: return x * y;
	default: return y == 0 ? 0 : x / y;
	}
}

static int
take_operator(struct parser *p, int level)
{
	for (int i = 0; i < (int)ARRAY_LEN(operators); i++)
		if (operators[i].level == level &&
		    take(p, operators[i].token))
			return i;
	return -1;
}

static int
parse_binary(struct parser *p, int level, double *v)
{
	double right;
	int op;

	if (level == LEVELS)
		return parse_unary(p, v);
	if (parse_binary(p, level + 1, v))
		return p->e->code;
	while ((op = take_operator(p, level)) >= 0) {
		if (parse_binary(p, level + 1, &right))
			return p->e->code;
		*v = apply(op, *v, right);
	}
	return 0;
}

int
gate_eval(struct str expression, bool (*value)(void *arg, struct str name,
    double *v), void *arg, double *result, struct err *e)
{
	struct parser p = { .text = expression, .value = value, .arg = arg,
		.e = e };

	if (expression.n > GATE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the expression has more than %d "
		    "bytes", GATE_BYTES_MAX);
	*result = 0;
	if (parse_binary(&p, 0, result))
		return e->code;
	skip_space(&p);
	if (p.at < p.text.n)
		return err_set(e, ERR_INVALID, "character %zu: an operator is "
		    "expected", p.at + 1);
	return 0;
}
