#ifndef TESTS_REPO_GEN_H
#define TESTS_REPO_GEN_H

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "repo/commit.h"
#include "repo/read.h"
#include "repo/verify.h"
#include "tap.h"

/*
 * Random events for the tests of lib/repo, and what they all need.
 */
static uint32_t gen_seed = 1;

CC_UNUSED static uint32_t
gen_random(uint32_t n)
{
	gen_seed = gen_seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)gen_seed * n) >> 32);
}

/* 2026-11-16T00:00:00Z */
#define GEN_START_MS INT64_C(1794787200000)

CC_UNUSED static struct str
gen_name(struct arena *a, const char *prefix, uint32_t n)
{
	return arena_printf(a, "%s%u", prefix, gen_random(n));
}

/* Through the wire, so that body and hash are set. */
CC_UNUSED static struct event
gen_decoded(struct arena *a, const struct event *ev)
{
	struct err e = ERR_INIT;
	struct event out = { 0 };
	struct pack_reader r;
	struct buf b;

	buf_init(&b, EVENT_BYTES_MAX);
	event_encode(ev, &b);
	r = pack_reader(arena_str(a, buf_str(&b)));
	buf_fini(&b);
	if (event_decode(&r, a, &out, &e))
		printf("# decode: %s\n", e.text);
	return out;
}

CC_UNUSED static void
gen_begin(struct event_builder *b, struct arena *a, enum event_kind kind,
    struct str run, struct str id)
{
	event_begin(b, a, kind, run, id);
	b->event.project = STR("demo");
	b->event.env = ENV_PROD;
	b->event.received_ms = GEN_START_MS + MS_PER_DAY * 8;
	b->event.source = STR("test");
}

CC_UNUSED static struct event
gen_end(struct event_builder *b)
{
	struct event ev;

	if (!event_end(b, &ev))
		printf("# out of memory\n");
	return gen_decoded(b->arena, &ev);
}

/* A time within a week, ns. */
CC_UNUSED static int64_t
gen_time_ns(void)
{
	return (GEN_START_MS + gen_random(7 * 86400) * INT64_C(1000) +
	    gen_random(1000)) * 1000000 + gen_random(1000000);
}

CC_UNUSED static void
gen_run_field(struct event_builder *b)
{
	struct arena *a = b->arena;

	switch (gen_random(12)) {
	case 0: event_text(b, FIELD_RUN_session_id, gen_name(a, "s", 5));
		return;
	case 1: event_text(b, FIELD_RUN_agent, gen_name(a, "agent", 3)); return;
	case 2: event_text(b, FIELD_RUN_user_id, gen_name(a, "u", 6)); return;
	case 3: event_text(b, FIELD_RUN_org_id, gen_name(a, "o", 3)); return;
	case 4: event_int(b, FIELD_RUN_start_ns, gen_time_ns()); return;
	case 5: event_int(b, FIELD_RUN_end_ns, gen_time_ns()); return;
	case 6: event_int(b, FIELD_RUN_status, gen_random(3)); return;
	case 7: event_text(b, FIELD_RUN_user_prompt, gen_name(a, "why ", 9));
		return;
	case 8: event_text(b, FIELD_RUN_response, gen_name(a, "so ", 9));
		return;
	case 9: event_bool(b, FIELD_RUN_conversational, gen_random(2)); return;
	case 10: event_keyed(b, FIELD_RUN_metadata, gen_name(a, "k", 3),
		(struct value){ .type = VALUE_INT, .i = gen_random(9) });
		return;
	default: event_null(b, FIELD_RUN_agent); return;
	}
}

CC_UNUSED static void
gen_span_field(struct event_builder *b)
{
	struct arena *a = b->arena;

	switch (gen_random(10)) {
	case 0: event_int(b, FIELD_SPAN_type, gen_random(SPAN_TYPE_END));
		return;
	case 1: event_text(b, FIELD_SPAN_name, gen_name(a, "tool", 3)); return;
	case 2: event_int(b, FIELD_SPAN_start_ns, gen_time_ns()); return;
	case 3: event_int(b, FIELD_SPAN_end_ns, gen_time_ns()); return;
	case 4: event_int(b, FIELD_SPAN_status, gen_random(3)); return;
	case 5: event_text(b, FIELD_SPAN_model_used, gen_name(a, "m", 3));
		return;
	case 6: event_int(b, FIELD_SPAN_input_tokens, gen_random(1000)); return;
	case 7: event_int(b, FIELD_SPAN_output_tokens, gen_random(99)); return;
	case 8: event_num(b, FIELD_SPAN_cost_usd, gen_random(99) / 1e4); return;
	default: event_int(b, FIELD_SPAN_first_token_ns, gen_time_ns()); return;
	}
}

/* A patch of a run, span or score; some have an order, some are repeats. */
CC_UNUSED static struct event
gen_patch(struct arena *a, uint32_t runs)
{
	struct str run = gen_name(a, "run", runs);
	uint32_t what = gen_random(10), n = 1 + gen_random(4);
	struct event_builder b;

	if (what < 4) {
		gen_begin(&b, a, EVENT_RUN, run, run);
		while (n--)
			gen_run_field(&b);
	} else if (what < 9) {
		gen_begin(&b, a, EVENT_SPAN, run, gen_name(a, "span", 4));
		while (n--)
			gen_span_field(&b);
	} else {
		gen_begin(&b, a, EVENT_SCORE, run, gen_name(a, "score", 2));
		event_text(&b, FIELD_SCORE_name, STR("feedback"));
		event_text(&b, FIELD_SCORE_string_value, gen_random(2) ?
		    STR("thumbs_up") : STR("thumbs_down"));
		if (gen_random(2))
			event_text(&b, FIELD_SCORE_comment, STR("hm"));
	}
	if (gen_random(3) == 0)
		b.event.order = (int64_t)gen_random(20) - 5;
	b.event.received_ms += gen_random(100000);
	b.event.env = gen_random(4) ? ENV_PROD : ENV_DEV;
	if (gen_random(8) == 0)
		b.event.project = STR("other");
	return gen_end(&b);
}

/* Verdict, signals and failures about a run as of rev. */
CC_UNUSED static size_t
gen_verdict(struct arena *a, struct str run, int64_t rev, struct event *out)
{
	struct event_builder b;
	size_t n = 0, i;

	gen_begin(&b, a, EVENT_VERDICT, run, STR("1"));
	b.event.order = rev;
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, rev);
	out[n++] = gen_end(&b);
	for (i = gen_random(3); i > 0; i--) {
		struct str slug = gen_name(a, "slug", 3);

		gen_begin(&b, a, EVENT_SIGNAL, run,
		    arena_printf(a, "1/%.*s", STR_FMT(slug)));
		b.event.order = rev;
		event_int(&b, FIELD_SIGNAL_version, 1);
		event_int(&b, FIELD_SIGNAL_rev, rev);
		event_text(&b, FIELD_SIGNAL_slug, slug);
		event_num(&b, FIELD_SIGNAL_score, 0.9);
		out[n++] = gen_end(&b);
	}
	for (i = gen_random(3); i > 0; i--) {
		struct str id = gen_name(a, "f_", 4);

		gen_begin(&b, a, EVENT_FAILURE, run,
		    arena_printf(a, "1/%u", gen_random(3)));
		b.event.order = rev;
		event_int(&b, FIELD_FAILURE_version, 1);
		event_int(&b, FIELD_FAILURE_rev, rev);
		event_text(&b, FIELD_FAILURE_failure_id, id);
		event_text(&b, FIELD_FAILURE_entity_type, STR("tool_call"));
		event_text(&b, FIELD_FAILURE_template,
		    arena_printf(a, "bad <*> %.*s", STR_FMT(id)));
		event_int(&b, FIELD_FAILURE_time_ns, gen_time_ns());
		out[n++] = gen_end(&b);
	}
	return n;
}

CC_UNUSED static bool
gen_cost(void *arg, const struct repo_usage *u, int64_t *pico)
{
	(void)arg;
	*pico = u->input_tokens * 150000 + u->output_tokens * 600000;
	return u->model.n && !str_is(u->model, "m2");
}

CC_UNUSED static const struct repo_pricer gen_pricer = { gen_cost, NULL };

CC_UNUSED static void
gen_hex(const char *what, struct str s)
{
	printf("#   %s%s ", what, s.p ? "" : " (none)");
	for (size_t i = 0; i < MIN_OF(s.n, (size_t)400); i++)
		printf(s.p[i] >= 32 && s.p[i] < 127 ? "%c" : "\\%02x",
		    (unsigned char)s.p[i]);
	printf("\n");
}

CC_UNUSED static void
gen_differ(void *arg, enum kv_family f, struct str key, struct str got,
    struct str want)
{
	int *left = arg;

	if ((*left)-- <= 0)
		return;
	printf("# %s\n", kv_family_name(f));
	gen_hex("key ", key);
	gen_hex("got ", got);
	gen_hex("want", want);
}

/* True if the store is what its events give. */
CC_UNUSED static bool
gen_verify(struct kv *kv)
{
	struct kv *scratch = kv_memory_new();
	struct err e = ERR_INIT;
	struct repo_report report;
	int left = 5, rc;

	rc = repo_verify(kv_latest(kv), &gen_pricer, scratch, gen_differ,
	    &left, &report, &e);
	kv_close(scratch);
	if (rc)
		printf("# verify: %s\n", e.text);
	return rc == 0 && report.differences == 0;
}

CC_UNUSED static struct kv *
gen_kv(void)
{
	struct kv *kv = kv_memory_new();
	struct err e = ERR_INIT;

	if (repo_open(kv, &e))
		printf("# open: %s\n", e.text);
	return kv;
}

/* One request, one group. */
CC_UNUSED static int
gen_commit(struct repo_commit *c, const struct event *events, size_t n,
    uint64_t work_seq)
{
	struct err e = ERR_INIT;

	repo_commit_begin(c);
	if (repo_commit_events(c, events, n, work_seq, &e) ||
	    repo_commit_write(c, true, &e))
		printf("# commit: %s\n", e.text);
	return e.code;
}

static int
gen_dump_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct buf *b = arg;

	(void)e;
	buf_add_be32(b, (uint32_t)key.n);
	buf_add_str(b, key);
	buf_add_be32(b, (uint32_t)value.n);
	buf_add_str(b, value);
	return 0;
}

/* All rows of a family; release with buf_fini. */
CC_UNUSED static void
gen_dump(struct kv *kv, enum kv_family f, struct buf *b)
{
	struct kv_range r = { .family = f };
	struct err e = ERR_INIT;

	buf_init(b, 1 << 30);
	if (kv_scan(kv_latest(kv), &r, gen_dump_row, b, NULL, &e))
		printf("# dump: %s\n", e.text);
}

/* True if both stores hold the same rows in the family. */
CC_UNUSED static bool
gen_same(struct kv *x, struct kv *y, enum kv_family f)
{
	struct buf a, b;
	bool same;

	gen_dump(x, f, &a);
	gen_dump(y, f, &b);
	same = str_eq(buf_str(&a), buf_str(&b));
	if (!same)
		printf("# %s differs: %zu and %zu bytes\n", kv_family_name(f),
		    a.n, b.n);
	buf_fini(&a);
	buf_fini(&b);
	return same;
}

#endif
