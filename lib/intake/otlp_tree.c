/* Which run each span of a request belongs to, and which span is the run. */
#include "base/hash.h"
#include "intake/otlp_node.h"

enum { KEY_SIZE = 24 };         /* trace id and span id */

struct trace {
	const uint8_t *id;
	struct str hex;
	struct str named;       /* the run that its spans name */
	bool many;              /* they name more than one */
};

struct tree {
	struct otlp_mapping *m;
	struct trace *traces;
	size_t n_traces, traces_cap;
	uint32_t *slots;        /* index + 1 of nodes, by trace and span id */
	uint32_t *trace_slots;  /* index + 1 of traces, by id */
	uint32_t *run_slots;    /* index + 1 of runs, by id */
	size_t mask;
	size_t last;            /* the trace met last */
	size_t runs_cap;
};

static struct str
hex_of(const uint8_t *p, size_t n, struct arena *a)
{
	char *s = arena_alloc(a, 2 * n + 1);

	if (!s)
		return STR_NULL;
	hex_encode(p, n, s);
	return str_of(s, 2 * n);
}

static uint64_t
span_hash(const uint8_t *trace_id, const uint8_t *span_id)
{
	char key[KEY_SIZE];

	memcpy(key, trace_id, 16);
	memcpy(key + 16, span_id, 8);
	return hash_seeded(str_of(key, KEY_SIZE));
}

static struct trace *
trace_of(struct tree *t, const uint8_t *id)
{
	size_t at;

	if (t->n_traces && memcmp(t->traces[t->last].id, id, 16) == 0)
		return &t->traces[t->last];
	at = hash_seeded(str_of(id, 16)) & t->mask;
	for (; t->trace_slots[at]; at = (at + 1) & t->mask) {
		t->last = t->trace_slots[at] - 1;
		if (memcmp(t->traces[t->last].id, id, 16) == 0)
			return &t->traces[t->last];
	}
	t->traces = arena_more(t->m->q->arena, t->traces, t->n_traces,
	    &t->traces_cap, sizeof(*t->traces));
	if (!t->traces)
		return NULL;
	t->last = t->n_traces++;
	t->trace_slots[at] = (uint32_t)t->n_traces;
	t->traces[t->last] = (struct trace){ .id = id,
		.hex = hex_of(id, 16, t->m->q->arena) };
	return t->traces[t->last].hex.p ? &t->traces[t->last] : NULL;
}

static int
find_node(const struct tree *t, const uint8_t *trace_id,
    const uint8_t *span_id)
{
	size_t at = span_hash(trace_id, span_id) & t->mask;

	for (; t->slots[at]; at = (at + 1) & t->mask) {
		const struct otlp_span *s = t->m->v[t->slots[at] - 1].span;

		if (memcmp(s->span_id, span_id, 8) == 0 &&
		    memcmp(s->trace_id, trace_id, 16) == 0)
			return (int)t->slots[at] - 1;
	}
	return NO_NODE;
}

static int
index_nodes(struct tree *t, struct err *e)
{
	struct arena *a = t->m->q->arena;
	size_t size = 16;

	while (size < t->m->n * 2)
		size *= 2;
	t->mask = size - 1;
	t->slots = arena_array(a, size, sizeof(*t->slots));
	t->trace_slots = arena_array(a, size, sizeof(*t->trace_slots));
	t->run_slots = arena_array(a, size, sizeof(*t->run_slots));
	if (!t->slots || !t->trace_slots || !t->run_slots)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	for (size_t i = 0; i < t->m->n; i++) {
		const struct otlp_span *s = t->m->v[i].span;
		size_t at = span_hash(s->trace_id, s->span_id) & t->mask;

		while (t->slots[at])
			at = (at + 1) & t->mask;
		t->slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

static int
read_traces(struct tree *t, struct err *e)
{
	for (size_t i = 0; i < t->m->n; i++) {
		struct otlp_node *n = &t->m->v[i];
		struct trace *trace = trace_of(t, n->span->trace_id);
		struct str named = n->identity.name[TCC_RUN_ID];

		if (!trace)
			return err_set(e, ERR_LIMIT,
			    "request: too much memory");
		n->trace_hex = trace->hex;
		n->parent = n->span->has_parent ? find_node(t,
		    n->span->trace_id, n->span->parent_span_id) : NO_NODE;
		if (!named.p)
			continue;
		if (trace->named.p && !str_eq(trace->named, named))
			trace->many = true;
		trace->named = named;
	}
	return 0;
}

/* Walks up to whoever knows the run and tells all on the way. */
static void
resolve(struct tree *t, size_t i)
{
	struct otlp_node *v = t->m->v, *top = &v[i];
	struct str run_id = STR_NULL;
	bool names_run = false, by_trace = false;

	for (size_t steps = 0; steps < t->m->n; steps++) {
		if (top->resolved || top->identity.name[TCC_RUN_ID].p ||
		    top->parent == NO_NODE)
			break;
		top = &v[top->parent];
	}
	if (top->resolved) {
		run_id = top->run_id;
		names_run = top->names_run;
		by_trace = top->by_trace;
	} else if (top->identity.name[TCC_RUN_ID].p) {
		run_id = top->identity.name[TCC_RUN_ID];
		names_run = true;
	} else {
		const struct trace *trace = trace_of(t, top->span->trace_id);

		run_id = trace->hex;
		if (trace->named.p && !trace->many) {
			run_id = trace->named;
			names_run = by_trace = true;
		}
	}
	for (struct otlp_node *n = &v[i]; !n->resolved; n = &v[n->parent]) {
		n->resolved = true;
		n->run_id = run_id;
		n->names_run = names_run;
		n->by_trace = by_trace;
		if (n == top || n->parent == NO_NODE)
			break;
	}
}

static bool
is_run(const struct otlp_mapping *m, const struct otlp_node *n)
{
	bool named = n->identity.name[TCC_RUN_ID].p != NULL;
	bool nested = n->parent != NO_NODE && !m->v[n->parent].by_trace &&
	    str_eq(m->v[n->parent].run_id, n->run_id);

	if (m->steps_only && named)
		return false;
	if (!n->span->has_parent)
		return named || !n->names_run;
	if (!named || nested)
		return false;
	if (n->is_operation)
		return true;
	return n->parent != NO_NODE && (n->type == SPAN_AGENT ||
	    n->type == SPAN_CHAIN || n->type == SPAN_SPAN);
}

static int
join_run(struct tree *t, struct otlp_node *n, struct err *e)
{
	struct otlp_mapping *m = t->m;
	size_t at = hash_seeded(n->run_id) & t->mask, i;

	while (t->run_slots[at] && !str_eq(n->run_id,
	    m->runs[t->run_slots[at] - 1].first->run_id))
		at = (at + 1) & t->mask;
	if (!t->run_slots[at]) {
		m->runs = arena_more(m->q->arena, m->runs, m->n_runs,
		    &t->runs_cap, sizeof(*m->runs));
		if (!m->runs)
			return err_set(e, ERR_LIMIT,
			    "request: too much memory");
		m->runs[m->n_runs++] = (struct otlp_run){ .first = n };
		t->run_slots[at] = (uint32_t)m->n_runs;
	}
	i = t->run_slots[at] - 1;
	n->run = i;
	if (n->is_run)
		m->runs[i].own = n;
	if (n->identity.said)
		tcc_identity_merge(&m->runs[i].identity, &n->identity);
	return 0;
}

int
otlp_tree_resolve(struct otlp_mapping *m, struct err *e)
{
	struct tree t = { .m = m };

	if (index_nodes(&t, e) || read_traces(&t, e))
		return e->code;
	for (size_t i = 0; i < m->n; i++)
		resolve(&t, i);
	for (size_t i = 0; i < m->n; i++)
		m->v[i].is_run = is_run(m, &m->v[i]);
	for (size_t i = 0; i < m->n; i++)
		if (join_run(&t, &m->v[i], e))
			return e->code;
	return 0;
}
