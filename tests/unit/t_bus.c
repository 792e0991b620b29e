#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/client.h"
#include "bus/keys.h"
#include "bus/pubsub.h"
#include "bus/server.h"
#include "tap.h"

enum { ECHO = 1, UPPER = 2, HOLD = 3, SLOW = 4, WHO = 5 };

static char dir[] = "/tmp/t_bus.XXXXXX";

static char *
path(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static char *
ipc(const char *name)
{
	return mem_printf("ipc://%s/%s", dir, name);
}

/* Held requests of HOLD, answered by the test. */
static struct {
	pthread_mutex_t lock;
	struct bus_request *q[64];
	int n;
} held = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int
held_count(void)
{
	int n;

	pthread_mutex_lock(&held.lock);
	n = held.n;
	pthread_mutex_unlock(&held.lock);
	return n;
}

static void
held_answer_all(uint16_t status)
{
	pthread_mutex_lock(&held.lock);
	while (held.n)
		bus_reply(held.q[--held.n], status, STR("late"));
	pthread_mutex_unlock(&held.lock);
}

static bool
wait_until(bool (*cond)(void *), void *arg, int64_t ms)
{
	int64_t end = clock_mono_ms() + ms;

	while (!cond(arg)) {
		if (clock_mono_ms() > end)
			return false;
		clock_sleep_ms(2);
	}
	return true;
}

static bool
is_held(void *n)
{
	return held_count() >= *(int *)n;
}

static void
handle(void *arg, struct bus_request *q)
{
	struct buf b;

	switch (bus_request_type(q)) {
	case ECHO:
		bus_reply(q, 0, bus_request_payload(q));
		break;
	case UPPER:
		buf_init(&b, 1 << 20);
		buf_add_cstr(&b, "UPPER");
		bus_reply_buf(q, 7, &b);
		break;
	case WHO:
		bus_reply(q, 0, str_from(arg));
		break;
	case HOLD:
		pthread_mutex_lock(&held.lock);
		held.q[held.n++] = q;
		pthread_mutex_unlock(&held.lock);
		break;
	default:
		bus_reply(q, 404, STR_NULL);
	}
}

static struct bus_server *
serve(const char *endpoint, struct bus_server_options o)
{
	struct err e = ERR_INIT;
	struct bus_server *s;

	o.endpoints[0] = endpoint;
	if (!o.handle)
		o.handle = handle;
	s = bus_server_new(&o, &e);
	if (!s)
		printf("# serve: %s\n", e.text);
	return s;
}

static struct bus_client *
dial(const char *a, const char *b, struct bus_client_options o)
{
	struct err e = ERR_INIT;
	struct bus_client *c;

	o.endpoints[0] = a;
	o.endpoints[1] = b;
	c = bus_client_new(&o, &e);
	if (!c)
		printf("# dial: %s\n", e.text);
	return c;
}

static int
call(struct bus_client *c, uint16_t type, struct str payload, int64_t ms,
    unsigned flags, char *text, struct err *e)
{
	struct buf answer;
	uint16_t status = 999;
	int rc;

	buf_init(&answer, 64 << 20);
	rc = bus_call(c, type, payload, ms, flags, &status, &answer, e);
	if (text)
		snprintf(text, 100, "%u:%.*s", status,
		    (int)MIN_OF(answer.n, 80), answer.p ? answer.p : "");
	if (rc == 0 && type == ECHO && !str_eq(buf_str(&answer), payload))
		rc = -100;
	buf_fini(&answer);
	return rc;
}

static void
test_keys(void)
{
	char *file = path("key"), *other = path("other");
	struct bus_keys k, k2;
	struct err e = ERR_INIT;
	FILE *f;

	is_int(bus_keys_generate(file, &e), 0, "keys: generated");
	is_int(bus_keys_generate(file, &e), ERR_EXISTS, "keys: not replaced");
	is_int(bus_keys_load(&k, file, &e), 0, "keys: loaded");
	is_int(strlen(k.public_key), 40, "keys: public is Z85");
	chmod(file, 0640);
	is_int(bus_keys_load(&k2, file, &e), ERR_DENIED, "keys: mode checked");
	ok(strstr(e.text, "0640"), "keys: says the mode: %s", e.text);
	is_int(bus_keys_load(&k2, dir, &e), ERR_INVALID, "keys: directory");
	is_int(bus_keys_load(&k2, "/nonexistent", &e), ERR_IO, "keys: absent");
	is_int(bus_keys_generate(other, &e), 0, "keys: another");
	is_int(bus_keys_load(&k2, other, &e), 0, "keys: another loaded");
	f = fopen(other, "w");
	fprintf(f, "public-key %s\nsecret-key %s\n", k.public_key,
	    k2.secret_key);
	fclose(f);
	is_int(bus_keys_load(&k, other, &e), ERR_INVALID, "keys: no pair");
	f = fopen(other, "w");
	fprintf(f, "public-key short\nsecret-key %s\n", k2.secret_key);
	fclose(f);
	is_int(bus_keys_load(&k, other, &e), ERR_INVALID, "keys: bad public");
	f = fopen(other, "w");
	fprintf(f, "hello\n");
	fclose(f);
	is_int(bus_keys_load(&k, other, &e), ERR_INVALID, "keys: bad line");
	unlink(file);
	unlink(other);
	free(file);
	free(other);
}

static void
test_endpoints(void)
{
	static const struct {
		const char *endpoint;
		bool keys, plain;
		int want;
	} rows[] = {
		{ "ipc:///run/weir/store", false, false, 0 },
		{ "ipc://", false, false, ERR_INVALID },
		{ "ipc://@abstract", false, false, ERR_INVALID },
		{ "inproc://x", false, false, ERR_INVALID },
		{ "tcp://10.0.0.1:99", true, false, 0 },
		{ "tcp://10.0.0.1:99", false, false, ERR_DENIED },
		{ "tcp://10.0.0.1:99", false, true, ERR_DENIED },
		{ "tcp://*:99", false, true, ERR_DENIED },
		{ "tcp://127.0.0.1:99", false, false, ERR_DENIED },
		{ "tcp://127.0.0.1:99", false, true, 0 },
		{ "tcp://127.evil.example:99", false, true, ERR_DENIED },
		{ "tcp://[::1]:99", false, true, 0 },
		{ "tcp://localhost:*", false, true, 0 },
		{ "tcp://localhost", true, true, ERR_INVALID },
		{ "tcp://localhost:http", true, true, ERR_INVALID },
		{ "tcp://localhost:70000", true, true, ERR_INVALID },
		{ "", false, false, ERR_INVALID },
	};
	static const struct bus_keys k;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		is_int(bus_endpoint_check(rows[i].endpoint,
		    rows[i].keys ? &k : NULL, rows[i].plain, &e),
		    rows[i].want, "endpoint '%s' keys=%d plain=%d",
		    rows[i].endpoint, rows[i].keys, rows[i].plain);
}

static void
test_calls(void)
{
	char *at = ipc("a"), text[100];
	struct bus_server_options so = { .max_message_bytes = 4 << 20 };
	struct bus_client_options co = { .max_message_bytes = 4 << 20 };
	struct bus_client *c = dial(at, NULL, co);
	struct err e = ERR_INIT;
	char *big = mem_zalloc(3 << 20, 1);
	struct bus_server *s;
	struct bus_server_stats st;

	/* The client is there first. */
	ok(!bus_client_wait(c, 30), "calls: nobody there yet");
	s = serve(at, so);
	ok(s != NULL, "calls: server");
	is_int(call(c, ECHO, STR("hello"), 2000, 0, text, &e), 0,
	    "calls: echo");
	is_str(text, "0:hello", "calls: its answer");
	is_int(call(c, ECHO, STR(""), 2000, 0, text, &e), 0, "calls: empty");
	is_int(call(c, UPPER, STR("x"), 2000, 0, text, &e), 0, "calls: upper");
	is_str(text, "7:UPPER", "calls: status and taken buffer");
	is_int(call(c, 77, STR("x"), 2000, 0, text, &e), 0, "calls: unknown");
	is_str(text, "404:", "calls: unknown answered");
	is_int(call(c, ECHO, str_of(big, 3 << 20), 5000, 0, NULL, &e), 0,
	    "calls: 3 MiB");
	is_int(call(c, ECHO, str_of(big, (4 << 20) + 1), 5000, 0, NULL, &e),
	    ERR_LIMIT, "calls: too long");
	is_int(bus_client_connected(c), 1, "calls: connected");
	ok(!serve(at, so), "calls: second server at the address refused");
	bus_server_stats(s, &st);
	is_int(st.requests, 5, "calls: counted");
	is_int(st.held, 0, "calls: none held");
	bus_client_free(c);
	ok(bus_server_drain(s, 100), "calls: drained");
	bus_server_free(s);
	free(big);
	free(at);
}

static void
test_timeout(void)
{
	char *at = ipc("t");
	struct bus_server_options so = { 0 };
	struct bus_client_options co = { 0 };
	struct bus_server *s = serve(at, so);
	struct bus_client *c = dial(at, NULL, co);
	struct err e = ERR_INIT;
	struct bus_client_stats st;
	int64_t start = clock_mono_ms();
	int one = 1;

	is_int(call(c, HOLD, STR(""), 100, 0, NULL, &e), ERR_AGAIN,
	    "timeout: fails");
	ok(clock_mono_ms() - start >= 95, "timeout: not early");
	ok(clock_mono_ms() - start < 1500, "timeout: not late");
	ok(wait_until(is_held, &one, 1000), "timeout: server has it");
	held_answer_all(0);
	is_int(call(c, ECHO, STR("after"), 2000, 0, NULL, &e), 0,
	    "timeout: the late answer disturbs nobody");
	bus_client_stats(c, &st);
	is_int(st.timeouts, 1, "timeout: counted");
	is_int(st.outstanding, 0, "timeout: none left");
	/* A request answered after the server has gone. */
	is_int(call(c, HOLD, STR(""), 20, 0, NULL, &e), ERR_AGAIN,
	    "timeout: another");
	ok(wait_until(is_held, &one, 1000), "timeout: held");
	ok(!bus_server_drain(s, 20), "timeout: drain says it is held");
	is_int(call(c, ECHO, STR("x"), 500, 0, NULL, &e), ERR_AGAIN,
	    "timeout: draining is busy");
	bus_server_free(s);
	held_answer_all(0);
	bus_client_free(c);
	start = clock_mono_ms();
	co.connect_wait_ms = -1;
	c = dial(at, NULL, co);
	is_int(call(c, ECHO, STR("x"), 5000, 0, NULL, &e), ERR_AGAIN,
	    "no server: fails");
	ok(clock_mono_ms() - start < 1000, "no server: at once");
	bus_client_free(c);
	free(at);
}

static atomic_int ignored, failures;

static void
ignore_answer(void *arg, const struct bus_answer *a)
{
	(void)arg;
	atomic_fetch_add(&ignored, 1);
	if (a->code)
		atomic_fetch_add(&failures, 1);
}

static void
test_busy(void)
{
	char *at = ipc("b");
	struct bus_server_options so = { .max_requests = 2 };
	struct bus_client_options co = { .max_calls = 3 };
	struct bus_server *s = serve(at, so);
	struct bus_client *c = dial(at, NULL, co), *d = dial(at, NULL, co);
	struct err e = ERR_INIT;
	struct buf payload;
	int two = 2, rc = ERR_AGAIN;
	struct bus_server_stats st;

	buf_init(&payload, 100);
	buf_add_cstr(&payload, "taken");
	is_int(bus_call_async_buf(c, HOLD, &payload, 5000, 0, ignore_answer,
	    NULL, &e), 0, "busy: first");
	is_int(payload.n, 0, "busy: buffer taken");
	is_int(bus_call_async(c, HOLD, STR(""), 5000, 0, ignore_answer, NULL,
	    &e), 0, "busy: second");
	ok(wait_until(is_held, &two, 1000), "busy: two held");
	is_int(call(d, ECHO, STR("x"), 2000, 0, NULL, &e), ERR_AGAIN,
	    "busy: third refused");
	ok(strstr(e.text, "busy"), "busy: says so: %s", e.text);
	bus_server_stats(s, &st);
	is_int(st.busy, 1, "busy: counted");
	is_int(st.held_bytes, 5, "busy: bytes counted");
	is_int(bus_call_async(c, HOLD, STR(""), 5000, 0, ignore_answer, NULL,
	    &e), 0, "busy: client's third call");
	/* It is refused by the server in a moment; fill the table first. */
	bus_client_free(c);
	held_answer_all(0);
	/* The server lets go of them on its own thread. */
	for (int i = 0; i < 1000 && rc == ERR_AGAIN; i++) {
		clock_sleep_ms(2);
		rc = call(d, ECHO, STR("x"), 2000, 0, NULL, &e);
	}
	is_int(rc, 0, "busy: over");
	bus_client_free(d);
	bus_server_free(s);
	buf_fini(&payload);
	free(at);
}

static void
test_limits(void)
{
	char *at = ipc("nobody");
	struct bus_client_options co = { .max_calls = 3, .max_bytes = 10,
	    .connect_wait_ms = 60000 };
	struct bus_client *c = dial(at, NULL, co);
	struct err e = ERR_INIT;
	int before = atomic_load(&ignored);

	is_int(bus_call_async(c, 1, STR("12345678"), 60000, 0, ignore_answer,
	    NULL, &e), 0, "limits: one");
	is_int(bus_call_async(c, 1, STR("123"), 60000, 0, ignore_answer, NULL,
	    &e), ERR_AGAIN, "limits: bytes");
	is_int(bus_call_async(c, 1, STR("1"), 60000, 0, ignore_answer, NULL,
	    &e), 0, "limits: two");
	is_int(bus_call_async(c, 1, STR("1"), 60000, 0, ignore_answer, NULL,
	    &e), 0, "limits: three");
	is_int(bus_call_async(c, 1, STR(""), 60000, 0, ignore_answer, NULL,
	    &e), ERR_AGAIN, "limits: calls");
	is_int(atomic_load(&ignored), before, "limits: all wait");
	bus_client_free(c);
	is_int(atomic_load(&ignored), before + 3, "limits: ended by free");
	free(at);
}

/* Many callers against a server whose answers come from many threads. */
enum { POOL = 4, CALLERS = 4, EACH = 2000 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct bus_request *q[CALLERS * EACH];
	int n;
	bool over;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .cond = PTHREAD_COND_INITIALIZER };

static void
pool_handle(void *arg, struct bus_request *q)
{
	(void)arg;
	pthread_mutex_lock(&pool.lock);
	pool.q[pool.n++] = q;
	pthread_cond_signal(&pool.cond);
	pthread_mutex_unlock(&pool.lock);
}

static void *
pool_main(void *arg)
{
	(void)arg;
	for (;;) {
		struct bus_request *q = NULL;

		pthread_mutex_lock(&pool.lock);
		while (!pool.n && !pool.over)
			pthread_cond_wait(&pool.cond, &pool.lock);
		if (pool.n)
			q = pool.q[--pool.n];
		pthread_mutex_unlock(&pool.lock);
		if (!q)
			return NULL;
		bus_reply(q, bus_request_type(q), bus_request_payload(q));
	}
}

struct expect {
	uint32_t value;
	struct caller *caller;
};

struct caller {
	struct bus_client *c;
	atomic_int done, wrong;
	struct expect each[EACH];
};

static void
check_answer(void *arg, const struct bus_answer *a)
{
	struct expect *x = arg;

	if (a->code || a->status != 9 || a->payload.n != 4 ||
	    be32_get(a->payload.p) != x->value)
		atomic_fetch_add(&x->caller->wrong, 1);
	atomic_fetch_add(&x->caller->done, 1);
}

static void *
caller_main(void *arg)
{
	struct caller *w = arg;
	struct err e = ERR_INIT;

	for (uint32_t i = 0; i < EACH; i++) {
		uint32_t value = i * 2654435761u;
		uint8_t raw[4] = { (uint8_t)(value >> 24),
		    (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		    (uint8_t)value };

		w->each[i] = (struct expect){ value, w };
		while (bus_call_async(w->c, 9, str_of(raw, 4), 20000, 0,
		    check_answer, &w->each[i], &e) == ERR_AGAIN)
			clock_sleep_ms(1);
	}
	while (atomic_load(&w->done) < EACH)
		clock_sleep_ms(1);
	return NULL;
}

static void
test_threads(void)
{
	char *at = ipc("p");
	struct bus_server_options so = { .handle = pool_handle };
	struct bus_client_options co = { .max_calls = 500 };
	struct bus_server *s = serve(at, so);
	struct bus_client *c = dial(at, NULL, co);
	struct caller *w = mem_zalloc(CALLERS, sizeof(*w));
	pthread_t workers[POOL], callers[CALLERS];
	int wrong = 0, done = 0;
	struct bus_client_stats st;

	for (int i = 0; i < POOL; i++)
		pthread_create(&workers[i], NULL, pool_main, NULL);
	for (int i = 0; i < CALLERS; i++) {
		w[i].c = c;
		pthread_create(&callers[i], NULL, caller_main, &w[i]);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i], NULL);
		wrong += atomic_load(&w[i].wrong);
		done += atomic_load(&w[i].done);
	}
	pthread_mutex_lock(&pool.lock);
	pool.over = true;
	pthread_cond_broadcast(&pool.cond);
	pthread_mutex_unlock(&pool.lock);
	for (int i = 0; i < POOL; i++)
		pthread_join(workers[i], NULL);
	is_int(done, CALLERS * EACH, "threads: all answered once");
	is_int(wrong, 0, "threads: each with its own answer");
	bus_client_stats(c, &st);
	is_int(st.outstanding, 0, "threads: none outstanding");
	bus_client_free(c);
	bus_server_free(s);
	free(w);
	free(at);
}

static pid_t
spawn_server(const char *at)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "t_bus", "serve", at, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int
serve_main(const char *at)
{
	struct bus_server_options so = { .arg = NULL };
	struct bus_server *s;

	alarm(60);
	so.arg = mem_printf("pid %d", (int)getpid());
	s = serve(at, so);
	if (!s)
		return 1;
	for (;;)
		pause();
}

static void
test_dead_peer(void)
{
	char *at = ipc("d"), *bt = ipc("e");
	struct bus_client_options co = { .connect_wait_ms = 200 };
	struct bus_client *c = dial(at, NULL, co), *both;
	struct err e = ERR_INIT;
	pid_t pid = spawn_server(at), other;
	int64_t start;
	int before = atomic_load(&ignored), bad = atomic_load(&failures);
	char one[100], two[100];

	ok(bus_client_wait(c, 5000), "dead: connected");
	is_int(call(c, ECHO, STR("x"), 5000, 0, NULL, &e), 0, "dead: alive");
	for (int i = 0; i < 10; i++)
		is_int(bus_call_async(c, HOLD, STR("x"), 30000, 0,
		    ignore_answer, NULL, &e), 0, "dead: pending %d", i);
	clock_sleep_ms(50);
	start = clock_mono_ms();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (atomic_load(&ignored) < before + 10 &&
	    clock_mono_ms() - start < 5000)
		clock_sleep_ms(1);
	is_int(atomic_load(&failures) - bad, 10, "dead: all failed");
	ok(clock_mono_ms() - start < 500, "dead: within %lld ms",
	    (long long)(clock_mono_ms() - start));
	start = clock_mono_ms();
	is_int(call(c, ECHO, STR("x"), 30000, 0, NULL, &e), ERR_AGAIN,
	    "dead: new call fails: %s", e.text);
	ok(clock_mono_ms() - start < 2000, "dead: soon");
	pid = spawn_server(at);
	ok(bus_client_wait(c, 5000), "dead: reconnected");
	is_int(call(c, ECHO, STR("x"), 5000, 0, NULL, &e), 0, "dead: again");
	bus_client_free(c);

	other = spawn_server(bt);
	both = dial(at, bt, co);
	while (bus_client_connected(both) < 2)
		clock_sleep_ms(2);
	start = 0;
	is_int(call(both, WHO, STR(""), 5000, 0, one, &e), 0, "two: first");
	/* An idempotent call that is held by the one that dies moves over; the
	 * other holds it too, so it ends in its timeout. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 20; i++)
		start += call(both, WHO, STR(""), 5000, BUS_IDEMPOTENT, two,
		    &e) != 0;
	is_int(start, 0, "two: idempotent calls survive a death");
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	bus_client_free(both);
	free(at);
	free(bt);
}

static void
test_move_over(void)
{
	char *at = ipc("m"), *bt = ipc("n"), text[100];
	struct bus_server_options so = { .arg = NULL };
	struct bus_client_options co = { 0 };
	struct bus_server *s = serve(at, so), *o;
	struct bus_client *c;
	struct err e = ERR_INIT;
	int one = 1, seen = 0;
	char name_b[] = "b";

	so.arg = name_b;
	so.max_requests = 1;
	o = serve(bt, so);
	c = dial(at, bt, co);
	while (bus_client_connected(c) < 2)
		clock_sleep_ms(2);
	/* Hold one request at b: it is full, and its load is one more. */
	for (int i = 0; i < 2; i++)
		is_int(bus_call_async(c, HOLD, STR(""), 5000, 0,
		    ignore_answer, NULL, &e), 0, "over: hold %d", i);
	one = 2;
	ok(wait_until(is_held, &one, 2000), "over: both hold one");
	for (int i = 0; i < 10; i++) {
		int rc = call(c, WHO, STR(""), 2000, BUS_IDEMPOTENT, text, &e);

		seen += rc == 0 && strcmp(text, "0:") == 0;
	}
	is_int(seen, 10, "over: the busy one's calls go to the other");
	held_answer_all(0);
	bus_client_free(c);
	bus_server_free(s);
	bus_server_free(o);
	free(at);
	free(bt);
}

/* Sends rubbish with libzmq and on the bare socket; the server lives on. */
static void
test_garbage(void)
{
	static const struct {
		const char *p;
		size_t n;
	} heads[] = {
		{ "", 0 }, { "x", 1 }, { "\1\1\0\1\0\0\0\0\0\0\0", 11 },
		{ "\1\1\0\1\0\0\0\0\0\0\0\0\0", 13 },
		{ "\2\1\0\1\0\0\0\0\0\0\0\0", 12 },
		{ "\1\2\0\1\0\0\0\0\0\0\0\0", 12 },
		{ "\1\4\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
		{ "\1\377\0\1\0\0\0\0\0\0\0\0", 12 },
	};
	char *at = ipc("g"), *file = path("g");
	struct bus_server_options so = { .max_message_bytes = 1000 };
	struct bus_client_options co = { 0 };
	struct bus_server *s = serve(at, so);
	struct bus_client *c = dial(at, NULL, co);
	struct bus_server_stats st;
	struct err e = ERR_INIT;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	void *ctx = zmq_ctx_new(), *sock = zmq_socket(ctx, ZMQ_DEALER);
	char junk[4000];
	int want = 0, linger = 0, fd;

	zmq_setsockopt(sock, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_connect(sock, at);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		zmq_send(sock, heads[i].p, heads[i].n, ZMQ_SNDMORE);
		zmq_send(sock, "payload", 7, 0);
		want++;
	}
	zmq_send(sock, "\1\1\0\1\0\0\0\0\0\0\0\0", 12, 0);
	zmq_send(sock, "\1\1\0\1\0\0\0\0\0\0\0\0", 12, ZMQ_SNDMORE);
	zmq_send(sock, "a", 1, ZMQ_SNDMORE);
	zmq_send(sock, "b", 1, ZMQ_SNDMORE);
	zmq_send(sock, "c", 1, 0);
	want += 2;
	for (int i = 0; i < 500; i++) {
		bus_server_stats(s, &st);
		if ((int)st.malformed == want)
			break;
		clock_sleep_ms(4);
	}
	is_int(st.malformed, want, "garbage: all dropped");
	is_int(st.requests, 0, "garbage: none handled");
	is_int(call(c, ECHO, STR("x"), 2000, 0, NULL, &e), 0,
	    "garbage: neighbour unharmed");
	memset(junk, 'j', sizeof(junk));
	zmq_send(sock, "\1\1\0\1\0\0\0\0\0\0\0\0", 12, ZMQ_SNDMORE);
	zmq_send(sock, junk, sizeof(junk), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", file);
	ok(connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
	    write(fd, junk, sizeof(junk)) > 0, "garbage: raw bytes");
	clock_sleep_ms(30);
	is_int(call(c, ECHO, STR("y"), 2000, 0, NULL, &e), 0,
	    "garbage: still unharmed");
	bus_server_stats(s, &st);
	is_int(st.requests, 2, "garbage: too long never arrived");
	close(fd);
	zmq_close(sock);
	zmq_ctx_term(ctx);
	bus_client_free(c);
	bus_server_free(s);
	free(at);
	free(file);
}

static void
test_curve(void)
{
	char *file = path("key"), *wrong = path("wrong"), *local = ipc("c");
	struct bus_keys k, w;
	struct err e = ERR_INIT;
	struct bus_server_options so = { .keys = &k, .handle = handle,
	    .endpoints = { "tcp://127.0.0.1:*", local } };
	struct bus_client_options co = { .keys = &k, .connect_wait_ms = 400 };
	struct bus_server *s;
	struct bus_client *c;
	const char *at;

	ok(bus_keys_generate(file, &e) == 0 &&
	    bus_keys_generate(wrong, &e) == 0 &&
	    bus_keys_load(&k, file, &e) == 0 &&
	    bus_keys_load(&w, wrong, &e) == 0, "curve: keys");
	s = bus_server_new(&so, &e);
	ok(s != NULL, "curve: server %s", e.text);
	at = bus_server_endpoint(s, 0);
	ok(at && !strchr(at, '*'), "curve: port known: %s", at);
	c = dial(at, NULL, co);
	is_int(call(c, ECHO, STR("secret"), 3000, 0, NULL, &e), 0,
	    "curve: our key admitted");
	bus_client_free(c);
	co.keys = NULL;
	c = dial(local, NULL, co);
	is_int(call(c, ECHO, STR("x"), 3000, 0, NULL, &e), 0,
	    "curve: ipc of the same server needs none");
	bus_client_free(c);
	co.keys = &w;
	c = dial(at, NULL, co);
	is_int(call(c, ECHO, STR("x"), 3000, 0, NULL, &e), ERR_AGAIN,
	    "curve: another pair refused: %s", e.text);
	bus_client_free(c);
	/* Knows the server's public half, has another pair of its own. */
	{
		void *ctx = zmq_ctx_new(), *d = zmq_socket(ctx, ZMQ_DEALER);
		int linger = 0, wait = 500;
		char answer[10];

		zmq_setsockopt(d, ZMQ_LINGER, &linger, sizeof(linger));
		zmq_setsockopt(d, ZMQ_RCVTIMEO, &wait, sizeof(wait));
		zmq_setsockopt(d, ZMQ_CURVE_SERVERKEY, k.public_key, 40);
		zmq_setsockopt(d, ZMQ_CURVE_PUBLICKEY, w.public_key, 40);
		zmq_setsockopt(d, ZMQ_CURVE_SECRETKEY, w.secret_key, 40);
		zmq_connect(d, at);
		zmq_send(d, "\1\1\0\1\0\0\0\0\0\0\0\0", 12, ZMQ_SNDMORE);
		zmq_send(d, "x", 1, 0);
		ok(zmq_recv(d, answer, sizeof(answer), 0) < 0,
		    "curve: a stranger who knows the public key is refused");
		zmq_close(d);
		d = zmq_socket(ctx, ZMQ_DEALER);
		zmq_setsockopt(d, ZMQ_LINGER, &linger, sizeof(linger));
		zmq_setsockopt(d, ZMQ_RCVTIMEO, &wait, sizeof(wait));
		zmq_connect(d, at);
		zmq_send(d, "\1\1\0\1\0\0\0\0\0\0\0\0", 12, ZMQ_SNDMORE);
		zmq_send(d, "x", 1, 0);
		ok(zmq_recv(d, answer, sizeof(answer), 0) < 0,
		    "curve: plain speech is refused");
		zmq_close(d);
		zmq_ctx_term(ctx);
	}
	so.keys = NULL;
	ok(!bus_server_new(&so, &e), "curve: tcp server without key refused");
	ok(strstr(e.text, "key file"), "curve: in words: %s", e.text);
	bus_server_free(s);
	unlink(file);
	unlink(wrong);
	free(file);
	free(wrong);
	free(local);
}

static struct {
	atomic_int n, first, missed;
	atomic_bool block;
} news;

static void
heard(void *arg, const struct bus_news *n)
{
	(void)arg;
	while (atomic_load(&news.block))
		clock_sleep_ms(1);
	atomic_fetch_add(&news.n, 1);
	atomic_fetch_add(&news.first, n->first);
	atomic_fetch_add(&news.missed, (int)n->missed);
}

static bool
has_news(void *n)
{
	return atomic_load(&news.n) >= *(int *)n;
}

static void
test_news(void)
{
	char *at = ipc("news");
	struct bus_pub_options po = { .endpoints = { at }, .hwm = 20 };
	struct bus_sub_options so = { .endpoints = { at }, .hwm = 20,
	    .heard = heard };
	struct err e = ERR_INIT;
	struct bus_subscriber *s = bus_subscriber_new(&so, &e);
	struct bus_publisher *p = bus_publisher_new(&po, &e);
	char *big = mem_zalloc(1 << 18, 1);
	int64_t end = clock_mono_ms() + 5000;
	int one = 1, n;

	ok(s && p, "news: both open");
	while (!has_news(&one) && clock_mono_ms() < end) {
		bus_publish(p, 3, STR("hello"));
		clock_sleep_ms(5);
	}
	clock_sleep_ms(50);
	is_int(atomic_load(&news.first), 1, "news: first marked once");
	is_int(atomic_load(&news.missed), 0, "news: none missed");
	atomic_store(&news.block, true);
	for (int i = 0; i < 400; i++)
		bus_publish(p, 3, str_of(big, 1 << 18));
	clock_sleep_ms(100);
	atomic_store(&news.block, false);
	clock_sleep_ms(200);
	n = atomic_load(&news.n) + 1;
	bus_publish(p, 3, STR("after"));
	ok(wait_until(has_news, &n, 2000), "news: goes on after a flood");
	ok(atomic_load(&news.missed) > 0, "news: tells of %d missed",
	    atomic_load(&news.missed));
	bus_publisher_free(p);
	p = bus_publisher_new(&po, &e);
	n = atomic_load(&news.n) + 1;
	end = clock_mono_ms() + 5000;
	while (!has_news(&n) && clock_mono_ms() < end) {
		bus_publish(p, 3, STR("hello"));
		clock_sleep_ms(5);
	}
	is_int(atomic_load(&news.first), 2, "news: a restart shows");
	bus_subscriber_free(s);
	bus_publisher_free(p);
	free(big);
	free(at);
}

int
main(int argc, char **argv)
{
	hash_setup();
	log_setup("t_bus", LOG_ERROR);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve_main(argv[2]);
	if (!mkdtemp(dir))
		return 1;
	alarm(120);
	test_keys();
	test_endpoints();
	test_calls();
	test_timeout();
	test_busy();
	test_limits();
	test_threads();
	test_dead_peer();
	test_move_over();
	test_garbage();
	test_curve();
	test_news();
	{
		char *rm = mem_printf("rm -rf %s", dir);

		ok(system(rm) == 0, "cleaned up");
		free(rm);
	}
	return tap_done();
}
