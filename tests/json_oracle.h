#ifndef TESTS_JSON_ORACLE_H
#define TESTS_JSON_ORACLE_H

#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "json/json_read.h"

/*
 * Holds our JSON reader against cJSON, a parser that accepts more and keeps
 * less: whatever we accept it must accept too, with the same values, apart
 * from what it is known to lose (see oracle_blind).
 */
static inline bool
oracle_same_text(struct str ours, const char *theirs)
{
	/* cJSON's strings end at the first \u0000. */
	size_t n = strnlen(ours.n ? ours.p : "", ours.n);

	return strlen(theirs) == n && memcmp(ours.n ? ours.p : "", theirs,
	    n) == 0;
}

static inline bool
oracle_same_number(const struct json_token *t, double theirs)
{
	if (isinf(theirs))
		return t->d == copysign(DBL_MAX, theirs);
	return t->d == theirs;
}

static bool oracle_same_value(struct json_reader *r, const cJSON *c);

static inline bool
oracle_same_container(struct json_reader *r, const cJSON *c, bool object)
{
	const cJSON *child = c->child;
	struct str key;
	struct err e;
	int rc;

	if (object ? json_object(r, &e) : json_array(r, &e))
		return false;
	for (;; child = child->next) {
		rc = object ? json_object_next(r, &key, &e)
		    : json_array_next(r, &e);
		if (rc <= 0)
			return rc == 0 && !child;
		if (!child || (object &&
		    !oracle_same_text(key, child->string)))
			return false;
		if (!oracle_same_value(r, child))
			return false;
	}
}

__attribute__((unused)) static bool
oracle_same_value(struct json_reader *r, const cJSON *c)
{
	struct json_token t;
	struct err e;

	if (cJSON_IsObject(c) || cJSON_IsArray(c))
		return oracle_same_container(r, c, cJSON_IsObject(c));
	if (json_read_value(r, &t, &e))
		return false;
	if (cJSON_IsString(c))
		return t.type == JSON_STRING &&
		    oracle_same_text(t.s, c->valuestring);
	if (cJSON_IsNumber(c))
		return (t.type == JSON_INT || t.type == JSON_UINT ||
		    t.type == JSON_DOUBLE) &&
		    oracle_same_number(&t, c->valuedouble);
	if (cJSON_IsBool(c))
		return t.type == JSON_BOOL && t.b == cJSON_IsTrue(c);
	return cJSON_IsNull(c) && t.type == JSON_NULL;
}

/* cJSON refuses lone surrogates and cuts numbers at 63 characters. */
static inline bool
oracle_blind(struct str text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		digits = (c >= '0' && c <= '9') || strchr("+-.eE", c)
		    ? digits + 1 : 0;
		if (digits > 60)
			return true;
		if (c == 'u' && i + 1 < text.n && (text.p[i + 1] | 32) == 'd')
			return true;
	}
	return false;
}

/* True unless the two disagree about a text that we accept. */
__attribute__((unused)) static bool
oracle_agrees(struct str text)
{
	struct arena *a;
	struct json_reader r;
	struct err e;
	cJSON *c;
	bool same;

	if (json_check(text, 0, &e) || oracle_blind(text))
		return true;
	c = cJSON_ParseWithLength(text.p, text.n);
	if (!c)
		return false;
	a = arena_new(64 << 20);
	json_reader_init(&r, text, a, 0);
	same = oracle_same_value(&r, c) && json_end(&r, &e) == 0;
	arena_free(a);
	cJSON_Delete(c);
	return same;
}

#endif
