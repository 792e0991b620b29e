/*
 * Load for benchmarks: sends OTLP/protobuf traces over keep-alive connections
 * at a stated rate, and measures how soon they are acknowledged, readable and
 * classified.
 *
 *	load --port 4318 --ingest-key K --read-key K --rate 5000 --seconds 20
 *
 * A request carries --runs traces of ten spans with eleven attributes each:
 * a run span, four model calls, five tool calls.  In one run of ten the last
 * tool call fails, so that the classifier has something to say; the probe
 * follows such runs.  One line of JSON on stdout says what
 * was seen.  Rates are kept by schedule: a late answer does not slow the
 * schedule down, so waiting time counts (no coordinated omission).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/opts.h"

enum { SPANS_PER_RUN = 10, THREADS_MAX = 64, BODY_MAX = 8 << 20 };

static int64_t port = 4318, rate = 0, seconds = 10, connections = 8, runs = 5;
static int64_t max_spans = 0;
static const char *ingest_key = "", *read_key = NULL;

static const struct opt table[] = {
	{ "port", 'p', OPT_INT, &port, 1, 65535, "N", "of the gateway" },
	{ "rate", 'r', OPT_INT, &rate, 0, 10000000, "N",
	    "spans a second, all connections (0: as fast as it goes)" },
	{ "seconds", 't', OPT_INT, &seconds, 1, 86400, "N", "how long" },
	{ "connections", 'c', OPT_INT, &connections, 1, THREADS_MAX - 1, "N",
	    "at the same time" },
	{ "runs", 0, OPT_INT, &runs, 1, 1000, "N", "traces in a request" },
	{ "spans", 0, OPT_INT, &max_spans, 0, INT64_C(1) << 40, "N",
	    "stop after so many (0: no limit)" },
	{ "ingest-key", 0, OPT_TEXT, &ingest_key, 0, 0, "KEY", "to send with" },
	{ "read-key", 0, OPT_TEXT, &read_key, 0, 0, "KEY",
	    "to probe with; without it only acknowledgements are measured" },
	{ 0 }
};

struct samples {
	int64_t *us;
	size_t n, cap;
};

struct sender {
	pthread_t thread;
	int index;
	int fd;
	struct samples acks;
	uint64_t spans, refused;
};

/* The probe looks at one fresh run at a time. */
static pthread_mutex_t probe_lock = PTHREAD_MUTEX_INITIALIZER;
static char probe_id[33];
static int64_t probe_acked_ns;
static atomic_bool is_over;
static atomic_uint_fast64_t sent_spans;
static int64_t started_ns;

static void
add_sample(struct samples *s, int64_t ns)
{
	s->us = mem_more(s->us, s->n, &s->cap, sizeof(*s->us));
	s->us[s->n++] = ns / 1000;
}

static int
connect_gateway(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		perror("load: connect");
		exit(EXIT_AGAIN);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Protobuf, by hand: tag, varint, length-delimited. */
static void
put_varint(struct buf *b, uint64_t v)
{
	while (v >= 0x80) {
		buf_add_byte(b, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buf_add_byte(b, (uint8_t)v);
}

static void
put_bytes(struct buf *b, unsigned field, const void *p, size_t n)
{
	put_varint(b, field << 3 | 2);
	put_varint(b, n);
	buf_add(b, p, n);
}

static void
put_fixed64(struct buf *b, unsigned field, uint64_t v)
{
	put_varint(b, field << 3 | 1);
	for (int i = 0; i < 8; i++)
		buf_add_byte(b, (uint8_t)(v >> (8 * i)));
}

static void
put_attr(struct buf *b, const char *key, const char *text, int64_t number)
{
	struct buf attr, value;

	buf_init(&attr, 1024);
	buf_init(&value, 512);
	if (text) {
		put_bytes(&value, 1, text, strlen(text));
	} else {
		put_varint(&value, 3 << 3);
		put_varint(&value, (uint64_t)number);
	}
	put_bytes(&attr, 1, key, strlen(key));
	put_bytes(&attr, 2, value.p, value.n);
	put_bytes(b, 9, attr.p, attr.n);
	buf_fini(&value);
	buf_fini(&attr);
}

static void
put_common(struct buf *b, uint64_t number)
{
	char text[64];

	put_attr(b, "deployment.region", "eu-central-1", 0);
	put_attr(b, "app.version", "2026.11.3", 0);
	put_attr(b, "thread.id", NULL, (int64_t)(number % 16));
	snprintf(text, sizeof(text), "req-%llu", (unsigned long long)number);
	put_attr(b, "request.id", text, 0);
}

static void
put_model_call(struct buf *b, uint64_t number)
{
	put_attr(b, "gen_ai.operation.name", "chat", 0);
	put_attr(b, "gen_ai.request.model", "gpt-4o-mini", 0);
	put_attr(b, "gen_ai.response.model", "gpt-4o-mini-2024-07-18", 0);
	put_attr(b, "gen_ai.provider.name", "openai", 0);
	put_attr(b, "gen_ai.usage.input_tokens", NULL,
	    (int64_t)(100 + number % 900));
	put_attr(b, "gen_ai.usage.output_tokens", NULL,
	    (int64_t)(10 + number % 90));
	put_attr(b, "gen_ai.response.finish_reasons", "stop", 0);
}

static void
put_tool_call(struct buf *b, uint64_t number, int i)
{
	static const char *const tools[] = { "search", "get_order", "refund",
		"lookup_user", "send_mail" };
	char text[96];

	put_attr(b, "gen_ai.operation.name", "execute_tool", 0);
	put_attr(b, "gen_ai.tool.name", tools[i % 5], 0);
	snprintf(text, sizeof(text), "call_%llu_%d",
	    (unsigned long long)number, i);
	put_attr(b, "gen_ai.tool.call.id", text, 0);
	snprintf(text, sizeof(text), "{\"order\":\"W%llu\"}",
	    (unsigned long long)(number * 7919 % 10000000));
	put_attr(b, "gen_ai.tool.call.arguments", text, 0);
	put_attr(b, "gen_ai.tool.call.result",
	    "{\"status\":\"shipped\",\"items\":3}", 0);
	put_attr(b, "tool.kind", "function", 0);
	put_attr(b, "retries", NULL, 0);
}

static void
put_root(struct buf *b, uint64_t number)
{
	char text[64];

	put_attr(b, "gen_ai.operation.name", "invoke_agent", 0);
	put_attr(b, "tcc.agent", number % 3 ? "support" : "billing", 0);
	snprintf(text, sizeof(text), "user-%llu",
	    (unsigned long long)(number % 1000));
	put_attr(b, "tcc.userId", text, 0);
	snprintf(text, sizeof(text), "session-%llu",
	    (unsigned long long)(number / 4));
	put_attr(b, "tcc.sessionId", text, 0);
	put_attr(b, "gen_ai.input.messages", "[{\"role\":\"user\",\"parts\":"
	    "[{\"type\":\"text\",\"content\":\"Where is my order?\"}]}]", 0);
	put_attr(b, "gen_ai.output.messages", "[{\"role\":\"assistant\","
	    "\"parts\":[{\"type\":\"text\",\"content\":\"It was shipped "
	    "yesterday and arrives tomorrow.\"}]}]", 0);
	put_attr(b, "tcc.conversational", "true", 0);
}

static bool
is_failing(uint64_t number)
{
	return number % 10 == 0;
}

static void
put_span(struct buf *request, const uint8_t trace[16], uint64_t number, int i,
    uint64_t start_ns)
{
	bool fails = i == SPANS_PER_RUN - 1 && is_failing(number);
	uint8_t id[8], root[8];
	struct buf span, status;
	char name[32];

	memcpy(id, trace, 8);
	memcpy(root, trace, 8);
	id[7] = (uint8_t)(i + 1);
	root[7] = 1;
	buf_init(&span, 64 << 10);
	put_bytes(&span, 1, trace, 16);
	put_bytes(&span, 2, id, 8);
	if (i)
		put_bytes(&span, 4, root, 8);
	snprintf(name, sizeof(name), i == 0 ? "invoke_agent" :
	    i < 5 ? "chat gpt-4o-mini" : "execute_tool");
	put_bytes(&span, 5, name, strlen(name));
	put_fixed64(&span, 7, start_ns + (uint64_t)i * 1000000);
	put_fixed64(&span, 8, i ? start_ns + (uint64_t)(i + 1) * 1000000 +
	    number % 1000 * 1000 : start_ns + 20000000);
	put_common(&span, number);
	if (i == 0)
		put_root(&span, number);
	else if (i < 5)
		put_model_call(&span, number + (uint64_t)i);
	else
		put_tool_call(&span, number, i);
	buf_init(&status, 256);
	if (fails)
		put_bytes(&status, 2, "upstream timeout", 16);
	put_varint(&status, 3 << 3);
	put_varint(&status, fails ? 2 : 0);
	put_bytes(&span, 15, status.p, status.n);
	put_bytes(request, 2, span.p, span.n);
	buf_fini(&status);
	buf_fini(&span);
}

/* One request with `runs` traces; the id of one that fails goes to id_hex, or
 * "" if none does. */
static void
make_body(struct buf *body, uint64_t first, char id_hex[33])
{
	struct buf scope, resource;

	id_hex[0] = '\0';
	buf_init(&scope, BODY_MAX);
	buf_init(&resource, BODY_MAX);
	for (int64_t r = 0; r < runs; r++) {
		uint64_t now_ns = (uint64_t)clock_now_ns();
		uint8_t trace[16];

		hash_random(trace, sizeof(trace));
		for (int i = 0; i < SPANS_PER_RUN; i++)
			put_span(&scope, trace, first + (uint64_t)r, i,
			    now_ns);
		if (is_failing(first + (uint64_t)r))
			hex_encode(trace, sizeof(trace), id_hex);
	}
	put_bytes(&resource, 2, scope.p, scope.n);
	buf_reset(body);
	put_bytes(body, 1, resource.p, resource.n);
	buf_fini(&scope);
	buf_fini(&resource);
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);

		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

/* Reads one answer with a Content-Length; its status, or -1. */
static int
read_answer(int fd, struct buf *in)
{
	size_t head = SIZE_MAX, length = 0;

	buf_reset(in);
	for (;;) {
		char *to = buf_reserve(in, 16 << 10);
		ssize_t n = to ? recv(fd, to, 16 << 10, 0) : -1;

		if (n <= 0)
			return -1;
		in->n += (size_t)n;
		if (head == SIZE_MAX) {
			size_t at;

			head = str_find(buf_str(in), STR("\r\n\r\n"), 0);
			if (head == SIZE_MAX)
				continue;
			at = str_find(buf_str(in), STR("Content-Length: "), 0);
			if (at != SIZE_MAX)
				length = strtoul(in->p + at + 16, NULL, 10);
		}
		if (in->n >= head + 4 + length)
			return (int)strtol(in->p + 9, NULL, 10);
	}
}

static int
post(int fd, const struct buf *body, struct buf *in)
{
	char head[512];
	int n = snprintf(head, sizeof(head), "POST /v1/traces HTTP/1.1\r\n"
	    "Host: localhost\r\nAuthorization: Bearer %s\r\n"
	    "Content-Type: application/x-protobuf\r\n"
	    "Content-Length: %zu\r\n\r\n", ingest_key, body->n);

	if (!write_all(fd, head, (size_t)n) ||
	    !write_all(fd, body->p, body->n))
		return -1;
	return read_answer(fd, in);
}

static bool
is_time_over(void)
{
	return clock_mono_ns() - started_ns >= seconds * INT64_C(1000000000) ||
	    (max_spans && (int64_t)atomic_load(&sent_spans) >= max_spans);
}

static void *
send_loop(void *arg)
{
	struct sender *s = arg;
	int64_t spans = runs * SPANS_PER_RUN;
	int64_t period_ns = rate ? spans * connections * 1000000000 / rate : 0;
	int64_t due = started_ns + period_ns * s->index / connections;
	uint64_t number = (uint64_t)s->index << 40;
	struct buf body, in;
	char id[33];

	buf_init(&body, BODY_MAX);
	buf_init(&in, 1 << 20);
	s->fd = connect_gateway();
	while (!is_time_over()) {
		int64_t begun;
		int status;

		make_body(&body, number, id);
		number += (uint64_t)runs;
		if (period_ns && clock_mono_ns() < due)
			usleep((useconds_t)((due - clock_mono_ns()) / 1000));
		begun = period_ns ? due : clock_mono_ns();
		due += period_ns;
		status = post(s->fd, &body, &in);
		if (status != 200) {
			s->refused++;
			if (status < 0) {
				close(s->fd);
				s->fd = connect_gateway();
			} else {
				clock_sleep_ms(100);
			}
			continue;
		}
		add_sample(&s->acks, clock_mono_ns() - begun);
		s->spans += (uint64_t)spans;
		atomic_fetch_add(&sent_spans, (uint64_t)spans);
		if (!id[0])
			continue;
		pthread_mutex_lock(&probe_lock);
		memcpy(probe_id, id, sizeof(probe_id));
		probe_acked_ns = clock_mono_ns();
		pthread_mutex_unlock(&probe_lock);
	}
	close(s->fd);
	buf_fini(&body);
	buf_fini(&in);
	return NULL;
}

static int
get_run(int fd, const char *id, struct buf *in)
{
	char head[512];
	int n = snprintf(head, sizeof(head), "GET /v1/runs/%s?source=prod "
	    "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
	    id, read_key);

	return write_all(fd, head, (size_t)n) ? read_answer(fd, in) : -1;
}

struct probe {
	struct samples reads, queryable, classified;
};

/* Follows fresh runs from their acknowledgement to their verdict. */
static void *
probe_loop(void *arg)
{
	struct probe *p = arg;
	int fd = connect_gateway();
	char last[33] = "";
	struct buf in;

	buf_init(&in, 1 << 20);
	while (!atomic_load(&is_over)) {
		int64_t acked, begun, give_up;
		bool is_seen = false;
		char id[33];

		pthread_mutex_lock(&probe_lock);
		memcpy(id, probe_id, sizeof(id));
		acked = probe_acked_ns;
		pthread_mutex_unlock(&probe_lock);
		if (!id[0] || strcmp(id, last) == 0) {
			usleep(500);
			continue;
		}
		memcpy(last, id, sizeof(last));
		give_up = acked + INT64_C(10000000000);
		while (clock_mono_ns() < give_up) {
			int status;

			begun = clock_mono_ns();
			status = get_run(fd, id, &in);
			if (status < 0)
				goto out;
			if (status == 200 && !is_seen) {
				add_sample(&p->reads, clock_mono_ns() - begun);
				add_sample(&p->queryable,
				    clock_mono_ns() - acked);
				is_seen = true;
			}
			if (status == 200 && str_find(buf_str(&in),
			    STR("\"failure_id\""), 0) != SIZE_MAX)
				break;
			usleep(1000);
		}
		add_sample(&p->classified, clock_mono_ns() - acked);
		usleep(2000);
	}
out:
	close(fd);
	buf_fini(&in);
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
quantile_ms(struct samples *s, double q)
{
	if (s->n == 0)
		return -1;
	qsort(s->us, s->n, sizeof(*s->us), by_value);
	return (double)s->us[(size_t)(q * (double)(s->n - 1))] / 1000;
}

static void
report(struct sender *senders, struct probe *probe)
{
	struct samples acks = { 0 };
	uint64_t spans = 0, refused = 0;
	double took = (double)(clock_mono_ns() - started_ns) / 1e9;

	for (int64_t i = 0; i < connections; i++) {
		spans += senders[i].spans;
		refused += senders[i].refused;
		for (size_t j = 0; j < senders[i].acks.n; j++)
			add_sample(&acks, senders[i].acks.us[j] * 1000);
	}
	printf("{\"spans\":%llu,\"seconds\":%.2f,\"spans_per_second\":%.0f,"
	    "\"refused_requests\":%llu,\"ack_ms\":{\"p50\":%.2f,\"p99\":%.2f}",
	    (unsigned long long)spans, took, (double)spans / took,
	    (unsigned long long)refused, quantile_ms(&acks, .5),
	    quantile_ms(&acks, .99));
	if (probe)
		printf(",\"probes\":%zu,\"get_run_ms\":{\"p50\":%.2f,"
		    "\"p99\":%.2f},\"accepted_to_queryable_ms\":{\"p50\":%.2f,"
		    "\"p99\":%.2f},\"accepted_to_classified_ms\":{\"p50\":"
		    "%.2f,\"p99\":%.2f}", probe->classified.n,
		    quantile_ms(&probe->reads, .5),
		    quantile_ms(&probe->reads, .99),
		    quantile_ms(&probe->queryable, .5),
		    quantile_ms(&probe->queryable, .99),
		    quantile_ms(&probe->classified, .5),
		    quantile_ms(&probe->classified, .99));
	printf("}\n");
}

int
main(int argc, char **argv)
{
	struct sender senders[THREADS_MAX] = { 0 };
	struct probe probe = { 0 };
	pthread_t probe_thread;

	if (opts_parse(table, "load [options]", argc, argv) != argc)
		opts_die("takes no operands");
	hash_setup();
	started_ns = clock_mono_ns();
	if (read_key)
		pthread_create(&probe_thread, NULL, probe_loop, &probe);
	for (int64_t i = 0; i < connections; i++) {
		senders[i].index = (int)i;
		pthread_create(&senders[i].thread, NULL, send_loop,
		    &senders[i]);
	}
	for (int64_t i = 0; i < connections; i++)
		pthread_join(senders[i].thread, NULL);
	atomic_store(&is_over, true);
	if (read_key)
		pthread_join(probe_thread, NULL);
	report(senders, read_key ? &probe : NULL);
	return EXIT_DONE;
}
