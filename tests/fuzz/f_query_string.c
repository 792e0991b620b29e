/* Query strings of the API: parameters within their bounds, or a field to
 * blame; times too. */
#include "fuzz/fuzz.h"

#include "api/params.h"
#include "base/arena.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const unsigned masks[] = { PARAM_SOURCE | PARAM_RANGE |
	    PARAM_LIMIT | PARAM_OFFSET | PARAM_IDENTITY | PARAM_STATUS |
	    PARAM_SESSION, PARAM_SOURCE_REQUIRED | PARAM_RANGE_OPTIONAL |
	    PARAM_LIMIT_ALL | PARAM_FAILURE_ORDER | PARAM_ENTITY_TYPE |
	    PARAM_FAILURE_STATUS | PARAM_TZ | PARAM_AGENT };
	struct arena *a = arena_new(1 << 20);
	int64_t ms;

	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		const struct http_request q = { .query = str_of(p, n),
		    .arena = a };
		struct err e = ERR_INIT;
		struct api_params v;
		struct str field;

		if (api_params_read(&v, &q, masks[i], INT64_C(1795620600000),
		    &field, &e)) {
			MUST(e.code == ERR_INVALID || e.code == ERR_LIMIT);
			MUST(field.n > 0 && e.text[0]);
			continue;
		}
		MUST(v.from_ms < v.to_ms);
		MUST(v.limit >= 1 && v.limit <= API_LIMIT_MAX);
		MUST(v.offset <= API_OFFSET_MAX);
		MUST(v.tz_offset_minutes >= -840 &&
		    v.tz_offset_minutes <= 840);
		MUST(str_is_utf8(v.agent) && str_is_utf8(v.session_id));
	}
	if (api_time_parse(str_of(p, n), &ms))
		MUST(ms >= 0);
	arena_free(a);
	return 0;
}
