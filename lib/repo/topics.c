#include "repo/topics.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "repo/group.h"
#include "repo/hits.h"

enum { SCRATCH_MAX = 64 << 20 };

bool
run_topic(const struct run *run, struct str *parent, struct str *topic)
{
	const struct verdict *v = run->conversational ? run_verdict(run) : NULL;

	return v && v->topic.n && topic_path_split(v->topic, parent, topic);
}

/* ---- the model ---- */

static int
take_last(void *arg, struct str key, struct str value, struct err *e)
{
	struct buf *b = arg;

	(void)key;
	(void)e;
	buf_add_str(b, value);
	return KV_STOP;
}

static int
read_definition(const struct value *v, int64_t generation,
    struct topic_model **out, struct err *e)
{
	if (v->type != VALUE_JSON)
		return err_set(e, ERR_INVALID, "topics: without a definition");
	if (topic_model_read(v->s, out, e))
		return e->code;
	(*out)->generation = generation;
	return 0;
}

int
repo_topics_model(const struct repo_view *v, struct topic_model **out,
    struct err *e)
{
	struct kv_range r = { .family = KV_STATE, .reverse = true, .limit = 1 };
	struct topics_doc d = { .generation = 0 };
	struct layout_key from, to;
	struct buf doc;
	int rc;

	*out = NULL;
	layout_state(&from, v->scope, CLASS_TOPICS, STR(""));
	layout_state(&to, v->scope, CLASS_TOPICS + 1, STR(""));
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	buf_init(&doc, EVENT_BYTES_MAX);
	rc = kv_scan(v->snapshot, &r, take_last, &doc, NULL, e);
	if (rc == 0 && doc.failed)
		rc = err_set(e, ERR_CORRUPT, "topics: too large");
	if (rc == 0 && doc.n)
		rc = doc_read(buf_str(&doc), v->arena, EVENT_TOPICS, &d, e);
	if (rc == 0 && doc.n)
		rc = read_definition(&d.definition, d.base.order, out, e);
	buf_fini(&doc);
	return rc;
}

int
repo_topics_read_event(const struct event *ev, struct topic_model **out,
    struct err *e)
{
	const struct value *v = event_get(ev, FIELD_TOPICS_definition);
	static const struct value none = { .type = VALUE_NULL };

	*out = NULL;
	return read_definition(v ? v : &none, ev->order, out, e);
}

/* "2026-11": a month's models replace each other, so that neither the state
 * nor what is read to fold it grows without end. */
static struct str
month_of(struct arena *a, int64_t ms)
{
	char text[CLOCK_ISO_MAX];

	clock_format_iso(ms, text);
	return arena_str(a, str_of(text, 7));
}

static struct str
definition_of(const struct repo_view *v, const struct topic_model *m)
{
	struct json_writer w;
	struct buf json;
	struct str s;

	buf_init(&json, TOPIC_JSON_MAX);
	json_writer_init(&w, &json);
	json_put_object(&w);
	topic_model_write(m, &w);
	json_put_object_end(&w);
	s = json_writer_done(&w) ? arena_str(v->arena, buf_str(&json)) :
	    STR_NULL;
	buf_fini(&json);
	return s;
}

int
repo_topics_put(const struct repo_view *v, struct topic_model *m,
    const struct repo_topics_change *by, struct buf *out, struct err *e)
{
	struct event_builder b;
	struct str json, id;
	struct event ev;

	m->generation = MAX_OF(by->now_ms, by->previous + 1);
	json = definition_of(v, m);
	id = month_of(v->arena, m->generation);
	if (!json.p || !id.p)
		return read_spent(e);
	event_begin(&b, v->arena, EVENT_TOPICS, STR(""), id);
	b.event.project = by->project;
	b.event.env = v->scope.env;
	b.event.received_ms = by->now_ms;
	b.event.source = by->source;
	b.event.order = m->generation;
	event_json(&b, FIELD_TOPICS_definition, json);
	event_int(&b, FIELD_TOPICS_created_ns, by->now_ms * NS_PER_MS);
	event_int(&b, FIELD_TOPICS_generation, m->generation);
	if (!event_end(&b, &ev))
		return read_spent(e);
	event_encode(&ev, out);
	return out->failed ? err_set(e, ERR_LIMIT, "topics: too large") : 0;
}

/* ---- the sample ---- */

/* The hits with the lowest ids so far: a heap, the greatest on top. */
struct lowest {
	struct hit *v;
	size_t n, max;
};

static int
compare_hits(const void *a, const void *b)
{
	return memcmp(((const struct hit *)a)->rid.b,
	    ((const struct hit *)b)->rid.b, HASH128_SIZE);
}

static void
swap(struct hit *a, struct hit *b)
{
	struct hit x = *a;

	*a = *b;
	*b = x;
}

static void
sink(struct lowest *l, size_t i)
{
	for (;;) {
		size_t k = 2 * i + 1;

		if (k + 1 < l->n && compare_hits(&l->v[k], &l->v[k + 1]) < 0)
			k++;
		if (k >= l->n || compare_hits(&l->v[i], &l->v[k]) >= 0)
			return;
		swap(&l->v[i], &l->v[k]);
		i = k;
	}
}

static void
offer(struct lowest *l, const struct hit *h)
{
	size_t i = l->n;

	if (l->n == l->max) {
		if (compare_hits(h, &l->v[0]) >= 0)
			return;
		l->v[0] = *h;
		sink(l, 0);
		return;
	}
	l->v[l->n++] = *h;
	for (; i > 0 && compare_hits(&l->v[(i - 1) / 2], &l->v[i]) < 0;
	    i = (i - 1) / 2)
		swap(&l->v[(i - 1) / 2], &l->v[i]);
}

static int
scan_range(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    struct lowest *l, int64_t *count, struct err *e)
{
	struct hit page[HITS_PAGE * 4];
	struct hits h;
	size_t n;

	hits_open(&h, v, INDEX_TIME, STR_NULL, from_ms, to_ms);
	while (!h.is_done) {
		if (hits_next(&h, ARRAY_LEN(page), page, &n, e))
			return e->code;
		for (size_t i = 0; i < n; i++)
			if (page[i].flags & INDEX_IS_CONVERSATIONAL) {
				offer(l, &page[i]);
				(*count)++;
			}
	}
	return 0;
}

static int
add_prompt(const struct repo_view *v, const struct repo_run_row *row,
    struct repo_topic_sample *out, struct err *e)
{
	struct topic_prompt *p = &out->v[out->n];

	if (!row->run || !row->run->user_prompt.n)
		return 0;
	*p = (struct topic_prompt){ arena_str(v->arena, row->run->base.id),
	    arena_str(v->arena, str_utf8_prefix(row->run->user_prompt,
	    TOPIC_TEXT_MAX)), row->start_ms };
	if (!p->id.p || !p->text.p)
		return read_spent(e);
	out->n++;
	return 0;
}

static int
read_prompts(const struct repo_view *v, const struct lowest *l,
    struct repo_topic_sample *out, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_MAX);
	struct repo_run_row rows[HITS_PAGE];
	size_t step = HITS_PAGE, got;
	int rc = 0;

	for (size_t at = 0; at < l->n && rc == 0; at += got) {
		rc = rows_load_some(v, scratch, l->v + at,
		    MIN_OF(l->n - at, (size_t)HITS_PAGE), &step, rows, &got,
		    e);
		for (size_t i = 0; rc == 0 && i < got; i++)
			rc = add_prompt(v, &rows[i], out, e);
	}
	arena_free(scratch);
	return rc;
}

int
repo_topics_sample(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    size_t max, struct repo_topic_sample *out, struct err *e)
{
	struct lowest l = { .max = max };
	int rc;

	*out = (struct repo_topic_sample){ .n = 0 };
	if (range_check(from_ms, to_ms, e))
		return e->code;
	out->v = arena_array(v->arena, max, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	l.v = mem_alloc(max + 1, sizeof(*l.v));
	rc = scan_range(v, from_ms, to_ms, &l, &out->conversational, e);
	if (rc == 0) {
		qsort(l.v, l.n, sizeof(*l.v), compare_hits);
		rc = read_prompts(v, &l, out, e);
	}
	free(l.v);
	return rc;
}

int
repo_latest_ms(const struct repo_view *v, int64_t now_ms, int64_t *out,
    struct err *e)
{
	struct hit hit;
	struct hits h;
	size_t n = 0;

	*out = 0;
	hits_open(&h, v, INDEX_TIME, STR_NULL, 0, now_ms + 1);
	if (!h.is_done && hits_next(&h, 1, &hit, &n, e))
		return e->code;
	if (n)
		*out = hit.ms;
	return 0;
}

static int
fit_sample(const struct repo_view *v, int64_t now_ms,
    const struct topic_model *previous, struct repo_topic_fit *out,
    struct err *e)
{
	struct topic_fit_input in = { .previous = previous,
		.now_ms = now_ms };
	struct repo_topic_sample s;

	if (repo_topics_sample(v, out->from_ms, out->to_ms,
	    TOPIC_PROMPTS_MAX, &s, e))
		return e->code;
	out->conversational = s.conversational;
	in.prompts = s.v;
	in.n = s.n;
	return s.n < TOPIC_FIT_MIN ? 0 : topic_fit(&in, &out->model, e);
}

int
repo_topics_fit(const struct repo_view *v, int64_t now_ms,
    struct repo_topic_fit *out, struct err *e)
{
	struct topic_model *previous;
	struct err mine = ERR_INIT;
	int64_t latest;
	int rc;

	*out = (struct repo_topic_fit){ .model = NULL };
	if (repo_latest_ms(v, now_ms, &latest, e))
		return e->code;
	out->to_ms = latest + 1;
	out->from_ms = MAX_OF(0, latest + 1 - REPO_TOPICS_DAYS * MS_PER_DAY);
	rc = repo_topics_model(v, &previous, &mine);
	if (rc && rc != ERR_INVALID && rc != ERR_LIMIT) {
		*e = mine;
		return rc;
	}
	out->previous = previous ? previous->generation : 0;
	rc = fit_sample(v, now_ms, previous, out, e);
	topic_model_free(previous);
	if (rc == 0 && out->model && out->model->prompts == 0 &&
	    out->model->n == 0) {
		topic_model_free(out->model);
		out->model = NULL;
	}
	return rc;
}
