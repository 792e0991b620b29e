/* Topics of planted prompts: found, named, the same again, kept. */
#include <math.h>

#include "base/clock.h"
#include "base/hash.h"
#include "json/json_write.h"
#include "tap.h"
#include "topic/topic.h"
#include "topic_gen.h"

#define WEEK1 INT64_C(1794182400000)
#define WEEK2 (WEEK1 + 7 * MS_PER_DAY)

static struct topic_model *
fit(const struct gen_prompts *p, const struct topic_model *previous)
{
	struct topic_fit_input in = { p->v, p->n, previous,
		WEEK2 + 7 * MS_PER_DAY };
	struct err e = ERR_INIT;
	struct topic_model *m;

	if (topic_fit(&in, &m, &e) == 0)
		return m;
	printf("# %s\n", e.text);
	return NULL;
}

static struct buf
json_of(const struct topic_model *m)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, TOPIC_JSON_MAX);
	json_writer_init(&w, &b);
	json_put_object(&w);
	topic_model_write(m, &w);
	json_put_object_end(&w);
	ok(json_writer_done(&w), "a model fits into its limit");
	return b;
}

/* Topic of each prompt, or -1. */
static int *
assign_all(const struct topic_model *m, const struct gen_prompts *p)
{
	struct topic_scratch *s = topic_scratch_new();
	int *out = mem_alloc(p->n, sizeof(*out));
	struct topic_hit hit;

	for (size_t i = 0; i < p->n; i++)
		out[i] = topic_assign(m, p->v[i].text, s, &hit) ?
		    (int)hit.topic : -1;
	topic_scratch_free(s);
	return out;
}

/* The topic that most prompts of the intent have, and their part. */
static int
main_topic(const int *of, const struct gen_prompts *p, const char *intent,
    double *part)
{
	int count[TOPIC_MAX + 1] = { 0 }, best = 0, n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->intent[i], intent) == 0) {
			count[of[i] + 1]++;
			n++;
		}
	for (int t = 1; t <= TOPIC_MAX; t++)
		if (count[t] > count[best] || best == 0)
			best = t;
	*part = n ? (double)count[best] / n : 0;
	return best - 1;
}

static double
entropy(const double *v, size_t n, double total)
{
	double h = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i] > 0)
			h -= v[i] / total * log(v[i] / total);
	return h;
}

/* Normalised mutual information of intents and topics, noise left out. */
static double
nmi(const int *of, const struct gen_prompts *p, double *coverage)
{
	enum { T = TOPIC_MAX + 1, I = ARRAY_LEN(gen_intents) };
	static double both[I][T], rows[I], columns[T];
	double n = 0, given = 0, ha, hb, hab;

	memset(both, 0, sizeof(both));
	memset(rows, 0, sizeof(rows));
	memset(columns, 0, sizeof(columns));
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < I; k++)
			if (strcmp(p->intent[i], gen_intents[k]) == 0) {
				both[k][of[i] + 1]++;
				rows[k]++;
				columns[of[i] + 1]++;
				given += of[i] >= 0;
				n++;
			}
	*coverage = given / n;
	ha = entropy(rows, I, n);
	hb = entropy(columns, T, n);
	hab = entropy(&both[0][0], (size_t)I * T, n);
	return 2 * (ha + hb - hab) / (ha + hb);
}

static void
test_planted(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 };
	struct topic_model *m;
	double coverage, score;
	size_t names = 0;
	int *of;

	for (size_t i = 0; i < ARRAY_LEN(gen_intents); i++)
		gen_add(g, &p, gen_intents[i], 40, WEEK1);
	gen_add(g, &p, "noise", 30, WEEK1);
	m = fit(&p, NULL);
	of = assign_all(m, &p);
	score = nmi(of, &p, &coverage);
	printf("# %zu topics, NMI %.3f, coverage %.3f\n", m->n, score,
	    coverage);
	ok(score > 0.85, "topics are the intents");
	ok(coverage > 0.9, "nearly every prompt with an intent has a topic");
	is_int(m->to_ms - m->from_ms, 39 * 60000 + 1, "its range");
	for (size_t i = 0; i < m->n; i++) {
		bool own = true;

		for (size_t k = 0; k < i; k++)
			own = own && !str_eq(m->v[k].name, m->v[i].name);
		names += own && m->v[i].name.n && m->v[i].nexamples;
	}
	is_int(names, m->n, "each has a name of its own, and examples");
	topic_model_free(m);
	free(of);
	gen_prompts_fini(&p);
}

static void
test_deterministic(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 };
	struct topic_model *a, *b;
	struct buf x, y;

	for (size_t i = 0; i < 8; i++)
		gen_add(g, &p, gen_intents[i], 30, WEEK1);
	a = fit(&p, NULL);
	for (size_t i = p.n; i-- > 1;) {
		size_t k = gen_next(g) % (i + 1);
		struct topic_prompt swap = p.v[i];

		p.v[i] = p.v[k];
		p.v[k] = swap;
	}
	b = fit(&p, NULL);
	x = json_of(a);
	y = json_of(b);
	ok(str_eq(buf_str(&x), buf_str(&y)),
	    "the order of prompts changes no byte");
	topic_model_free(a);
	topic_model_free(b);
	buf_fini(&x);
	buf_fini(&y);
	gen_prompts_fini(&p);
}

static bool
same_identity(const struct topic_model *a, int x, const struct topic_model *b,
    int y)
{
	return x >= 0 && y >= 0 && str_eq(a->v[x].id, b->v[y].id) &&
	    str_eq(a->v[x].name, b->v[y].name);
}

/* A week later: some grow, one is new, all keep what they are called. */
static void
test_weeks(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 };
	struct topic_model *m1, *m2;
	int *of1, *of2, kept = 0, fresh;
	double part;

	for (size_t i = 0; i < 12; i++)
		gen_add(g, &p, gen_intents[i], 40, WEEK1);
	m1 = fit(&p, NULL);
	for (size_t i = 0; i < 12; i++)
		gen_add(g, &p, gen_intents[i], 20 + 15 * i, WEEK2);
	gen_add(g, &p, "de_rechnung", 60, WEEK2);
	m2 = fit(&p, m1);
	of1 = assign_all(m1, &p);
	of2 = assign_all(m2, &p);
	for (size_t i = 0; i < 12; i++)
		kept += same_identity(m1, main_topic(of1, &p, gen_intents[i],
		    &part), m2, main_topic(of2, &p, gen_intents[i], &part));
	is_int(kept, 12, "topics that grow keep id and name");
	fresh = main_topic(of2, &p, "de_rechnung", &part);
	ok(fresh >= 0 && part > 0.6 && !topic_by_id(m1, m2->v[fresh].id),
	    "what is asked for the first time is a new topic");
	ok(fresh >= 0 && m2->v[fresh].born_ms >= WEEK2,
	    "born when it was first asked");
	free(of1);
	free(of2);
	topic_model_free(m1);
	topic_model_free(m2);
	gen_prompts_fini(&p);
}

/* Part of the prompts whose topic has another id in the other model. */
static double
moved(const struct topic_model *a, const struct topic_model *b,
    const struct gen_prompts *p)
{
	int *x = assign_all(a, p), *y = assign_all(b, p);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += (x[i] < 0) != (y[i] < 0) || (x[i] >= 0 &&
		    !str_eq(a->v[x[i]].id, b->v[y[i]].id));
	free(x);
	free(y);
	return (double)n / (double)p->n;
}

/* Day by day some prompts come, and few change their topic. */
static void
test_days(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 };
	struct topic_model *m, *next;
	double worst = 0;

	for (size_t i = 0; i < 12; i++)
		gen_add(g, &p, gen_intents[i], 20 + 10 * i, WEEK1);
	m = fit(&p, NULL);
	for (int day = 0; day < 6; day++) {
		double part;

		for (size_t i = 0; i < 12; i++)
			gen_add(g, &p, gen_intents[i], 1 + i / 3, WEEK2);
		next = fit(&p, m);
		part = moved(m, next, &p);
		worst = part > worst ? part : worst;
		topic_model_free(m);
		m = next;
	}
	printf("# at most %.1f %% of the prompts change their topic in a day\n",
	    100 * worst);
	ok(worst < 0.05, "few prompts change their topic from day to day");
	next = fit(&p, m);
	ok(moved(m, next, &p) < 0.02, "fewer when nothing comes");
	topic_model_free(m);
	topic_model_free(next);
	gen_prompts_fini(&p);
}

/* One is gone for a week, and comes back. */
static void
test_return(struct topic_gen *g)
{
	struct gen_prompts p1 = { .n = 0 }, p2 = { .n = 0 }, p3 = { .n = 0 };
	struct topic_model *m1, *m2, *m3;
	int *of1, *of3, t1, t3;
	const struct topic *t;
	double part;

	for (size_t i = 0; i < 8; i++) {
		gen_add(g, &p1, gen_intents[i], 30, WEEK1);
		if (i != 1)
			gen_add(g, &p2, gen_intents[i], 30, WEEK2);
		gen_add(g, &p3, gen_intents[i], 30, WEEK2 + MS_PER_DAY);
	}
	m1 = fit(&p1, NULL);
	m2 = fit(&p2, m1);
	m3 = fit(&p3, m2);
	of1 = assign_all(m1, &p1);
	of3 = assign_all(m3, &p3);
	t1 = main_topic(of1, &p1, gen_intents[1], &part);
	t3 = main_topic(of3, &p3, gen_intents[1], &part);
	t = topic_by_id(m2, m1->v[t1].id);
	ok(t && t->is_retired && t->seen_ms < WEEK2,
	    "a topic that nobody asks about is retired");
	ok(same_identity(m1, t1, m3, t3), "and has its id back when it returns");
	free(of1);
	free(of3);
	topic_model_free(m1);
	topic_model_free(m2);
	topic_model_free(m3);
	gen_prompts_fini(&p1);
	gen_prompts_fini(&p2);
	gen_prompts_fini(&p3);
}

static void
test_json(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 };
	struct err e = ERR_INIT;
	struct topic_model *m, *copy = NULL;
	int *a, *b, same = 0;
	struct buf x, y;

	for (size_t i = 0; i < 9; i++)
		gen_add(g, &p, gen_intents[i], 30, WEEK1);
	m = fit(&p, NULL);
	m->generation = 17;
	x = json_of(m);
	is_int(topic_model_read(buf_str(&x), &copy, &e), 0, "read again: %s",
	    e.text);
	y = json_of(copy);
	ok(str_eq(buf_str(&x), buf_str(&y)), "the same bytes");
	a = assign_all(m, &p);
	b = assign_all(copy, &p);
	for (size_t i = 0; i < p.n; i++)
		same += a[i] == b[i];
	is_int(same, p.n, "and the same topics");
	free(a);
	free(b);
	topic_model_free(m);
	topic_model_free(copy);
	buf_fini(&x);
	buf_fini(&y);
	gen_prompts_fini(&p);
}

static void
test_few(struct topic_gen *g)
{
	struct gen_prompts p = { .n = 0 }, none = { .n = 0 };
	struct topic_model *m = fit(&none, NULL), *many;
	struct buf x, y;

	is_int(m->n, 0, "no prompts, no topics");
	topic_model_free(m);
	gen_add(g, &p, "weather", TOPIC_FIT_MIN - 1, WEEK1);
	m = fit(&p, NULL);
	is_int(m->n, 0, "nor from too few");
	topic_model_free(m);
	gen_add(g, &p, "recipe", 40, WEEK1);
	many = fit(&p, NULL);
	ok(many->n >= 2, "two intents, two topics");
	m = fit(&none, many);
	x = json_of(m);
	y = json_of(many);
	ok(str_eq(buf_str(&x), buf_str(&y)),
	    "without prompts the previous model stays");
	topic_model_free(m);
	topic_model_free(many);
	buf_fini(&x);
	buf_fini(&y);
	gen_prompts_fini(&p);
}

/* The same text again and again, and texts that say nothing. */
static void
test_odd(void)
{
	static const char *const texts[] = { "", "ok", "\xff\xfe", "12345",
		"https://example.com/a/b", "someone@example.com", "…", "the" };
	struct topic_prompt v[400];
	struct topic_fit_input in = { v, ARRAY_LEN(v), NULL, WEEK2 };
	struct topic_scratch *s = topic_scratch_new();
	struct err e = ERR_INIT;
	struct topic_hit hit;
	struct topic_model *m;
	char ids[400][8];

	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		snprintf(ids[i], sizeof(ids[i]), "%zu", i);
		v[i] = (struct topic_prompt){ str_from(ids[i]),
		    str_from(i % 2 ? "track my parcel please" :
		    texts[i / 2 % ARRAY_LEN(texts)]), WEEK1 };
	}
	is_int(topic_fit(&in, &m, &e), 0, "odd prompts: %s", e.text);
	is_int(m->prompts, 200, "those that say nothing do not count");
	is_int(topic_assign(m, STR(""), s, &hit), 0, "nothing has no topic");
	topic_model_free(m);
	topic_scratch_free(s);
}

/* Buttons: three texts, in which nothing but numbers differs. */
static void
test_same(void)
{
	struct topic_prompt v[60];
	struct topic_fit_input in = { v, ARRAY_LEN(v), NULL, WEEK2 };
	struct err e = ERR_INIT;
	struct topic_model *m;
	char ids[60][8], said[60][64];
	size_t named = 0;

	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		snprintf(ids[i], sizeof(ids[i]), "%zu", i);
		snprintf(said[i], sizeof(said[i]), i % 3 == 0 ?
		    "Track parcel %zu" : i % 3 == 1 ?
		    "Reset password of login %zu" :
		    "Weather forecast for day %zu", i);
		v[i] = (struct topic_prompt){ str_from(ids[i]),
			str_from(said[i]), WEEK1 };
	}
	is_int(topic_fit(&in, &m, &e), 0, "the same texts: %s", e.text);
	is_int(m->n, 3, "are topics");
	for (size_t i = 0; i < m->n; i++) {
		printf("# %.*s\n", STR_FMT(m->v[i].name));
		named += m->v[i].name.n > 1 && m->v[i].prompts == 20;
	}
	is_int(named, 3, "with names");
	topic_model_free(m);
}

static const char *const chinese[] = {
	"我想重置密码", "怎么重置密码", "忘记密码了怎么办", "重置密码的邮件没有收到",
	"密码错误无法登录", "请帮我重置密码", "退款什么时候到账", "我要申请退款",
	"退款还没有到账", "申请退款需要多久", "退款到账时间", "为什么退款失败",
	"包裹在哪里", "我的包裹还没有到", "包裹丢失了", "查询包裹物流",
	"包裹物流信息没有更新", "包裹什么时候送到" };

static void
test_unspaced(void)
{
	enum { TIMES = 10, N = ARRAY_LEN(chinese) };
	struct topic_prompt v[TIMES * N];
	struct topic_fit_input in = { v, ARRAY_LEN(v), NULL, WEEK2 };
	struct topic_scratch *s = topic_scratch_new();
	struct topic_hit a, b, c;
	struct err e = ERR_INIT;
	struct topic_model *m;
	char ids[TIMES * N][8];
	bool whole = false;

	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		snprintf(ids[i], sizeof(ids[i]), "%zu", i);
		v[i] = (struct topic_prompt){ str_from(ids[i]),
			str_from(chinese[i % N]), WEEK1 };
	}
	is_int(topic_fit(&in, &m, &e), 0, "without spaces: %s", e.text);
	ok(topic_assign(m, str_from("重置密码"), s, &a) &&
	    topic_assign(m, str_from("申请退款"), s, &b) &&
	    topic_assign(m, str_from("包裹物流"), s, &c) &&
	    a.topic != b.topic && b.topic != c.topic && a.topic != c.topic,
	    "three topics in Chinese");
	for (size_t i = 0; i < m->n; i++) {
		printf("# %.*s\n", STR_FMT(m->v[i].name));
		whole = whole || str_find(m->v[i].name, str_from("密码"), 0) !=
		    SIZE_MAX;
	}
	ok(whole, "named by their own words");
	topic_model_free(m);
	topic_scratch_free(s);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "[]", "{\"topics\": 1}",
		"{\"terms\": [[\"a\"]]}", "{\"terms\": [[\"a\", 0]]}",
		"{\"terms\": [[\"a\", 5, 5]]}",
		"{\"topics\": [{}]}", "{\"topics\": [{\"id\": \"x\"}]}",
		"{\"topics\": [{\"id\": \"t_0123456789abcdef\"}]}",
		"{\"topics\": [{\"id\": \"t_0123456789abcdef\", \"name\": "
		    "\"a\", \"weights\": [[0, 5]]}]}",
		"{\"topics\": [{\"id\": \"t_0123456789abcdef\", \"name\": "
		    "\"a\", \"parent\": \"t_0123456789abcdef\"}]}",
		"{\"topics\": [{\"id\": \"t_0123456789abcdef\", \"name\": "
		    "\"a\"}, {\"id\": \"t_0123456789abcdef\", \"name\": "
		    "\"b\"}]}" };
	struct str parent, id;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = ERR_INIT;
		struct topic_model *m;
		int rc = topic_model_read(str_from(bad[i]), &m, &e);

		ok(rc == ERR_INVALID && !m && e.text[0], "refused: %s",
		    e.text);
	}
	ok(!topic_path_split(STR("x"), &parent, &id), "no path");
	ok(topic_path_split(STR("t_0123456789abcdef/t_fedcba9876543210"),
	    &parent, &id) && str_is(parent, "t_0123456789abcdef") &&
	    str_is(id, "t_fedcba9876543210"), "parent and child");
}

int
main(void)
{
	struct topic_gen g;

	hash_setup();
	if (!ok(gen_open(&g, 42), "sentences are there"))
		return tap_done();
	test_planted(&g);
	test_deterministic(&g);
	test_weeks(&g);
	test_days(&g);
	test_return(&g);
	test_json(&g);
	test_few(&g);
	test_odd();
	test_same();
	test_unspaced();
	test_refused();
	gen_close(&g);
	return tap_done();
}
