/*
 * Any bytes as the definition of a topic model: what is taken is written as it
 * was read, and gives a topic that may be given, above its threshold.  And as
 * prompts, a line each: they give a model that reads as it was written.
 */
#include "base/hash.h"
#include "fuzz.h"
#include "topic/topic.h"

static struct str
write_model(const struct topic_model *m, struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b);
	json_put_object(&w);
	topic_model_write(m, &w);
	json_put_object_end(&w);
	MUST(json_writer_done(&w));
	return buf_str(b);
}

static void
check_model(const struct topic_model *m, struct str text)
{
	struct topic_scratch *s = topic_scratch_new();
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct topic_model *copy;
	struct topic_hit hit;
	struct buf x, y;

	buf_init(&x, 2 * TOPIC_JSON_MAX);
	buf_init(&y, 2 * TOPIC_JSON_MAX);
	/* Escapes may make it longer than what was read. */
	if (write_model(m, &x).n <= TOPIC_JSON_MAX) {
		MUST(topic_model_read(buf_str(&x), &copy, &e) == 0);
		MUST(str_eq(write_model(copy, &y), buf_str(&x)));
		topic_model_free(copy);
	}
	if (topic_assign(m, text, s, &hit)) {
		struct str parent, id, path = topic_path(m, hit.topic, a);

		MUST(hit.topic < m->n && !m->v[hit.topic].is_group);
		MUST(!m->v[hit.topic].is_retired);
		MUST(hit.score >= m->v[hit.topic].threshold);
		MUST(topic_path_split(path, &parent, &id));
		MUST(topic_by_id(m, id) == &m->v[hit.topic]);
		MUST(!parent.p || topic_by_id(m, parent)->is_group);
	}
	buf_fini(&x);
	buf_fini(&y);
	arena_free(a);
	topic_scratch_free(s);
}

static void
fit_lines(struct str data)
{
	enum { N = 200 };
	static char ids[N][8];
	struct topic_prompt v[N];
	struct topic_fit_input in = { .prompts = v };
	struct err e = ERR_INIT;
	struct topic_model *m;

	while (data.p && in.n < N) {
		snprintf(ids[in.n], sizeof(ids[0]), "%zu", in.n);
		v[in.n].id = str_from(ids[in.n]);
		v[in.n].ms = (int64_t)in.n;
		v[in.n].text = str_cut(&data, '\n');
		in.n++;
	}
	MUST(topic_fit(&in, &m, &e) == 0);
	check_model(m, v[0].text);
	topic_model_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = str_of(data, n);
	struct err e = ERR_INIT;
	struct topic_model *m;

	hash_setup();
	if (topic_model_read(s, &m, &e) == 0) {
		check_model(m, s);
		check_model(m, STR("where is my parcel"));
		topic_model_free(m);
	} else {
		MUST(!m && e.code < 0 && e.text[0]);
	}
	fit_lines(s);
	return 0;
}
