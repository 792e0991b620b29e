/* lib/detect: custom patterns: definitions, rules, training. */
#include <math.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "detect/custom.h"
#include "detect/detect.h"
#include "tap.h"

static struct arena *arena;
static struct detector *detector;

static const char *
refused(const char *json)
{
	static char field[100];
	struct custom_def def = CUSTOM_DEF_INIT;
	struct err e = ERR_INIT;
	struct str f;

	if (custom_def_parse(&def, str_from(json), arena, &f, &e) == 0 &&
	    custom_def_check(&def, arena, &f, &e) == 0)
		return "fine";
	snprintf(field, sizeof(field), "%.*s", STR_FMT(f));
	return field;
}

static struct custom_def
parsed(const char *json)
{
	struct custom_def def = CUSTOM_DEF_INIT;
	struct err e = ERR_INIT;
	struct str f;

	if (custom_def_parse(&def, str_from(json), arena, &f, &e) ||
	    custom_def_check(&def, arena, &f, &e))
		BUG("%s", e.text);
	return def;
}

/* The text with i in the place of its "#". */
static void
add_numbered(struct buf *b, const char *text, size_t i)
{
	struct str rest = str_from(text);

	buf_add_str(b, str_cut(&rest, '#'));
	if (rest.p) {
		buf_addf(b, "%zu", i);
		buf_add_str(b, rest);
	}
}

static char *
repeated(const char *head, const char *part, size_t n, const char *tail)
{
	struct buf b;
	char *s;

	buf_init(&b, 1 << 20);
	buf_add_cstr(&b, head);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_byte(&b, ',');
		add_numbered(&b, part, i);
	}
	buf_add_cstr(&b, tail);
	s = mem_dup(b.p, b.n);
	buf_fini(&b);
	return s;
}

static void
test_limits(void)
{
	char *s;

	is_str(refused("{\"name\":\"n\",\"phrases\":[\"a\"]}"), "fine", "least");
	is_str(refused("[]"), "body", "not an object");
	is_str(refused("{\"phrases\":[\"a\"]}"), "name", "no name");
	is_str(refused("{\"name\":\"" "123456789012345678901234567890123456789"
	    "0123456789é\",\"phrases\":[\"a\"]}"), "fine", "50 characters");
	is_str(refused("{\"name\":\"" "123456789012345678901234567890123456789"
	    "0123456789éé\",\"phrases\":[\"a\"]}"), "name", "51 characters");
	is_str(refused("{\"name\":\"n\",\"x\":1,\"phrases\":[\"a\"]}"), "x",
	    "an unknown member");
	is_str(refused("{\"name\":\"n\",\"slug\":\"A b\",\"phrases\":[\"a\"]}"),
	    "slug", "not a slug");
	is_str(refused("{\"name\":\"n\",\"slug\":\"a--b\","
	    "\"phrases\":[\"a\"]}"), "slug", "two dashes");
	is_str(refused("{\"name\":\"n\",\"trigger\":\"some\","
	    "\"phrases\":[\"a\"]}"), "trigger", "an unknown trigger");
	is_str(refused("{\"name\":\"n\",\"trigger\":\"any_tool\","
	    "\"phrases\":[\"a\"]}"), "tools", "a trigger without tools");
	is_str(refused("{\"name\":\"n\",\"tools\":[\"t\"],"
	    "\"phrases\":[\"a\"]}"), "tools", "tools without a trigger");
	is_str(refused("{\"name\":\"n\"}"), "phrases", "nothing to look for");
	is_str(refused("{\"name\":\"n\",\"phrases\":[\"a\",\"?!\"]}"),
	    "phrases[1]", "a phrase without words");
	is_str(refused("{\"name\":\"n\",\"phrases\":[1]}"), "phrases[0]",
	    "a phrase that is a number");
	is_str(refused("{\"name\":\"n\",\"regexes\":[\"a(\"]}"), "regexes[0]",
	    "a wrong regular expression");
	is_str(refused("{\"name\":\"n\",\"regexes\":[\"a*\"]}"), "regexes[0]",
	    "one that matches nothing at all");
	is_str(refused("{\"name\":\"n\",\"regexes\":[\"a\\\\Cb\"]}"),
	    "regexes[0]", "one that cuts characters");
	is_str(refused("{\"name\":\"n\",\"phrases\":[\"a\"],\"examples\":["
	    "{\"text\":\"x\",\"label\":\"good\"}]}"), "examples[0].label",
	    "an unknown label");
	is_str(refused("{\"name\":\"n\",\"phrases\":[\"a\"],\"examples\":["
	    "{\"text\":\"x\",\"label\":\"positive\"},"
	    "{\"text\":\"x\",\"label\":\"negative\"}]}"),
	    "examples[1].text", "one example twice");
	is_str(refused("{\"name\":\"n\",\"phrases\":[\"a\"],"
	    "\"metadata\":{\"k\":[]}}"), "metadata", "a list as value");
	s = repeated("{\"name\":\"n\",\"phrases\":[\"a\"],\"metadata\":{",
	    "\"k#\":1", 11, "}}");
	is_str(refused(s), "metadata", "eleven filters");
	free(s);
	s = repeated("{\"name\":\"n\",\"examples\":[",
	    "{\"text\":\"x#\",\"label\":\"positive\"}", 101, "]}");
	is_str(refused(s), "examples", "101 examples");
	free(s);
}

static void
test_slugs(void)
{
	static const struct { const char *name, *slug; } rows[] = {
		{ "User frustration", "user-frustration" },
		{ "Café, s'il vous plaît!", "cafe-sil-vous-plait" },
		{ "AAA  rating -- 2nd try", "aaa-rating-2-nd-try" },
		{ "退款", "pattern" },
		{ "a word that goes on and on and on until the limit is",
		  "a-word-that-goes-on-and-on-and-on-until-the-limit" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		is_str(custom_slug(str_from(rows[i].name), arena).p,
		    rows[i].slug, "slug of %s", rows[i].name);
}

static void
test_round_trip(void)
{
	static const char json[] = "{\"name\":\"R\",\"slug\":\"r-1\","
	    "\"description\":\"d\",\"trigger\":\"all_tools\","
	    "\"tools\":[\"a\",\"b\"],\"metadata\":{\"plan\":\"pro\","
	    "\"n\":\"3\"},\"role\":\"any\",\"phrases\":[\"x y\"],"
	    "\"regexes\":[\"z+\"],\"examples\":[{\"text\":\"t\","
	    "\"label\":\"negative\"}]}";
	struct custom_def def = parsed(json);
	struct err e = ERR_INIT;
	struct json_writer w;
	struct str field;
	struct buf b;

	buf_init(&b, 1 << 16);
	json_writer_init(&w, &b);
	json_put_object(&w);
	custom_def_write(&def, &w);
	json_put_object_end(&w);
	buf_add_byte(&b, 0);
	is_str(b.p, json, "written as it was read");
	ok(custom_def_parse(&def, STR("{\"phrases\":null,\"enabled\":true}"),
	    arena, &field, &e) == 0 && def.n_phrases == 0 && def.enabled &&
	    def.n_regexes == 1, "a patch changes what it names");
	buf_fini(&b);
}

/* ---- matching ---- */

static struct run run;

/* The signal of the pattern in the run as JSON says, or NULL. */
static const struct event *
find(const char *json, const char *user, const char *assistant)
{
	static struct detect_verdict v;
	struct custom_set *set = custom_set_new(7);
	struct custom_def def = parsed(json);
	const struct event *found = NULL;
	struct err e = ERR_INIT;
	struct custom *c;

	run.base.id = STR("r");
	run.conversational = true;
	run.user_prompt = str_from(user);
	run.response = str_from(assistant);
	if (custom_new(&def, 5, &c, &e))
		BUG("%s", e.text);
	custom_set_add(set, c);
	detector_use(detector, set);
	if (detect_run(detector, &(struct detect_input){ .run = &run },
	    arena, &v, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < v.n; i++)
		if (v.events[i].kind == EVENT_SIGNAL && event_get(&v.events[i],
		    FIELD_SIGNAL_revision)) {
			/* Its texts go with the set. */
			struct buf b;
			struct pack_reader r;

			buf_init(&b, 1 << 16);
			event_encode(&v.events[i], &b);
			r = pack_reader(arena_str(arena, buf_str(&b)));
			buf_fini(&b);
			if (event_decode(&r, arena, &v.events[i], &e))
				BUG("%s", e.text);
			found = &v.events[i];
		}
	detector_use(detector, NULL);
	custom_set_free(set);
	return found;
}

static const char *
evidence(const char *json, const char *user, const char *assistant)
{
	const struct event *ev = find(json, user, assistant);
	const struct value *v = ev ? event_get(ev, FIELD_SIGNAL_evidence) :
	    NULL;

	return v ? arena_str(arena, v->s).p : "none";
}

static void
test_phrases(void)
{
	static const char p[] = "{\"name\":\"n\",\"phrases\":"
	    "[\"Züruck zum Cafe\",\"v2.1\"]}";
	char *s;

	is_str(evidence(p, "bitte ZURÜCK,  zum\ncafé jetzt", "ok"),
	    "ZURÜCK,  zum\ncafé", "case, accents, punctuation");
	is_str(evidence(p, "zuruck zum cafes", "ok"), "none", "whole words");
	is_str(evidence(p, "in V2.1?", "ok"), "V2.1", "digits");
	is_str(evidence(p, "in V2.2?", "ok"), "none", "other digits");
	is_str(evidence(p, "", "zurück zum café"), "none", "another's words");
	for (int n = 1300; n < 1460; n += 3) {
		s = mem_printf("%*s zuruck zum cafe %*s", n, "x", 5000, "y");
		if (strcmp(evidence(p, s, ""), "zuruck zum cafe") != 0)
			ok(0, "behind %d bytes", n);
		free(s);
	}
	s = mem_printf("%*s zuruck zum cafe", CUSTOM_READ_MAX, "x");
	is_str(evidence(p, s, ""), "none", "past the limit");
	free(s);
}

static void
test_regexes(void)
{
	static const char evil[] = "{\"name\":\"n\",\"regexes\":["
	    "\"(a+)+$\",\"(a|aa)+$\",\"(.*)*x\",\"([a-z]+)*!\","
	    "\"(?:a?){40}a{40}b\",\"(x+x+)+y\",\"((a{1,50}){1,50}){1,20}c\"]}";
	char *s = mem_alloc(1, CUSTOM_READ_MAX + 1);
	int64_t t0, ms;

	is_str(evidence("{\"name\":\"n\",\"regexes\":[\"(?i)refund(ed|s)?\\\\b"
	    "\"]}", "I was REFUNDED late", ""), "REFUNDED", "a match");
	is_str(evidence("{\"name\":\"n\",\"role\":\"any\",\"regexes\":"
	    "[\"\\\\p{Lu}{3}\"]}", "nein", "das ist ÄÖÜ"), "ÄÖÜ", "Unicode");
	is_str(evidence("{\"name\":\"n\",\"regexes\":[\"b.d\"]}",
	    "\xff\xfe bad", ""), "bad", "bytes that are not UTF-8");
	memset(s, 'a', CUSTOM_READ_MAX);
	s[CUSTOM_READ_MAX - 1] = '!' + 1;
	s[CUSTOM_READ_MAX] = 0;
	t0 = clock_mono_ms();
	(void)find(evil, s, "");
	ms = clock_mono_ms() - t0;
	ok(ms < 3000, "catastrophic ones end: %lld ms", (long long)ms);
	free(s);
}

static void
test_scope(void)
{
	struct span search = { .base.id = STR("1"), .type = SPAN_TOOL,
		.name = STR("search") };
	struct span buy = { .base.id = STR("2"), .type = SPAN_TOOL,
		.name = STR("buy") };
	struct span *spans[] = { &search, &buy };
	struct attr attrs[] = {
		{ STR("plan"), { .type = VALUE_TEXT, .s = STR("pro") } },
		{ STR("seats"), { .type = VALUE_INT, .i = 12 } },
	};
	const char *any = "{\"name\":\"n\",\"phrases\":[\"x\"],"
	    "\"trigger\":\"any_tool\",\"tools\":[\"buy\",\"sell\"]}";
	const char *all = "{\"name\":\"n\",\"phrases\":[\"x\"],"
	    "\"trigger\":\"all_tools\",\"tools\":[\"buy\",\"search\"]}";
	const char *meta = "{\"name\":\"n\",\"phrases\":[\"x\"],"
	    "\"metadata\":{\"plan\":\"pro\",\"seats\":12}}";

	ok(!find(any, "x", ""), "no tool");
	run.lists[EVENT_SPAN] = (struct entity_list){ .v = spans, .n = 1 };
	ok(!find(any, "x", ""), "another tool");
	ok(!find(all, "x", ""), "one of two tools");
	run.lists[EVENT_SPAN].n = 2;
	ok(find(any, "x", ""), "any tool");
	ok(find(all, "x", ""), "all tools");
	ok(!find(meta, "x", ""), "no metadata");
	run.metadata = (struct attrs){ .v = attrs, .n = 1 };
	ok(!find(meta, "x", ""), "one of two keys");
	run.metadata.n = 2;
	ok(find(meta, "x", ""), "both keys");
	attrs[1].value.i = 13;
	ok(!find(meta, "x", ""), "another value");
	run = (struct run){ .rev = 3 };
}

static void
test_signal(void)
{
	const struct event *ev = find("{\"name\":\"Big one\","
	    "\"phrases\":[\"x\"]}", "an x here", "");

	ok(ev && ev->order == verdict_order(3, 0) && str_is(event_get(ev,
	    FIELD_SIGNAL_slug)->s, "big-one") &&
	    event_get(ev, FIELD_SIGNAL_revision)->i == 5 &&
	    event_get(ev, FIELD_SIGNAL_evidence_start)->i == 3 &&
	    event_get(ev, FIELD_SIGNAL_evidence_end)->i == 4 &&
	    event_get(ev, FIELD_SIGNAL_score)->d == 1 &&
	    str_is(event_get(ev, FIELD_SIGNAL_reason)->s, "phrase \"x\""),
	    "slug, revision, evidence and reason are in the signal");
}

/* ---- training ---- */

/* Requests to cancel, and others; # makes each another text. */
static char *
training(size_t n, bool noise)
{
	static const char *const positive[] = {
		"please cancel my subscription, order #",
		"I want to cancel the plan # now",
		"how do I cancel this, account #",
		"cancel it. I do not need # any more",
		"cancelling my membership # today",
	};
	static const char *const negative[] = {
		"what is the weather in city #",
		"please track my parcel number #",
		"I want to upgrade the plan # now",
		"how do I change my password, account #",
		"book a table for # tonight",
	};
	struct buf b;
	char *s;

	buf_init(&b, 1 << 20);
	buf_add_cstr(&b, "{\"name\":\"c\",\"examples\":[");
	for (size_t i = 0; i < n; i++) {
		bool is_positive = i % 2;
		bool label = noise ? i / 2 % 2 : is_positive;
		const char *text = (is_positive ? positive : negative)
		    [(i / 2 + i / 10) % 5];

		buf_add_cstr(&b, i ? ",{\"text\":\"" : "{\"text\":\"");
		add_numbered(&b, text, i);
		buf_addf(&b, "\",\"label\":\"%s\"}",
		    label ? "positive" : "negative");
	}
	buf_add_cstr(&b, "]}");
	s = mem_dup(b.p, b.n);
	buf_fini(&b);
	return s;
}

static struct custom_report
trained(size_t n, bool noise, int64_t *us)
{
	char *s = training(n, noise);
	struct custom_def def = CUSTOM_DEF_INIT;
	struct custom_report r;
	struct err e = ERR_INIT;
	int64_t t0 = clock_mono_ns();
	struct custom *c;
	struct str field;

	if (custom_def_parse(&def, str_from(s), arena, &field, &e) ||
	    custom_new(&def, 1, &c, &e))
		BUG("%s", e.text);
	*us = (clock_mono_ns() - t0) / 1000;
	r = *custom_report(c);
	custom_free(c);
	free(s);
	return r;
}

static void
test_training(void)
{
	struct custom_report r, again, few, noise;
	char *s = training(20, false);
	const struct event *ev;
	int64_t us;
	double score;

	r = trained(20, false, &us);
	ok(r.is_trained && r.n_positive == 10 && r.n_negative == 10 &&
	    r.folds == 5, "trained, five folds");
	is_int(r.true_positives + r.false_negatives, 10, "each is held out");
	ok(r.precision >= 0.8 && r.recall >= 0.8,
	    "cross-validated: precision %.2f, recall %.2f", r.precision,
	    r.recall);
	again = trained(20, false, &us);
	ok(memcmp(&r, &again, sizeof(r)) == 0, "the same again");
	few = trained(6, false, &us);
	ok(!few.is_trained && isnan(few.precision) && isnan(few.recall),
	    "too few examples: no numbers");
	noise = trained(100, true, &us);
	ok(noise.precision < 0.75, "meaningless labels: precision %.2f",
	    noise.precision);
	ok(us < 2000000, "100 examples: %lld us", (long long)us);

	ev = find(s, "Could you cancel my subscription please", "");
	ok(ev, "a new message of the kind is found");
	score = ev ? event_get(ev, FIELD_SIGNAL_score)->d : 0;
	ok(score >= 0.5 && score < 1, "with its probability, %.2f", score);
	ev = find(s, "Could you cancel my subscription please", "");
	ok(ev && event_get(ev, FIELD_SIGNAL_score)->d == score,
	    "the same each time");
	ok(!find(s, "Where can I see the weather", ""), "others are not");
	free(s);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(512 << 20);
	detector = detector_new();
	run.rev = 3;
	test_limits();
	test_slugs();
	test_round_trip();
	test_phrases();
	test_regexes();
	test_scope();
	test_signal();
	test_training();
	detector_free(detector);
	arena_free(arena);
	return tap_done();
}
