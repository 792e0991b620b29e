/*
 * lib/fulltext: more documents than one block has, against what must be found;
 * limits of a search; keywords in this case only.
 */
#include <pthread.h>

#include "fulltext/audit.h"
#include "fulltext/document.h"
#include "fulltext/index.h"
#include "fulltext/search.h"
#include "kv_help.h"

enum { N = 140000, GROUP = 5000, BLOCK = 65536 };

static const struct query_field fields[] = {
	{ "prompt", 1, 0 }, { "agent", 0, 'a' }, { NULL, 0, 0 }
};
static struct arena *arena;
static struct document *doc;
static struct fulltext_writer *writer;
static const struct str scope = { "scope", 5 };
static struct kv *kv;
static bool is_gone[N];

static struct hash128
id_of(uint32_t i)
{
	struct hash128 id = { { (uint8_t)(i >> 24), (uint8_t)(i >> 16),
		(uint8_t)(i >> 8), (uint8_t)i } };

	return id;
}

static uint32_t
number_of(const struct hash128 *id)
{
	return (uint32_t)id->b[0] << 24 | (uint32_t)id->b[1] << 16 |
	    (uint32_t)id->b[2] << 8 | id->b[3];
}

/* "doc", whether it is even, and its thousand. */
static void
make(uint32_t i, struct buf *out)
{
	char text[80];

	document_begin(doc);
	snprintf(text, sizeof(text), "doc %s t%u", i % 2 ? "odd" : "even",
	    i / 1000);
	document_add_text(doc, 0, str_from(text));
	buf_reset(out);
	document_encode(doc, out);
}

static void
write_group(void)
{
	if (fulltext_write(writer, kv_latest(kv), batch, &e) ||
	    kv_write(kv, batch, false, &e))
		ok(0, "%s", e.text);
	fulltext_begin(writer);
	kv_batch_clear(batch);
}

static void
fill(uint32_t from, uint32_t to)
{
	struct buf b;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	fulltext_begin(writer);
	kv_batch_clear(batch);
	for (uint32_t i = from; i < to; i++) {
		struct hash128 id = id_of(i);

		make(i, &b);
		if (fulltext_put(writer, scope, &id, i, buf_str(&b), &e))
			ok(0, "%s", e.text);
		/* One by one over a boundary, in groups else. */
		if (i % GROUP == 0 || i % BLOCK < 3 || i % BLOCK > BLOCK - 3)
			write_group();
	}
	write_group();
	buf_fini(&b);
}

static void
drop(uint32_t i)
{
	struct hash128 id = id_of(i);

	is_gone[i] = true;
	if (fulltext_remove(writer, scope, &id, &e))
		ok(0, "%s", e.text);
	write_group();
}

static int
search(const char *text, struct search_request r, struct search_result *out)
{
	struct query_node *q;

	arena_reset(arena);
	e = (struct err)ERR_INIT;
	if (query_parse(str_from(text), fields, QUERY_ALL, arena, &q, &e))
		return e.code;
	r.scope = scope;
	r.query = q;
	return fulltext_search(kv_latest(kv), &r, arena, out, &e);
}

/* How many of [from, to) are there, of each step-th. */
static int64_t
there(uint32_t from, uint32_t to, uint32_t step)
{
	int64_t n = 0;

	for (uint32_t i = from; i < to; i += step)
		n += !is_gone[i];
	return n;
}

static void
check(uint32_t n)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result v;
	uint32_t last = n - 1;

	while (is_gone[last])
		last--;
	r.newest_first = true;
	is_int(search("doc", r, &v), 0, "%u documents", (unsigned)n);
	is_int((int64_t)v.total, there(0, n, 1), "all");
	ok(v.n == 10 && number_of(&v.v[0].id) == last, "the newest first");
	is_int(search("even", r, &v), 0, "half of them");
	is_int((int64_t)v.total, there(0, n, 2), "as many as there are");
	is_int(search("doc -even", r, &v), 0, "the others");
	is_int((int64_t)v.total, there(1, n, 2), "as many as there are");
	is_int(search("\"even t65\" OR \"odd t65\"", r, &v), 0, "phrases");
	is_int((int64_t)v.total, there(65000, 66000, 1), "over a boundary");
	is_int(search("t6*", r, &v), 0, "a beginning");
	is_int((int64_t)v.total, there(6000, 7000, 1) +
	    there(60000, 70000, 1), "over a boundary too");
	r.from_ms = BLOCK - 5;
	r.to_ms = BLOCK + 5;
	is_int(search("doc", r, &v), 0, "ten around the boundary");
	is_int((int64_t)v.total, there(BLOCK - 5, BLOCK + 5, 1), "exactly");
	r.from_ms = 10;
	r.to_ms = 20;
	is_int(search("doc", r, &v), 0, "ten of the oldest");
	ok(v.total == 10 && v.documents <= BLOCK, "other blocks are not read");
	r.from_ms = 0;
	r.to_ms = INT64_MAX;
	r.newest_first = false;
	r.limit = 100;
	r.offset = SEARCH_HITS_MAX - 100;
	is_int(search("doc", r, &v), 0, "the last page");
	ok(v.n == 100, "is full");
}

/* A page of what matches, from the latest blocks only. */
static void
test_limit(void)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result v;
	double score;

	/* A list of all of a block is of seven bytes a document. */
	r.limit = 1;
	is_int(search("even", r, &v), 0, "a word");
	ok(!v.is_partial, "whole");
	score = v.v[0].score;
	r.max_bytes = 60000;
	is_int(search("doc even odd", r, &v), ERR_INVALID,
	    "more than the limit in one block");
	r.max_bytes = BLOCK * 16;
	is_int(search("doc even", r, &v), 0, "two words with little room");
	ok(v.is_partial && v.total == (uint64_t)there(BLOCK, N, 2),
	    "the latest blocks, of all words: %d", (int)v.total);
	is_int(search("even doc", r, &v), 0, "the other way round");
	ok(v.is_partial && v.total == (uint64_t)there(BLOCK, N, 2) &&
	    v.documents == N - BLOCK, "the same, and how many they are");
	is_int(search("even", r, &v), 0, "one of them");
	ok(!v.is_partial && v.v[0].score >= score && v.v[0].score <= score,
	    "is whole");
	r.max_bytes = BLOCK * 11;
	is_int(search("even (t13* OR t6*) doc", r, &v), 0, "with beginnings");
	ok(v.is_partial && v.total == (uint64_t)there(2 * BLOCK, N, 2),
	    "are found as far as that");
	r.max_bytes = 20000;
	is_int(search("t*", r, &v), ERR_INVALID, "too many");
}

static void
put_agent(uint32_t i, const char *first, const char *second)
{
	struct hash128 id = id_of(i);
	struct buf b;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(doc);
	document_add_text(doc, 0, STR("agent"));
	document_add_keyword(doc, 'a', str_from(first));
	document_add_keyword(doc, 'a', str_from(second));
	document_encode(doc, &b);
	is_int(document_check(buf_str(&b), &e), 0, "a document of %s", first);
	if (fulltext_put(writer, scope, &id, i, buf_str(&b), &e))
		ok(0, "%s", e.text);
	write_group();
	buf_fini(&b);
}

/* How many documents have a keyword of just this value. */
static int64_t
exactly(const char *value)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result v;

	arena_reset(arena);
	r.scope = scope;
	r.query = query_with(NULL, 'a', str_from(value), arena);
	if (!r.query || fulltext_search(kv_latest(kv), &r, arena, &v, &e))
		return -1;
	return (int64_t)v.total;
}

static void
test_case(void)
{
	char small[200], large[200];
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result v;

	memset(small, 'x', sizeof(small) - 1);
	small[sizeof(small) - 1] = '\0';
	memcpy(large, small, sizeof(large));
	large[150] = 'X';
	put_agent(0, "billing", "");
	put_agent(1, "Billing", "");
	put_agent(2, "BILLING", "billing");
	put_agent(3, small, "billing");
	put_agent(4, large, "\xc3\x84 b");
	is_int(search("agent:billinG", r, &v), 0, "whatever its case");
	is_int((int64_t)v.total, 4, "all");
	is_int(exactly("billing"), 3, "small letters");
	is_int(exactly("Billing"), 1, "a capital");
	is_int(exactly("BILLING"), 1, "capitals");
	is_int(exactly("bIlling"), 0, "another");
	is_int(exactly(small), 1, "a long one");
	is_int(exactly(large), 1, "with a capital");
	is_int(exactly("\xc3\x84 b"), 1, "not ASCII");
	is_int(exactly("a b"), 0, "as folded");
}

/* What stands behind a stretch without spaces is next to it. */
static void
test_tails(void)
{
	struct hash128 id = id_of(9);
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result v;
	struct buf b;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(doc);
	/* 手机壳iPhone 日本 語文 */
	document_add_text(doc, 0, STR("\xe6\x89\x8b\xe6\x9c\xba\xe5\xa3\xb3"
	    "iPhone \xe6\x97\xa5\xe6\x9c\xac \xe8\xaa\x9e\xe6\x96\x87"));
	document_encode(doc, &b);
	if (fulltext_put(writer, scope, &id, 9, buf_str(&b), &e))
		ok(0, "%s", e.text);
	write_group();
	buf_fini(&b);
	is_int(search("\xe6\x89\x8b\xe6\x9c\xba\xe5\xa3\xb3iPhone", r, &v), 0,
	    "two scripts in one word");
	is_int((int64_t)v.total, 1, "found");
	is_int(search("\"\xe6\x97\xa5\xe6\x9c\xac \xe8\xaa\x9e\xe6\x96\x87\"",
	    r, &v), 0, "a phrase with a blank");
	is_int((int64_t)v.total, 1, "found");
	is_int(search("\xe5\xa3\xb3", r, &v), 0, "the last of a stretch");
	is_int((int64_t)v.total, 1, "found");
}

/* A word past the positions that are kept of it; nothing is larger. */
static void
test_often(void)
{
	struct hash128 id = id_of(10);
	struct search_request r = SEARCH_REQUEST_INIT;
	struct document_reader reader;
	struct str term, posting;
	struct search_result v;
	struct buf b, text;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_addf(&text, "bird %s ", i == 10 ? "early" :
		    i == 2900 ? "late" : "x");
	document_begin(doc);
	document_add_text(doc, 0, buf_str(&text));
	document_add_text(doc, 1, STR("bird"));
	/* Each a text of its own, as strings of JSON are. */
	for (int i = 0; i < 4000; i++) {
		document_add_text(doc, 2, STR("!"));
		document_add_text(doc, 2, STR("bird"));
	}
	document_encode(doc, &b);
	if (fulltext_put(writer, scope, &id, 10, buf_str(&b), &e))
		ok(0, "%s", e.text);
	write_group();
	is_int(document_open(&reader, buf_str(&b), &e), 0, "a document");
	ok(document_next(&reader, &term, &posting, &e) == 1 &&
	    str_is(term, "bird") && posting.n < 160,
	    "3,000 birds make a posting of %zu bytes", posting.n);
	is_int(search("\"bird late\"", r, &v), 0, "a phrase far behind");
	is_int((int64_t)v.total, 1, "is found");
	is_int(search("\"bird early\"", r, &v), 0, "one before");
	is_int((int64_t)v.total, 1, "is found");
	is_int(search("\"late early\"", r, &v), 0, "no phrase");
	is_int((int64_t)v.total, 0, "is not found");
	is_int(search("\"x early\"", r, &v), 0, "no phrase of a frequent word");
	is_int((int64_t)v.total, 0, "is not found");
	buf_fini(&b);
	buf_fini(&text);
}

/* A search that needs 60 MB of lists; arg becomes how many it finds. */
static void *
search_much(void *arg)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct arena *own = arena_new(1 << 20);
	struct err failed = ERR_INIT;
	struct search_result v;
	struct buf text;

	buf_init(&text, 1000);
	for (int i = 0; i < 60; i++)
		buf_add_cstr(&text, "doc ");
	r.scope = scope;
	if (query_parse(buf_str(&text), fields, QUERY_ALL, own,
	    (struct query_node **)(uintptr_t)&r.query, &failed) ||
	    fulltext_search(kv_latest(kv), &r, own, &v, &failed))
		v.total = 0;
	*(uint64_t *)arg = v.total;
	buf_fini(&text);
	arena_free(own);
	return NULL;
}

static void
test_threads(void)
{
	uint64_t totals[4];
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, search_much, &totals[i]))
			ok(0, "thread");
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		is_int((int64_t)totals[i], there(0, N, 1),
		    "a large search beside others");
	}
}

static void
test_all(void)
{
	memset(is_gone, 0, sizeof(is_gone));
	fill(0, 70000);
	drop(BLOCK - 1);
	drop(BLOCK);
	drop(69999);
	check(70000);
	fill(70000, N);
	drop(2 * BLOCK - 1);
	drop(2 * BLOCK);
	check(N);
	test_limit();
	test_threads();
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	doc = document_new();
	writer = fulltext_writer_new();
	help_start();
	kv = kv_memory_new();
	test_case();
	test_tails();
	test_often();
	kv_close(kv);
	kv = rocks_open("blocks");
	test_all();
	kv_close(kv);
	fulltext_writer_free(writer);
	document_free(doc);
	arena_free(arena);
	return help_done();
}
