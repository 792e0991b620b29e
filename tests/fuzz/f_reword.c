/* Input: a body, a line "--", and a response: whatever a model answers, what is
 * shown has our facts, and reads back from its record. */
#include <string.h>

#include "fuzz.h"
#include "insight/reword.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_of(data, n), body, response;
	struct arena *a = arena_new(16 << 20);
	size_t at = str_find(in, STR("\n--\n"), 0);
	struct reworded w, back;
	struct err e = ERR_INIT;
	struct buf b;
	int rc;

	body = at == SIZE_MAX ? in : str_of(in.p, at);
	response = at == SIZE_MAX ? STR("") : str_from_index(in, at + 4);
	buf_init(&b, 1 << 20);
	rc = reword_request(body, STR("m"), a, &b, &e);
	MUST(rc == 0 || (rc == e.code && e.text[0]));
	buf_reset(&b);
	e = (struct err)ERR_INIT;
	rc = reword_reply(body, response, a, &w, &e);
	MUST((rc == 0) == w.is_shown && (rc == 0 || e.text[0]));
	if (rc) {
		w.reason = str_from(e.text);
	} else {
		MUST(w.title.n && w.text.n);
	}
	w.model = STR("m");
	reword_record(body, &w, &b);
	MUST(reword_read(body, buf_str(&b), a, &back));
	MUST(back.is_shown == w.is_shown);
	if (w.is_shown)
		MUST(str_eq(back.title, w.title) && str_eq(back.text, w.text));
	MUST(!reword_read(STR("{}"), buf_str(&b), a, &back) ||
	    str_is(body, "{}"));
	buf_fini(&b);
	arena_free(a);
	return 0;
}
