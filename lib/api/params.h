#ifndef API_PARAMS_H
#define API_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "http/http.h"
#include "http/query.h"

/*
 * Query parameters of the read API, those of The Context Company's: one table
 * names each, says what it may be, and from it come the check, the error that
 * names the field, and the OpenAPI description.
 *
 *	struct api_params p;
 *
 *	if (api_params_read(&p, q, PARAM_RANGE | PARAM_LIMIT, now_ms, &bad, e))
 *		return refuse(r, 400, bad, e->text);
 *	list(p.from_ms, p.to_ms, p.limit);
 *
 * A parameter that the endpoint does not know, or that is given twice, is
 * refused by name: a misspelt filter must not quietly show everything.
 * Threads: reentrant; texts live in the request's arena.
 */
enum api_param {
	PARAM_SOURCE = 1 << 0,          /* dev or prod; default prod */
	PARAM_SOURCE_REQUIRED = 1 << 1, /* the same, but it must be there */
	PARAM_RANGE = 1 << 2,           /* range, or from and to; required */
	PARAM_LIMIT = 1 << 3,           /* 1..200, default 50 */
	PARAM_OFFSET = 1 << 4,          /* 0..100000, default 0 */
	PARAM_IDENTITY = 1 << 5,        /* agent, user and organisation */
	PARAM_STATUS = 1 << 6,          /* of runs: ok or error */
	PARAM_SESSION = 1 << 7,         /* session_id */
	PARAM_FAILURE_ORDER = 1 << 8,   /* order_by and direction */
	PARAM_ENTITY_TYPE = 1 << 9,     /* run or tool_call */
	PARAM_FAILURE_STATUS = 1 << 10, /* active, resolved or ignored */
	PARAM_AGENT = 1 << 11,          /* agent alone */
	PARAM_TZ = 1 << 12,             /* tz_offset_minutes of day series */
	PARAM_RANGE_OPTIONAL = 1 << 13, /* as PARAM_RANGE; default 2M */
	PARAM_LIMIT_ALL = 1 << 14,      /* 1..200, default 200 */
	PARAM_SEARCH = 1 << 15,         /* q, match and sort */
	PARAM_FORMAT = 1 << 16          /* json, markdown or html */
};

enum {
	API_LIMIT_DEFAULT = 50, API_LIMIT_MAX = 200, API_OFFSET_MAX = 100000,
	API_SEARCH_HITS_MAX = 10000     /* offset and limit of a search */
};

struct api_params {
	bool is_dev;                    /* source */
	int64_t from_ms, to_ms;         /* half-open */
	size_t limit, offset;
	struct str agent, user_id, org_id, session_id;
	struct str status;              /* the word, or STR_NULL */
	struct str order_by, direction, entity_type;
	struct str format;              /* the word, or STR_NULL */
	int tz_offset_minutes;          /* -840..840 */
	struct str q, match, sort;      /* PARAM_SEARCH */
};

/*
 * Reads the wanted parameters (a mask of enum api_param).  ERR_INVALID with
 * the text for people and *field, the parameter's name (static or in the
 * arena).
 */
int api_params_read(struct api_params *p, const struct http_request *q,
    unsigned wanted, int64_t now_ms, struct str *field, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 5, 6);

/* One parameter as documentation shows it. */
struct api_param_doc {
	unsigned mask;          /* wanted by any of these */
	const char *name;
	const char *schema;     /* JSON Schema of the value */
	const char *description;
	bool is_required;
};

/* Row i, or NULL behind the last. */
const struct api_param_doc *api_param_doc(size_t i);

/*
 * A time as the API takes it: ISO 8601, whose + may have become a space, or ms
 * since the epoch; false if it is neither or outside 1970..9999.  What is later
 * than rollups can say (2106) becomes that end.
 */
bool api_time_parse(struct str s, int64_t *ms) CC_CHECK CC_NONNULL(2);

#endif
