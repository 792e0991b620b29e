/* weir-store and the wall clock: nothing waits by it while it is set, and what
 * only time can tell is told in time. */
#include <sys/syscall.h>
#include <time.h>

#include <stdatomic.h>

#include "store_help.h"

enum { HOUR_S = 3600, LEASE_MS = 300 };

/* How much later it is to this program than to the kernel. */
static atomic_llong ahead_s = HOUR_S;

/* In place of the C library's: first it is an hour later than to the kernel, as
 * after the clock was set back. */
int
clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME)
		t->tv_sec += (time_t)atomic_load(&ahead_s);
	return (int)rc;
}

static int
lease(int64_t wait_ms, struct store_leases *l)
{
	struct store_lease_ask ask = { .worker = STR("w"), .version = 1,
	    .max_runs = 1, .max_bytes = 1 << 20, .wait_ms = wait_ms };

	return store_lease(client, &ask, l, &e);
}

static void
test_leases(struct kv *kv)
{
	struct store_server_options o = { .lease_ms = LEASE_MS };
	struct store_leases a, b;

	start(kv, &o);
	is_int(submit_run(client, "r", "x"), 0, "submit");
	is_int(lease(1000, &a), 0, "a worker leases it");
	is_int(lease(5000, &b), 0, "and is not heard of again");
	ok(a.n == 1 && b.n == 1, "the lease ends by the clock that only runs");
	store_leases_fini(&a);
	store_leases_fini(&b);
	stop();
}

/* ---- what only time can tell ---- */

/* A turn that failed, begun now. */
static void
submit_turn(const char *id)
{
	struct arena *a = arena_new(1 << 16);
	struct event_builder eb;
	struct event ev;
	struct buf b;

	event_begin(&eb, a, EVENT_RUN, str_from(id), str_from(id));
	event_text(&eb, FIELD_RUN_session_id, STR("s"));
	event_bool(&eb, FIELD_RUN_conversational, true);
	event_int(&eb, FIELD_RUN_status, STATUS_ERROR);
	event_int(&eb, FIELD_RUN_start_ns, clock_now_ms() * NS_PER_MS);
	if (!event_end(&eb, &ev))
		exit(1);
	ev.project = STR("demo");
	ev.env = ENV_PROD;
	ev.received_ms = clock_now_ms();
	buf_init(&b, 1 << 16);
	event_encode(&ev, &b);
	is_int(store_submit_wait(client, &b, 5000, &e), 0, "%s failed", id);
	buf_fini(&b);
	arena_free(a);
}

/* Gives the verdict of the next run in the queue; "": there is none. */
static const char *
judge(int64_t wait_ms, int64_t *now_ms)
{
	static char text[64];
	struct arena *a = arena_new(1 << 16);
	struct event_builder eb;
	struct store_judgement j;
	struct store_leases l;
	struct event ev;
	struct buf b;

	text[0] = '\0';
	buf_init(&b, 1 << 16);
	if (lease(wait_ms, &l) == 0 && l.n) {
		struct store_lease *v = &l.v[0];

		snprintf(text, sizeof(text), "%.*s", STR_FMT(v->run_id));
		*now_ms = v->now_ms;
		event_begin(&eb, a, EVENT_VERDICT, v->run_id, STR("1"));
		event_int(&eb, FIELD_VERDICT_version, 1);
		event_int(&eb, FIELD_VERDICT_rev, (int64_t)v->rev);
		event_int(&eb, FIELD_VERDICT_pass, (int64_t)v->id);
		if (!event_end(&eb, &ev))
			exit(1);
		ev.order = verdict_order(v->rev, v->id);
		ev.project = v->project;
		ev.env = v->env;
		ev.received_ms = clock_now_ms();
		event_encode(&ev, &b);
		j = (struct store_judgement){ .lease = v->id,
		    .events = buf_str(&b) };
		is_int(store_verdict(client, &j, 1, 5000, &e), 0, "judged");
	}
	store_leases_fini(&l);
	buf_fini(&b);
	arena_free(a);
	return text;
}

static void
later_s(int64_t s)
{
	atomic_fetch_add(&ahead_s, s);
}

static void
test_abandoned(struct kv *kv)
{
	int64_t now_ms, begun_ms = clock_now_ms();

	start(kv, NULL);
	is_str(judge(5000, &now_ms), "r", "a run without a session");
	submit_turn("a");
	is_str(judge(5000, &now_ms), "a", "a new turn");
	is_str(judge(300, &now_ms), "", "nothing else to do");
	later_s(24 * HOUR_S);
	submit_turn("b");
	is_str(judge(5000, &now_ms), "b", "another turn after a day");
	is_str(judge(1500, &now_ms), "", "too early to say more");
	later_s(HOUR_S + 60);
	is_str(judge(5000, &now_ms), "a", "25 hours after it began");
	ok(now_ms - begun_ms >= DETECT_ABANDONED_WAIT_MS,
	    "and the lease says what time it is");
	is_str(judge(1500, &now_ms), "", "once");
	stop();
	start(kv, NULL);
	is_str(judge(1500, &now_ms), "", "also after a restart");
	later_s(25 * HOUR_S);
	stop();
	start(kv, NULL);
	is_str(judge(5000, &now_ms), "b", "and what came of age meanwhile");
	is_str(judge(1500, &now_ms), "", "once");
	stop();
}

int
main(void)
{
	struct kv *kv;

	help_setup();
	kv = kv_memory_new();
	test_leases(kv);
	test_abandoned(kv);
	kv_close(kv);
	help_end();
	return tap_done();
}
