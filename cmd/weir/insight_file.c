#include "insight_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/opts.h"
#include "detect/detect.h"
#include "filter/filter.h"
#include "filter/insights.h"
#include "model/event_json.h"
#include "progress.h"
#include "store/pricer.h"

enum { LINE_BYTES = 16 << 20, LINE_ARENA = 64 << 20 };

#define EVENTS_MAX ((size_t)2 << 30)

struct reader {
	struct filter_insights *insights;
	struct arena *arena;
	struct buf wire;
};

static int
take_line(void *arg, struct str line, size_t number, struct err *e)
{
	struct reader *r = arg;
	struct pack_reader wire;
	struct event ev;

	if (str_trim(line).n == 0)
		return 0;
	arena_reset(r->arena);
	buf_reset(&r->wire);
	if (event_from_json(line, clock_now_ms(), r->arena, &ev, e))
		return err_wrap(e, "line %zu", number);
	/* Through the wire, which gives it its hash. */
	event_encode(&ev, &r->wire);
	if (r->wire.failed)
		return err_set(e, ERR_LIMIT, "line %zu: too large", number);
	wire = pack_reader(buf_str(&r->wire));
	if (event_decode(&wire, r->arena, &ev, e) ||
	    filter_insights_add(r->insights, &ev, e))
		return err_wrap(e, "line %zu", number);
	return 0;
}

static int
judge(void *arg, const struct filter_run *r, struct arena *a, struct err *e)
{
	/* The same input gives the same insight, whatever the time. */
	struct detect_input in = filter_run_input(r, 0);
	struct detect_verdict v;
	int rc = detect_run(arg, &in, a, &v, e);
	struct buf b;

	buf_init(&b, LINE_ARENA);
	for (size_t i = 0; i < v.n && rc == 0; i++) {
		struct pack_reader wire;
		struct event ev;
		struct str copy;

		buf_reset(&b);
		v.events[i].project = r->project;
		v.events[i].env = r->env;
		event_encode(&v.events[i], &b);
		copy = arena_str(a, buf_str(&b));
		if (b.failed || !copy.p) {
			rc = err_set(e, ERR_LIMIT, "verdict: too large");
			break;
		}
		wire = pack_reader(copy);
		rc = event_decode(&wire, a, &ev, e);
		if (rc == 0 && run_apply(r->run, &ev, a, e) < 0)
			rc = e->code;
	}
	buf_fini(&b);
	return rc;
}

static void
watch(void *arg, size_t done, size_t runs)
{
	struct progress *p = arg;

	p->expected = (int64_t)runs;
	progress_draw(p, (int64_t)done, done == runs);
}

static int
run(int fd, const struct filter_insights_options *o, int (*take)(void *arg,
    const struct event *ev, struct err *e), void *arg, struct err *e)
{
	struct reader r = { 0 };
	int rc;

	r.insights = filter_insights_new(o);
	r.arena = arena_new(LINE_ARENA);
	buf_init(&r.wire, EVENT_BYTES_MAX);
	rc = filter_read_lines(fd, LINE_BYTES, take_line, &r, e);
	if (rc == 0)
		rc = filter_insights_close(r.insights, take, arg, e);
	buf_fini(&r.wire);
	arena_free(r.arena);
	filter_insights_free(r.insights);
	return rc;
}

int
insight_file(const char *path, const struct period *p, const char *prices,
    int (*take)(void *arg, const struct event *ev, struct err *e), void *arg)
{
	struct filter_insights_options o = { .period = *p,
		.max_bytes = EVENTS_MAX, .judge = judge,
		.n_earlier = DETECT_EARLIER_MAX };
	struct progress progress = progress_of(0);
	struct store_pricer *pricer;
	struct err e = ERR_INIT;
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0) {
		fprintf(stderr, "weir insight: %s: %s\n", path,
		    strerror(errno));
		return EXIT_FAILED;
	}
	if (store_pricer_open(prices, &pricer, &e))
		opts_die("--prices: %s", e.text);
	o.pricer = *store_pricer_get(pricer);
	o.judge_arg = detector_new();
	o.watch = watch;
	o.watch_arg = &progress;
	rc = run(fd, &o, take, arg, &e);
	detector_free(o.judge_arg);
	store_pricer_close(pricer);
	if (fd != STDIN_FILENO)
		close(fd);
	if (rc == 0)
		return EXIT_DONE;
	fprintf(stderr, "weir insight: %s: %s\n", path, e.text);
	return EXIT_FAILED;
}
