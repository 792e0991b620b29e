/* weir-classify --stdin. */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/opts.h"
#include "classify.h"
#include "filter/filter.h"
#include "filter/runs.h"
#include "models.h"
#include "patterns.h"
#include "store/pricer.h"

enum { RUN_ARENA_MAX = 256 << 20 };

struct stream {
	struct filter_runs *runs;
	struct models *models;
	struct custom_set *set;
};

/* Passes the event on and remembers it. */
static int
take(void *arg, const struct event *ev, struct err *e)
{
	struct stream *s = arg;

	/* An older verdict would be one more opinion about the same run. */
	if (ev->kind == EVENT_VERDICT || ev->kind == EVENT_SIGNAL ||
	    ev->kind == EVENT_FAILURE)
		return 0;
	if (filter_write_event(stdout, ev, e))
		return e->code;
	return ev->kind == EVENT_TOPICS ? models_add(s->models, ev, e) :
	    filter_runs_add(s->runs, ev, e);
}

static int
write_verdicts(const struct stream *s, struct err *e)
{
	struct topic_scratch *scratch = topic_scratch_new();
	const struct filter_runs *runs = s->runs;
	struct detector *d = detector_new();
	struct arena *a = arena_new(RUN_ARENA_MAX);
	int64_t now_ms = clock_now_ms();
	struct buf out;
	int rc = 0;

	buf_init(&out, RUN_ARENA_MAX);
	detector_use(d, s->set);
	for (size_t i = 0; i < filter_runs_count(runs) && rc == 0; i++) {
		struct detect_input in;
		struct filter_run r;

		arena_reset(a);
		buf_reset(&out);
		rc = filter_runs_get(runs, i, a, &r, e);
		if (rc == 0) {
			in = filter_run_input(&r, now_ms);
			patterns_set_topic(&in, models_get(s->models,
			    r.project, r.env), scratch, a);
			rc = classify_one(d, r.project, r.env, &in, now_ms, a,
			    &out, e);
		}
		if (rc == 0 && fwrite(out.p, 1, out.n, stdout) != out.n)
			rc = err_sys(e, ERR_IO, "output: write");
	}
	buf_fini(&out);
	arena_free(a);
	detector_free(d);
	topic_scratch_free(scratch);
	return rc;
}

int
classify_filter(size_t max_bytes, const char *patterns_file,
    const char *topics_file, const char *prices_file)
{
	struct stream s = { .models = models_new() };
	struct store_pricer *pricer;
	struct err e = ERR_INIT;
	int rc = store_pricer_open(prices_file, &pricer, &e);

	if (rc) {
		models_free(s.models);
		fprintf(stderr, "weir-classify: %s\n", e.text);
		return EXIT_USAGE;
	}
	s.runs = filter_runs_new(max_bytes, DETECT_EARLIER_MAX,
	    store_pricer_get(pricer));
	if (patterns_file)
		rc = patterns_read_file(patterns_file, &s.set, &e);
	if (rc == 0 && topics_file)
		rc = models_read_file(s.models, topics_file, &e);
	if (rc == 0)
		rc = filter_read_events(STDIN_FILENO, take, &s, &e);
	if (rc == 0)
		rc = filter_runs_close(s.runs, &e);
	if (rc == 0)
		rc = write_verdicts(&s, &e);
	if (rc == 0 && fflush(stdout) != 0)
		rc = err_sys(&e, ERR_IO, "output: write");
	filter_runs_free(s.runs);
	custom_set_free(s.set);
	models_free(s.models);
	store_pricer_close(pricer);
	if (rc == 0)
		return EXIT_DONE;
	fprintf(stderr, "weir-classify: %s\n", e.text);
	return EXIT_FAILED;
}
