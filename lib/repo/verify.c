#include "repo/verify.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "fulltext/audit.h"
#include "model/searchable.h"
#include "repo/group.h"
#include "repo/read.h"
#include "repo/rebuild.h"

static const enum kv_family derived[] = {
	KV_RUNS, KV_INDEX, KV_ROLLUPS, KV_STATE
};

enum { PAGE_ROWS = 512, PAGE_BYTES = 4 << 20, PAGE_MAX = 128 << 20 };

struct row {
	struct str key, value;
};

/* The rows of a family, page by page. */
struct cursor {
	struct kv_snapshot *s;
	enum kv_family family;
	struct arena *arena;
	struct row rows[PAGE_ROWS];
	size_t n, at;
	struct buf next;        /* key to go on from */
	bool is_done;
};

static int
cursor_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct cursor *c = arg;
	struct row *row = &c->rows[c->n];

	row->key = arena_str(c->arena, key);
	row->value = arena_str(c->arena, value);
	if (!row->key.p || !row->value.p)
		return err_set(e, ERR_LIMIT, "verify: records too large");
	c->n++;
	return 0;
}

/* Fetches a page when the last one is used up; at == n at the very end. */
static int
cursor_fill(struct cursor *c, struct err *e)
{
	struct kv_range r = { .family = c->family, .is_bulk = true,
		.limit = PAGE_ROWS, .max_bytes = PAGE_BYTES };
	struct kv_scan_end end;
	char space[KV_KEY_MAX + 1];
	struct str next;

	if (c->at < c->n || c->is_done)
		return 0;
	arena_reset(c->arena);
	c->n = c->at = 0;
	r.from = buf_str(&c->next);
	if (kv_scan(c->s, &r, cursor_row, c, &end, e))
		return e->code;
	c->is_done = end.is_complete || c->n == 0;
	if (c->n > 0) {
		next = kv_key_after(c->rows[c->n - 1].key, space);
		buf_reset(&c->next);
		buf_add_str(&c->next, next);
	}
	return 0;
}

static struct cursor *
cursor_new(struct kv_snapshot *s, enum kv_family f)
{
	struct cursor *c = mem_zalloc(1, sizeof(*c));

	c->s = s;
	c->family = f;
	c->arena = arena_new(PAGE_MAX);
	buf_init(&c->next, KV_KEY_MAX + 1);
	return c;
}

static void
cursor_free(struct cursor *c)
{
	arena_free(c->arena);
	buf_fini(&c->next);
	free(c);
}

struct verify {
	struct kv_snapshot *s;
	struct document *document;
	struct audit *audit;
	struct buf bytes;
	repo_differ_fn *differ;
	void *arg;
	struct repo_report *out;
};

static void
differ(struct verify *v, enum kv_family f, struct str key, struct str got,
    struct str want)
{
	v->out->differences++;
	if (v->differ)
		v->differ(v->arg, f, key, got, want);
}

/* Compares the rows that both cursors stand at, and steps on. */
static void
compare_rows(struct verify *v, struct cursor *got, struct cursor *want)
{
	const struct row *g = got->at < got->n ? &got->rows[got->at] : NULL;
	const struct row *w = want->at < want->n ? &want->rows[want->at] : NULL;
	int rc = !g ? 1 : !w ? -1 : str_cmp(g->key, w->key);

	v->out->records++;
	if (rc < 0)
		differ(v, got->family, g->key, g->value, STR_NULL);
	else if (rc > 0)
		differ(v, got->family, w->key, STR_NULL, w->value);
	else if (!str_eq(g->value, w->value))
		differ(v, got->family, g->key, g->value, w->value);
	got->at += rc <= 0;
	want->at += rc >= 0;
}

static int
compare_family(struct verify *v, struct kv_snapshot *want_in,
    enum kv_family f, struct err *e)
{
	struct cursor *got = cursor_new(v->s, f);
	struct cursor *want = cursor_new(want_in, f);
	int rc;

	for (;;) {
		if ((rc = cursor_fill(got, e)) || (rc = cursor_fill(want, e)))
			break;
		if (got->at == got->n && want->at == want->n)
			break;
		compare_rows(v, got, want);
	}
	cursor_free(got);
	cursor_free(want);
	return rc;
}

static int
unqueued(struct rebuild *r, struct kv_batch *b, struct repo_scope scope,
    const struct hash128 *rid, struct err *e)
{
	struct layout_key k = { 0 }, run;

	(void)b, (void)e;
	layout_run(&run, scope, rid);
	layout_add_byte(&k, 'r');
	layout_add(&k, layout_str(&run));
	differ(r->arg, KV_WORK, layout_str(&k), STR_NULL, STR(""));
	return 0;
}

/* What can be searched of the run is what it says now. */
static int
settled(struct rebuild *r, struct repo_scope scope,
    const struct hash128 *rid, const struct run *run, bool is_queued,
    struct err *e)
{
	struct verify *v = r->arg;
	enum fulltext_state state;
	struct layout_key where;
	struct run_totals t;

	layout_scope(&where, scope);
	/* It has the document that it had. */
	if (is_queued)
		return audit_skip(v->audit, v->s, layout_str(&where), rid, e);
	document_begin(v->document);
	searchable_run(v->document, run);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		if (run_signal_is_current(run, run_signal(run, i)))
			searchable_signal(v->document,
			    run_signal(run, i)->slug);
	buf_reset(&v->bytes);
	document_encode(v->document, &v->bytes);
	run_totals(run, &t);
	if (fulltext_check(v->s, layout_str(&where), rid, repo_run_ms(&t),
	    buf_str(&v->bytes), &state, e))
		return e->code;
	v->out->records += state != FULLTEXT_NO_INDEX;
	if (state == FULLTEXT_SAME)
		return audit_add(v->audit, v->s, layout_str(&where), rid,
		    buf_str(&v->bytes), e);
	if (state == FULLTEXT_NO_INDEX)
		return 0;
	differ(v, KV_TEXT, str_of(rid->b, HASH128_SIZE),
	    state == FULLTEXT_OTHER ? STR("another document") : STR_NULL,
	    STR("a document"));
	return audit_skip(v->audit, v->s, layout_str(&where), rid, e);
}

/* The lists say what the documents say. */
static int
compare_lists(struct verify *v, struct err *e)
{
	struct audit_walk it = { 0, 0 };
	struct layout_key k;
	struct str scope;
	uint32_t number;

	if (audit_lists(v->audit, v->s, e))
		return e->code;
	while (audit_next(v->audit, &it, &scope, &number)) {
		k.n = 0;
		layout_add(&k, scope);
		layout_add_byte(&k, 't');
		layout_add_be32(&k, number);
		differ(v, KV_TEXT, layout_str(&k), STR("other postings"),
		    STR("postings"));
	}
	return 0;
}

/* Each side of the queue points at the other. */
static int
queue_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct verify *v = arg;
	struct layout_key k = { 0 };
	struct buf other;
	bool found, is_entry = key.p[0] == 'q';
	int rc;

	layout_add_byte(&k, is_entry ? 'r' : 'q');
	layout_add(&k, value);
	buf_init(&other, KV_KEY_MAX);
	rc = kv_get(v->s, KV_WORK, layout_str(&k), &other, &found, e);
	if (rc == 0) {
		v->out->records++;
		if (!found || !str_eq(buf_str(&other), str_from_index(key, 1)))
			differ(v, KV_WORK, key, value,
			    found ? buf_str(&other) : STR_NULL);
	}
	buf_fini(&other);
	return rc;
}

int
repo_verify(struct kv_snapshot *s, const struct repo_pricer *pricer,
    struct kv *scratch, repo_differ_fn *fn, void *arg,
    struct repo_report *out, struct err *e)
{
	struct verify v = { .s = s, .differ = fn, .arg = arg, .out = out };
	struct rebuild r = { .from = s, .to = scratch, .unqueued = unqueued,
		.settled = settled, .arg = &v };
	struct kv_range queue = { .family = KV_WORK, .is_bulk = true };
	int rc;

	*out = (struct repo_report){ 0 };
	if (pricer)
		r.pricer = *pricer;
	v.document = document_new();
	v.audit = audit_new(LAYOUT_SCOPE_SIZE);
	buf_init(&v.bytes, DOCUMENT_BYTES_MAX);
	rc = rebuild_all(&r, e);
	out->runs = r.runs;
	out->events = r.events;
	for (size_t i = 0; i < ARRAY_LEN(derived) && rc == 0; i++)
		rc = compare_family(&v, kv_latest(scratch), derived[i], e);
	if (rc == 0)
		rc = compare_lists(&v, e);
	buf_fini(&v.bytes);
	audit_free(v.audit);
	document_free(v.document);
	if (rc)
		return err_wrap(e, "verify");
	return kv_scan(s, &queue, queue_row, &v, NULL, e);
}
