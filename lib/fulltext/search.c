#include "fulltext/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fulltext/search_in.h"

enum { ARENA_MAX = 32 << 20, BLOCK_ARENA_MAX = 128 << 20 };

/* A document that may be on the page. */
struct candidate {
	uint32_t number;
	float score;
	int64_t ms;             /* newest_first only */
};

/* The best so far: a heap whose worst is in front. */
struct heap {
	struct candidate *v;
	size_t n, max;
	bool newest_first;
};

static bool
is_better(const struct heap *h, const struct candidate *a,
    const struct candidate *b)
{
	if (h->newest_first && a->ms != b->ms)
		return a->ms > b->ms;
	if (!h->newest_first && (a->score > b->score || a->score < b->score))
		return a->score > b->score;
	return a->number > b->number;
}

static void
sift(struct heap *h, size_t i)
{
	for (;;) {
		size_t worst = i, l = 2 * i + 1;
		struct candidate swap;

		if (l < h->n && is_better(h, &h->v[worst], &h->v[l]))
			worst = l;
		if (l + 1 < h->n && is_better(h, &h->v[worst], &h->v[l + 1]))
			worst = l + 1;
		if (worst == i)
			return;
		swap = h->v[i];
		h->v[i] = h->v[worst];
		h->v[worst] = swap;
		i = worst;
	}
}

static void
offer(struct heap *h, struct candidate c)
{
	if (h->n < h->max) {
		h->v[h->n++] = c;
		if (h->n == h->max)
			for (size_t i = h->n / 2; i-- > 0;)
				sift(h, i);
	} else if (h->max && is_better(h, &c, &h->v[0])) {
		h->v[0] = c;
		sift(h, 0);
	}
}

/* ---- which documents of a block count ---- */

/* Who died, and (if needed) when each began. */
struct block_facts {
	uint8_t dead[BLOCK_SIZE / 8];
	int64_t ms[BLOCK_SIZE];
	bool has_times;
};

static int
get_list(struct search *s, char kind, uint16_t block, struct buf *out,
    struct err *e)
{
	struct text_key k;
	bool found;

	text_key(&k, s->r->scope, kind);
	text_key_u16(&k, block);
	return kv_get(s->kv, KV_TEXT, text_key_str(&k), out, &found, e);
}

static int
read_facts(struct search *s, uint16_t block, bool times,
    struct block_facts *f, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 4 << 20);
	memset(f->dead, 0, sizeof(f->dead));
	f->has_times = times;
	rc = get_list(s, 'x', block, &b, e);
	for (size_t i = 0; rc == 0 && i + 2 <= b.n; i += 2) {
		uint16_t low = be16_get(b.p + i);

		f->dead[low / 8] |= (uint8_t)(1u << low % 8);
	}
	if (rc == 0 && times)
		rc = get_list(s, 'w', block, &b, e);
	for (size_t i = 0; rc == 0 && times && i + TIME_ENTRY <= b.n;
	    i += TIME_ENTRY)
		f->ms[be16_get(b.p + i)] = (int64_t)(
		    (uint64_t)be16_get(b.p + i + 2) << 32 |
		    be32_get(b.p + i + 4));
	buf_fini(&b);
	return rc;
}

static int
take_span(void *arg, struct str key, struct str value, struct err *e)
{
	struct search *s = arg;
	uint16_t block;

	if (key.n < 2 || value.n != 16)
		return text_corrupt("times of a block", e);
	block = be16_get(key.p + key.n - 2);
	if (block <= s->last_block)
		s->spans[block] = (struct span){ (int64_t)be64_get(value.p),
			(int64_t)be64_get(value.p + 8) };
	return 0;
}

static bool
is_outside(const struct search *s, uint32_t block)
{
	return s->spans[block].least >= s->r->to_ms ||
	    s->spans[block].greatest < s->r->from_ms;
}

/* Blocks at both ends that are outside of the range are not even read. */
static int
trim_blocks(struct search *s, struct err *e)
{
	struct kv_range r = { .family = KV_TEXT };
	struct text_key from;
	char space[TEXT_KEY_MAX];

	s->spans = arena_array(s->arena, s->last_block + 1,
	    sizeof(*s->spans));
	if (!s->spans)
		return search_spent(e);
	text_key(&from, s->r->scope, 'b');
	r.from = text_key_str(&from);
	r.to = kv_prefix_end(r.from, space);
	if (kv_scan(s->kv, &r, take_span, s, NULL, e))
		return e->code;
	while (s->last_block > s->first_block && is_outside(s, s->last_block))
		s->last_block--;
	while (s->first_block < s->last_block &&
	    is_outside(s, s->first_block))
		s->first_block++;
	return 0;
}

static int
search_block(struct search *s, uint16_t block, struct block_facts *f,
    struct heap *h, uint64_t *total, struct err *e)
{
	const struct search_request *r = s->r;
	struct matches m;
	bool cut = s->spans[block].least < r->from_ms ||
	    s->spans[block].greatest >= r->to_ms;

	if (is_outside(s, block))
		return 0;
	if (search_match(s, block, &m, e))
		return e->code;
	if (m.n == 0)
		return 0;
	if (read_facts(s, block, cut || r->newest_first, f, e))
		return e->code;
	for (size_t i = 0; i < m.n; i++) {
		uint16_t low = m.v[i].low;

		if (f->dead[low / 8] >> low % 8 & 1)
			continue;
		if (cut && (f->ms[low] < r->from_ms ||
		    f->ms[low] >= r->to_ms))
			continue;
		++*total;
		offer(h, (struct candidate){ (uint32_t)block << 16 | low,
		    m.v[i].score, f->has_times ? f->ms[low] : 0 });
	}
	return 0;
}

/* ---- the page ---- */

static int
by_rank(const void *a, const void *b, void *heap)
{
	return is_better(heap, a, b) ? -1 : 1;
}

/* Ids and times of the candidates from the offset on. */
static int
fill_page(struct search *s, struct heap *h, struct arena *a,
    struct search_result *out, struct err *e)
{
	size_t n = h->n > s->r->offset ? h->n - s->r->offset : 0;
	const struct candidate *v = h->v + (h->n - n);
	struct text_key *k = arena_array(a, n, sizeof(*k));
	struct str *keys = arena_array(a, n, sizeof(*keys));
	struct str *values = arena_array(a, n, sizeof(*values));

	out->v = arena_array(a, n, sizeof(*out->v));
	if (!k || !keys || !values || !out->v)
		return search_spent(e);
	for (size_t i = 0; i < n; i++) {
		text_key(&k[i], s->r->scope, 'n');
		text_key_u32(&k[i], v[i].number);
		keys[i] = text_key_str(&k[i]);
	}
	if (kv_multi_get(s->kv, KV_TEXT, keys, n, values, a, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		struct search_hit *hit = &out->v[out->n++];

		if (values[i].n != HASH128_SIZE + 8)
			return text_corrupt("a document", e);
		memcpy(hit->id.b, values[i].p, HASH128_SIZE);
		hit->ms = (int64_t)be64_get(values[i].p + HASH128_SIZE);
		hit->score = (double)v[i].score;
	}
	return 0;
}

uint64_t
search_documents(const struct search *s)
{
	uint64_t from = (uint64_t)s->first_block * BLOCK_SIZE;
	uint64_t to = MIN_OF((s->last_block + UINT64_C(1)) * BLOCK_SIZE,
	    (uint64_t)s->sums.next);

	return from < to ? MIN_OF(s->sums.documents, to - from) : 0;
}

static int
run(struct search *s, struct heap *h, struct search_result *out,
    struct err *e)
{
	struct block_facts *f = arena_alloc(s->arena, sizeof(*f));
	int rc;

	if (!f)
		return search_spent(e);
	rc = trim_blocks(s, e);
	if (rc == 0)
		rc = search_load(s, e);
	for (uint32_t b = s->last_block + 1; rc == 0 && b-- > s->first_block;)
		rc = search_block(s, (uint16_t)b, f, h, &out->total, e);
	out->is_partial = s->is_partial;
	out->documents = search_documents(s);
	if (rc == 0 && h->n)
		qsort_r(h->v, h->n, sizeof(*h->v), by_rank, h);
	return rc;
}

int
fulltext_search(struct kv_snapshot *kv, const struct search_request *r,
    struct arena *a, struct search_result *out, struct err *e)
{
	struct search s = { .kv = kv, .r = r, .max_bytes = r->max_bytes ?
		r->max_bytes : SEARCH_BYTES_MAX };
	struct heap h = { .max = r->offset + r->limit,
		.newest_first = r->newest_first };
	int rc;

	*out = (struct search_result){ 0 };
	if (h.max > SEARCH_HITS_MAX)
		return err_set(e, ERR_LIMIT, "search: offset and limit "
		    "together are over %d", SEARCH_HITS_MAX);
	if (text_sums_read(kv, r->scope, &s.sums, e))
		return e->code;
	if (s.sums.next == 0)
		return 0;
	s.last_block = (s.sums.next - 1) >> 16;
	s.mean_words = s.sums.documents ? (double)s.sums.words /
	    (double)s.sums.documents : 1;
	for (int i = 0; i < 256; i++)
		s.norm[i] = 1.2 * (0.25 + 0.75 *
		    posting_words((uint8_t)i) / fmax(s.mean_words, 1));
	s.arena = arena_new(ARENA_MAX);
	s.block_arena = arena_new(BLOCK_ARENA_MAX);
	h.v = arena_array(s.arena, h.max, sizeof(*h.v));
	rc = h.v ? run(&s, &h, out, e) : search_spent(e);
	if (rc == 0)
		rc = fill_page(&s, &h, a, out, e);
	search_unload(&s);
	arena_free(s.block_arena);
	arena_free(s.arena);
	return rc;
}
