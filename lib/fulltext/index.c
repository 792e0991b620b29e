/* From documents to changes of the store. */
#include "fulltext/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "fulltext/keys.h"
#include "fulltext/posting.h"
#include "sketch/sketch.h"

/* A document that is to be written, or to be removed (document.p == NULL). */
struct pending {
	struct str scope;
	struct hash128 id;
	int64_t ms;
	struct str document;
	uint64_t fingerprint;
};

/* A scope that the group touches. */
struct scope_state {
	struct str scope;
	struct text_sums sums;
	/* The block that grows, and its times. */
	uint16_t block;
	int64_t least, greatest;
	bool has_block;
	bool is_changed;
};

/* What is to be appended to a list. */
struct addition {
	struct str key, value;
	uint32_t order;
};

struct fulltext_writer {
	struct arena *arena;
	struct map *by_id;      /* scope and id → struct pending */
	struct map *scopes;     /* scope → struct scope_state */
	struct addition *add;
	size_t nadd, add_cap;
	struct fulltext_stats stats;
};

struct fulltext_writer *
fulltext_writer_new(void)
{
	struct fulltext_writer *w = mem_zalloc(1, sizeof(*w));

	w->arena = arena_new(FULLTEXT_GROUP_BYTES_MAX);
	fulltext_begin(w);
	return w;
}

void
fulltext_writer_free(struct fulltext_writer *w)
{
	if (!w)
		return;
	map_free(w->by_id, NULL);
	map_free(w->scopes, NULL);
	arena_free(w->arena);
	free(w);
}

void
fulltext_begin(struct fulltext_writer *w)
{
	map_free(w->by_id, NULL);
	map_free(w->scopes, NULL);
	w->by_id = map_new();
	w->scopes = map_new();
	arena_reset(w->arena);
	w->add = NULL;
	w->nadd = w->add_cap = 0;
}

const struct fulltext_stats *
fulltext_writer_stats(const struct fulltext_writer *w)
{
	return &w->stats;
}

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "text: the group is full");
}

/* ---- taking documents ---- */

static int
note(struct fulltext_writer *w, struct str scope, const struct hash128 *id,
    struct pending **out, struct err *e)
{
	struct text_key k;
	struct pending *p;
	void **slot;

	text_key(&k, scope, 'i');
	text_key_add(&k, str_of(id->b, HASH128_SIZE));
	slot = map_put(w->by_id, text_key_str(&k));
	p = *slot ? *slot : arena_alloc(w->arena, sizeof(*p));
	if (!p) {
		(void)map_delete(w->by_id, text_key_str(&k));
		return spent(e);
	}
	*slot = p;
	p->id = *id;
	*out = p;
	return 0;
}

/* Within the 48 bits of 'w'. */
static int64_t
clamp_ms(int64_t ms)
{
	return MAX_OF(0, MIN_OF(ms, (INT64_C(1) << 48) - 1));
}

static uint64_t
fingerprint_of(int64_t ms, struct str document)
{
	uint64_t v[2] = { (uint64_t)ms, hash64(document) };

	return hash64(str_of(v, sizeof(v)));
}

int
fulltext_put(struct fulltext_writer *w, struct str scope,
    const struct hash128 *id, int64_t ms, struct str document, struct err *e)
{
	struct str own = arena_str(w->arena, scope);
	struct str copy = arena_str(w->arena, document);
	struct pending *p;

	if (!own.p || !copy.p)
		return spent(e);
	if (note(w, scope, id, &p, e))
		return e->code;
	p->scope = own;
	p->ms = clamp_ms(ms);
	p->document = copy;
	p->fingerprint = fingerprint_of(p->ms, document);
	return 0;
}

int
fulltext_remove(struct fulltext_writer *w, struct str scope,
    const struct hash128 *id, struct err *e)
{
	struct str own = arena_str(w->arena, scope);
	struct pending *p;

	if (!own.p)
		return spent(e);
	if (note(w, scope, id, &p, e))
		return e->code;
	p->scope = own;
	p->document = STR_NULL;
	return 0;
}

/* ---- writing them ---- */

static int
scope_of(struct fulltext_writer *w, struct kv_snapshot *now,
    struct str scope, struct scope_state **out, struct err *e)
{
	void **slot = map_put(w->scopes, scope);
	struct scope_state *s = *slot;

	*out = s;
	if (s)
		return 0;
	s = arena_alloc(w->arena, sizeof(*s));
	if (!s)
		return spent(e);
	s->scope = scope;
	if (text_sums_read(now, scope, &s->sums, e))
		return e->code;
	s->block = (uint16_t)(s->sums.next >> 16);
	if (text_span_read(now, scope, s->block, &s->least, &s->greatest,
	    &s->has_block, e))
		return e->code;
	*slot = *out = s;
	return 0;
}

static bool
append(struct fulltext_writer *w, const struct text_key *k, struct str value)
{
	struct addition *v = arena_more(w->arena, w->add, w->nadd,
	    &w->add_cap, sizeof(*v));

	if (!v)
		return false;
	w->add = v;
	v += w->nadd;
	*v = (struct addition){ arena_str(w->arena, text_key_str(k)), value,
		(uint32_t)w->nadd };
	w->nadd++;
	return v->key.p != NULL;
}

static bool
append_posting(struct fulltext_writer *w, const struct scope_state *s,
    uint32_t number, uint8_t length, struct str term, struct str posting)
{
	size_t head = posting.n < 0x80 ? 4 : 5;
	uint8_t *b = arena_alloc(w->arena, head + posting.n);
	struct text_key k;

	if (!b)
		return false;
	b[0] = (uint8_t)(number >> 8);
	b[1] = (uint8_t)number;
	b[2] = length;
	b[3] = (uint8_t)(posting.n | (head == 5 ? 0x80 : 0));
	if (head == 5)
		b[4] = (uint8_t)(posting.n >> 7);
	if (posting.n)
		memcpy(b + head, posting.p, posting.n);
	text_key(&k, s->scope, 't');
	text_key_add(&k, term);
	text_key_add(&k, str_of("", 1));
	text_key_u16(&k, (uint16_t)(number >> 16));
	w->stats.postings++;
	return append(w, &k, str_of(b, head + posting.n));
}

/* The number that a document had is dead. */
static bool
bury(struct fulltext_writer *w, struct scope_state *s, struct str old,
    struct kv_batch *batch)
{
	uint32_t number = be32_get(old.p);
	struct text_key k;

	text_key(&k, s->scope, 'n');
	text_key_u32(&k, number);
	kv_batch_delete(batch, KV_TEXT, text_key_str(&k));
	s->is_changed = true;
	s->sums.documents--;
	s->sums.words -= be32_get(old.p + 12);
	text_key(&k, s->scope, 'x');
	text_key_u16(&k, (uint16_t)(number >> 16));
	return append(w, &k, str_of(old.p + 2, 2));
}

static void
put_span(const struct scope_state *s, struct kv_batch *batch)
{
	struct text_key k, v = { 0 };

	if (!s->has_block)
		return;
	text_key(&k, s->scope, 'b');
	text_key_u16(&k, s->block);
	text_key_u32(&v, (uint32_t)((uint64_t)s->least >> 32));
	text_key_u32(&v, (uint32_t)s->least);
	text_key_u32(&v, (uint32_t)((uint64_t)s->greatest >> 32));
	text_key_u32(&v, (uint32_t)s->greatest);
	kv_batch_put(batch, KV_TEXT, text_key_str(&k), text_key_str(&v));
}

/* The number's records, apart from its postings. */
static bool
put_number(struct fulltext_writer *w, struct scope_state *s,
    const struct pending *p, uint32_t number, uint64_t words,
    struct kv_batch *batch)
{
	uint64_t ms = (uint64_t)p->ms;
	uint8_t *b = arena_alloc(w->arena, TIME_ENTRY);
	struct text_key k, v = { 0 };

	if (!b)
		return false;
	text_key(&k, s->scope, 'n');
	text_key_u32(&k, number);
	text_key_add(&v, str_of(p->id.b, HASH128_SIZE));
	text_key_u32(&v, (uint32_t)(ms >> 32));
	text_key_u32(&v, (uint32_t)ms);
	kv_batch_put(batch, KV_TEXT, text_key_str(&k), text_key_str(&v));
	text_key(&k, s->scope, 'i');
	text_key_add(&k, str_of(p->id.b, HASH128_SIZE));
	v.n = 0;
	text_key_u32(&v, number);
	text_key_u32(&v, (uint32_t)(p->fingerprint >> 32));
	text_key_u32(&v, (uint32_t)p->fingerprint);
	text_key_u32(&v, (uint32_t)words);
	kv_batch_put(batch, KV_TEXT, text_key_str(&k), text_key_str(&v));
	b[0] = (uint8_t)(number >> 8);
	b[1] = (uint8_t)number;
	for (int i = 0; i < 6; i++)
		b[2 + i] = (uint8_t)(ms >> (40 - 8 * i));
	text_key(&k, s->scope, 'w');
	text_key_u16(&k, (uint16_t)(number >> 16));
	return append(w, &k, str_of(b, TIME_ENTRY));
}

/* Gives the document the next number. */
static int
add_document(struct fulltext_writer *w, struct scope_state *s,
    const struct pending *p, struct kv_batch *batch, struct err *e)
{
	struct document_reader r;
	struct str term, posting;
	uint32_t number = s->sums.next;
	uint8_t length;
	int rc = document_open(&r, p->document, e);

	if (rc)
		return rc;
	if (number == UINT32_MAX)
		return err_set(e, ERR_LIMIT, "text: all numbers are used up: "
		    "run weir reindex");
	if ((uint16_t)(number >> 16) != s->block) {
		put_span(s, batch);
		s->block = (uint16_t)(number >> 16);
		s->has_block = false;
	}
	s->least = s->has_block ? MIN_OF(s->least, p->ms) : p->ms;
	s->greatest = s->has_block ? MAX_OF(s->greatest, p->ms) : p->ms;
	s->has_block = true;
	if (!put_number(w, s, p, number, r.words, batch))
		return spent(e);
	length = posting_length(r.words);
	while ((rc = document_next(&r, &term, &posting, e)) == 1)
		if (!append_posting(w, s, number, length, term, posting))
			return spent(e);
	s->is_changed = true;
	s->sums.next++;
	s->sums.documents++;
	s->sums.words += r.words;
	w->stats.documents++;
	return rc;
}

static int
write_one(struct fulltext_writer *w, struct scope_state *s,
    const struct pending *p, struct str old, struct kv_batch *batch,
    struct err *e)
{
	struct text_key k;

	if (old.p && old.n != 16)
		return text_corrupt("a document's number", e);
	if (old.p && p->document.p && be64_get(old.p + 4) == p->fingerprint) {
		w->stats.unchanged++;
		return 0;
	}
	if (old.p && !bury(w, s, old, batch))
		return spent(e);
	if (p->document.p)
		return add_document(w, s, p, batch, e);
	text_key(&k, s->scope, 'i');
	text_key_add(&k, str_of(p->id.b, HASH128_SIZE));
	kv_batch_delete(batch, KV_TEXT, text_key_str(&k));
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct addition *x = a, *y = b;
	int rc = str_cmp(x->key, y->key);

	return rc ? rc : x->order < y->order ? -1 : 1;
}

/* One append for each list. */
static int
put_additions(struct fulltext_writer *w, struct kv_batch *batch,
    struct err *e)
{
	if (w->nadd)
		qsort(w->add, w->nadd, sizeof(*w->add), by_key);
	for (size_t i = 0, end; i < w->nadd; i = end) {
		size_t n = 0, at = 0;
		char *joined;

		for (end = i; end < w->nadd &&
		    str_eq(w->add[end].key, w->add[i].key); end++)
			n += w->add[end].value.n;
		joined = end == i + 1 ? NULL : arena_alloc(w->arena, n);
		if (end == i + 1) {
			kv_batch_append(batch, KV_TEXT, w->add[i].key,
			    w->add[i].value);
			continue;
		}
		if (!joined)
			return spent(e);
		for (size_t k = i; k < end; at += w->add[k++].value.n)
			memcpy(joined + at, w->add[k].value.p,
			    w->add[k].value.n);
		kv_batch_append(batch, KV_TEXT, w->add[i].key,
		    str_of(joined, n));
	}
	return 0;
}

static void
put_scope(const struct scope_state *s, struct kv_batch *batch)
{
	struct text_key k, v = { 0 };

	put_span(s, batch);
	text_key(&k, s->scope, 's');
	text_key_u32(&v, s->sums.next);
	text_key_u32(&v, (uint32_t)(s->sums.documents >> 32));
	text_key_u32(&v, (uint32_t)s->sums.documents);
	text_key_u32(&v, (uint32_t)(s->sums.words >> 32));
	text_key_u32(&v, (uint32_t)s->sums.words);
	kv_batch_put(batch, KV_TEXT, text_key_str(&k), text_key_str(&v));
}

int
fulltext_write(struct fulltext_writer *w, struct kv_snapshot *now,
    struct kv_batch *batch, struct err *e)
{
	size_t n = map_count(w->by_id), it = 0, i = 0;
	struct str *keys, *old;
	struct scope_state *s;
	void *v;

	if (n == 0)
		return 0;
	keys = arena_array(w->arena, n, sizeof(*keys));
	old = arena_array(w->arena, n, sizeof(*old));
	if (!keys || !old)
		return spent(e);
	while (map_next(w->by_id, &it, &keys[i], NULL))
		i++;
	if (kv_multi_get(now, KV_TEXT, keys, n, old, w->arena, e))
		return e->code;
	it = i = 0;
	for (; map_next(w->by_id, &it, NULL, &v); i++) {
		const struct pending *p = v;

		if (scope_of(w, now, p->scope, &s, e) ||
		    write_one(w, s, p, old[i], batch, e))
			return e->code;
	}
	if (put_additions(w, batch, e))
		return e->code;
	it = 0;
	while (map_next(w->scopes, &it, NULL, &v))
		if (((const struct scope_state *)v)->is_changed)
			put_scope(v, batch);
	return 0;
}

int
fulltext_check(struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, int64_t ms, struct str document,
    enum fulltext_state *out, struct err *e)
{
	struct text_sums sums;
	struct text_key k;
	struct buf b;
	bool found;
	int rc;

	if (text_sums_read(s, scope, &sums, e))
		return e->code;
	text_key(&k, scope, 'i');
	text_key_add(&k, str_of(id->b, HASH128_SIZE));
	buf_init(&b, 64);
	rc = kv_get(s, KV_TEXT, text_key_str(&k), &b, &found, e);
	*out = sums.next == 0 ? FULLTEXT_NO_INDEX : !found ?
	    FULLTEXT_MISSING : b.n == 16 && be64_get(b.p + 4) ==
	    fingerprint_of(clamp_ms(ms), document) ? FULLTEXT_SAME :
	    FULLTEXT_OTHER;
	buf_fini(&b);
	return rc;
}
