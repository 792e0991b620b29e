/* weir-classify as a worker of weir-store. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/opts.h"
#include "classify.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "model/searchable.h"
#include "patterns.h"
#include "store/client.h"

enum {
	LEASE_BYTES = 8 << 20,
	LEASE_WAIT_MS = 1000,
	VERDICT_TIMEOUT_MS = 10000,
	RETRY_MS = 200,
	OUTDATED_MS = 30000,    /* a newer version does the work */
	MESSAGE_SLACK = 1 << 20, /* of a message, for its frame */
	ARENA_MAX = 256 << 20
};

struct worker {
	struct store_client *store;
	struct document *document;
	struct buf documents;   /* of the runs of one answer */
	struct detector *detector;
	struct patterns *patterns;
	struct topic_scratch *topics;
	struct arena *arena;
	struct buf out;
	char name[STORE_WORKER_NAME_MAX];
	size_t batch_runs;
	struct metric *runs, *seconds;
};

int
classify_one(struct detector *d, struct str project, enum event_env env,
    const struct detect_input *in, int64_t now_ms, struct arena *a,
    struct buf *out, struct err *e)
{
	const struct run *run = in->run;
	struct detect_verdict v;

	if (detect_run(d, in, a, &v, e)) {
		struct run bare = { .base = { .id = run->base.id },
			.rev = run->rev };
		struct detect_input bare_in = { .run = &bare,
			.pass = in->pass, .topics = in->topics };

		log_warn("classify", "run_rev=%llu error=\"%s\"",
		    (unsigned long long)run->rev, e->text);
		arena_reset(a);
		if (detect_run(d, &bare_in, a, &v, e))
			return e->code;
	}
	for (size_t i = 0; i < v.n; i++) {
		v.events[i].project = project;
		v.events[i].env = env;
		v.events[i].received_ms = now_ms;
		event_encode(&v.events[i], out);
	}
	if (out->failed)
		return err_set(e, ERR_LIMIT, "verdict: too large");
	return 0;
}

/* The leased run, folded from its records. */
static int
read_run(const struct store_lease *l, struct arena *a, struct run **out,
    struct err *e)
{
	struct pack_reader r = pack_reader(l->events);
	struct event *events = NULL;
	size_t n = 0, cap = 0;

	while (pack_left(&r)) {
		events = arena_more(a, events, n, &cap, sizeof(*events));
		if (!events)
			return err_set(e, ERR_LIMIT, "run: too large");
		if (event_decode(&r, a, &events[n++], e))
			return e->code;
	}
	if (run_fold(events, n, l->run_id, a, out, e))
		return e->code;
	/* What the verdict is about is what was leased. */
	(*out)->rev = l->rev;
	return 0;
}

static int
read_earlier(const struct store_lease *l, struct arena *a,
    const struct run ***out, struct err *e)
{
	const struct run **v = arena_array(a, l->nturns, sizeof(struct run *));

	if (!v)
		return err_set(e, ERR_LIMIT, "session: too large");
	for (size_t i = 0; i < l->nturns; i++) {
		struct run *run;

		if (run_head_decode(l->turns[i].head, l->turns[i].run_id, a,
		    &run, e))
			return e->code;
		v[i] = run;
	}
	*out = v;
	return 0;
}

/* What can be searched of the run, with what its verdict found. */
static int
add_document(struct worker *w, const struct run *run, struct str verdict,
    struct err *e)
{
	struct pack_reader r = pack_reader(verdict);
	struct event ev;

	document_begin(w->document);
	searchable_run(w->document, run);
	while (pack_left(&r)) {
		const struct value *slug;

		if (event_decode(&r, w->arena, &ev, e))
			return e->code;
		slug = ev.kind == EVENT_SIGNAL ?
		    event_get(&ev, FIELD_SIGNAL_slug) : NULL;
		if (slug && slug->type == VALUE_TEXT)
			searchable_signal(w->document, slug->s);
	}
	document_encode(w->document, &w->documents);
	if (w->documents.failed || w->out.n + w->documents.n >
	    STORE_SUBMIT_MAX - MESSAGE_SLACK)
		return err_set(e, ERR_LIMIT, "verdicts: too large together");
	return 0;
}

static int
classify_lease(struct worker *w, uint64_t patterns,
    const struct store_lease *l, struct err *e)
{
	struct run *run, bare = { .base = { .id = l->run_id }, .rev = l->rev };
	struct detect_input in = { .pass = l->id,
		.cost_pico_usd = l->cost_pico_usd, .usual = &l->usual,
		.next_ms = l->next_ms, .now_ms = l->now_ms };
	int64_t started = clock_mono_ns();
	struct patterns_in_force force;
	const struct run **earlier = NULL;
	size_t before = w->out.n;
	int rc;

	if (patterns_get(w->patterns, patterns, l->project, l->env, &force, e))
		return e->code;
	detector_use(w->detector, force.set);
	arena_reset(w->arena);
	if (read_run(l, w->arena, &run, e) ||
	    read_earlier(l, w->arena, &earlier, e)) {
		log_warn("classify", "run=%.*s error=\"%s\"",
		    STR_FMT(l->run_id), e->text);
		arena_reset(w->arena);
		in.run = &bare;
	} else {
		in.run = run;
		in.earlier = earlier;
		in.n_earlier = l->nturns;
		patterns_set_topic(&in, force.topics, w->topics, w->arena);
	}
	rc = classify_one(w->detector, l->project, l->env, &in,
	    clock_now_ms(), w->arena, &w->out, e);
	/* A run that could not be read keeps the document it has. */
	if (rc == 0 && in.run != &bare)
		rc = add_document(w, run, str_of(w->out.p + before,
		    w->out.n - before), e);
	metric_add(w->runs, 1);
	metric_observe_ns(w->seconds, clock_mono_ns() - started);
	return rc;
}

/* Another worker, or this one a little later, gets the leases from n on. */
static void
give_back(struct worker *w, const struct store_leases *leases, size_t n)
{
	uint64_t ids[STORE_LEASE_RUNS_MAX];
	struct err e = ERR_INIT;
	size_t left = 0;

	for (; n < leases->n; n++)
		ids[left++] = leases->v[n].id;
	/* If the store does not hear it, they end by themselves. */
	if (store_lease_abandon(w->store, ids, left, &e))
		log_warn("give-back", "error=\"%s\"", e.text);
}

/* Classifies what was leased and hands the verdicts in. */
static int
settle(struct worker *w, const struct store_leases *leases, struct err *e)
{
	struct store_judgement v[STORE_LEASE_RUNS_MAX];
	size_t ends[STORE_LEASE_RUNS_MAX + 1] = { 0 };
	size_t text_ends[STORE_LEASE_RUNS_MAX + 1] = { 0 };
	size_t n = 0;

	buf_reset(&w->out);
	buf_reset(&w->documents);
	for (; n < leases->n; n++) {
		if (classify_lease(w, leases->patterns, &leases->v[n], e)) {
			/* Full, or no patterns: the rest comes back. */
			give_back(w, leases, n);
			w->out.n = ends[n];
			w->out.failed = false;
			break;
		}
		ends[n + 1] = w->out.n;
		text_ends[n + 1] = w->documents.n;
	}
	if (n == 0)
		return e->code;
	/* The buffer moves while it grows: slices are taken at the end. */
	for (size_t i = 0; i < n; i++)
		v[i] = (struct store_judgement){ leases->v[i].id,
			str_of(w->out.p + ends[i], ends[i + 1] - ends[i]),
			str_of(w->documents.p + text_ends[i],
			    text_ends[i + 1] - text_ends[i]) };
	return store_verdict(w->store, v, n, VERDICT_TIMEOUT_MS, e);
}

static void
work_once(struct worker *w)
{
	struct store_lease_ask ask = { .worker = str_from(w->name),
		.version = DETECT_VERSION, .max_runs = w->batch_runs,
		.max_bytes = LEASE_BYTES, .wait_ms = LEASE_WAIT_MS };
	struct store_leases leases = { 0 };
	struct err e = ERR_INIT;
	int rc = store_lease(w->store, &ask, &leases, &e);

	if (rc == 0 && leases.n)
		rc = settle(w, &leases, &e);
	store_leases_fini(&leases);
	if (rc) {
		log_warn("work", "error=\"%s\"", e.text);
		if (daemon_wait_ms(rc == ERR_DENIED ? OUTDATED_MS : RETRY_MS))
			return;
	}
}

int
classify_serve(struct store_client *store, size_t batch_runs)
{
	struct worker w = { .store = store, .batch_runs = batch_runs };
	char host[64] = "localhost";

	(void)gethostname(host, sizeof(host) - 1);
	snprintf(w.name, sizeof(w.name), "%s:%d", host, (int)getpid());
	w.detector = detector_new();
	w.patterns = patterns_new(store);
	w.topics = topic_scratch_new();
	w.arena = arena_new(ARENA_MAX);
	w.document = document_new();
	buf_init(&w.out, STORE_SUBMIT_MAX);
	buf_init(&w.documents, STORE_SUBMIT_MAX);
	w.runs = metrics_counter("weir_classify_runs_total",
	    "Runs classified.", NULL);
	w.seconds = metrics_histogram("weir_classify_seconds",
	    "Time to classify one run.", NULL, NULL, 0);
	while (!daemon_stopping())
		work_once(&w);
	buf_fini(&w.out);
	buf_fini(&w.documents);
	document_free(w.document);
	arena_free(w.arena);
	detector_free(w.detector);
	patterns_free(w.patterns);
	topic_scratch_free(w.topics);
	return EXIT_DONE;
}
