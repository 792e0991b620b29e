/*
 * Any bytes as the definition of a custom pattern: what is taken fulfils the
 * limits, is written as it was read, and finds evidence inside a message.
 */
#include "base/hash.h"
#include "detect/custom.h"
#include "detect/detect.h"
#include "fuzz.h"

static bool
read_def(struct custom_def *def, struct str json, struct arena *a)
{
	struct err e = ERR_INIT;
	struct str field;

	*def = (struct custom_def)CUSTOM_DEF_INIT;
	if (custom_def_parse(def, json, a, &field, &e) == 0 &&
	    custom_def_check(def, a, &field, &e) == 0)
		return true;
	MUST(field.p && e.code < 0 && e.text[0]);
	return false;
}

static struct str
write_def(const struct custom_def *def, struct arena *a)
{
	struct json_writer w;
	struct buf b;
	struct str s;

	buf_init(&b, 8 << 20);
	json_writer_init(&w, &b);
	json_put_object(&w);
	custom_def_write(def, &w);
	json_put_object_end(&w);
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	MUST(s.p);
	return s;
}

static void
look(const struct custom_def *def, struct arena *a)
{
	static struct detector *d;
	struct custom_set *set = custom_set_new(1);
	struct run run = { .base.id = STR("r"), .conversational = true,
		.user_prompt = STR("I want my money back, café! \xff 12"),
		.response = STR("No.") };
	struct detect_verdict v;
	struct err e = ERR_INIT;
	struct custom *c;

	if (!d)
		d = detector_new();
	MUST(custom_new(def, 1, &c, &e) == 0);
	custom_set_add(set, c);
	detector_use(d, set);
	MUST(detect_run(d, &(struct detect_input){ .run = &run }, a, &v,
	    &e) == 0);
	for (size_t i = 0; i < v.n; i++) {
		const struct value *from = event_get(&v.events[i],
		    FIELD_SIGNAL_evidence_start);
		const struct value *to = event_get(&v.events[i],
		    FIELD_SIGNAL_evidence_end);

		if (v.events[i].kind == EVENT_SIGNAL && from)
			MUST(from->i <= to->i &&
			    (size_t)to->i <= run.user_prompt.n);
	}
	custom_set_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(64 << 20);
	struct custom_def def, again;
	struct str first;

	hash_setup();
	if (read_def(&def, str_of(p, n), a)) {
		MUST(def.slug.n > 0 && def.slug.n <= CUSTOM_SLUG_MAX);
		first = write_def(&def, a);
		MUST(read_def(&again, first, a));
		MUST(str_eq(write_def(&again, a), first));
		look(&def, a);
	}
	arena_free(a);
	return 0;
}
