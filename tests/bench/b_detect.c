/*
 * The classifier: runs a CPU-second, and whether memory grows.
 *
 * A run has 30 messages: the ten turns before it in its session (20 messages),
 * its own prompt and response, and eight tool results, of different lengths
 * and moods.  Two figures: detect_run alone, and all that a worker does with a
 * lease but talking to the store: events and heads decoded, the run folded,
 * the verdict encoded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "detect/detect.h"

enum { VARIANTS = 64, EARLIER = 10, TOOLS = 8, ARENA_MAX = 64 << 20 };

static const char *const prompts[] = {
	"Where is my order W5512? It should have arrived last Tuesday.",
	"I'd like to exchange the blue jacket for a larger size, please.",
	"No, that is not what I asked for. I said the blue one, not the red.",
	"This is useless. I have told you three times that it is broken!",
	"Thanks, that is all I needed. Have a nice day.",
	"What do you mean by pending? I do not understand.",
	"Can you also change the address to 12 Alder Street, Springfield?",
	"Yes, please go ahead.",
};
static const char *const answers[] = {
	"Your order #W5512 was shipped on 2026-11-17 and is expected to arrive "
	"within two days. You can follow it with the tracking number 7732.",
	"I found the jacket in size L. The price is the same, $84.20, so there "
	"is nothing to pay. Shall I go ahead with the exchange?",
	"I apologize for the confusion. Let me look at that again: the order "
	"holds two jackets, one blue and one red. Which of them is it about?",
	"I'm sorry, but I am unable to change an order that was shipped.",
	"The exchange is done. You will get an e-mail with a label. Is there "
	"anything else that I can help you with?",
};
static const char *const results[] = {
	"{\"order_id\":\"#W5512\",\"status\":\"shipped\",\"items\":[{\"name\":"
	"\"Jacket\",\"color\":\"blue\",\"size\":\"M\",\"price\":84.2},{\"name\""
	":\"Jacket\",\"color\":\"red\",\"size\":\"S\",\"price\":79.9}]}",
	"{\"user_id\":\"mia_garcia_4516\",\"address\":{\"city\":\"Springfield\""
	",\"zip\":\"62701\"},\"orders\":[\"#W5512\",\"#W3810\"]}",
	"Error: order W99 not found",
	"{\"ok\":true,\"exchange\":\"pending\"}",
};

struct sample {
	struct buf events;              /* of the run */
	struct buf heads;               /* of the turns before it */
	size_t ends[EARLIER];
};

static struct sample samples[VARIANTS];

static void
encode(struct event_builder *b, struct buf *out)
{
	struct event ev;

	if (!event_end(b, &ev))
		BUG("out of memory");
	ev.project = STR("demo");
	ev.env = ENV_PROD;
	ev.received_ms = INT64_C(1795334013008);
	ev.source = STR("tcc");
	event_encode(&ev, out);
}

static void
add_run(struct arena *a, int number, int turn, struct buf *out)
{
	struct str id = arena_printf(a, "run-%d-%d", number, turn);
	int64_t start = (INT64_C(1795334013) + turn * 60) * 1000000000;
	struct event_builder b;

	event_begin(&b, a, EVENT_RUN, id, id);
	event_text(&b, FIELD_RUN_session_id, arena_printf(a, "s-%d", number));
	event_text(&b, FIELD_RUN_agent, STR("orders-agent"));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, start);
	event_int(&b, FIELD_RUN_end_ns, start + 4000000000);
	event_int(&b, FIELD_RUN_status, STATUS_OK);
	event_text(&b, FIELD_RUN_user_prompt, str_from(
	    prompts[(number + turn * 3) % (int)ARRAY_LEN(prompts)]));
	event_text(&b, FIELD_RUN_response, str_from(
	    answers[(number * 7 + turn) % (int)ARRAY_LEN(answers)]));
	encode(&b, out);
}

static void
add_tools(struct arena *a, int number, struct buf *out)
{
	struct str run = arena_printf(a, "run-%d-%d", number, EARLIER);

	for (int i = 0; i < TOOLS; i++) {
		struct event_builder b;

		event_begin(&b, a, EVENT_SPAN, run,
		    arena_printf(a, "tool-%d", i));
		event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
		event_text(&b, FIELD_SPAN_name, i % 2 ? STR("get_order") :
		    STR("find_user"));
		event_int(&b, FIELD_SPAN_start_ns, 1795334013000000000 + i);
		event_text(&b, FIELD_SPAN_input,
		    arena_printf(a, "{\"id\":%d}", number + i));
		event_text(&b, FIELD_SPAN_output, str_from(
		    results[(number + i) % (int)ARRAY_LEN(results)]));
		encode(&b, out);
	}
}

/* The run, folded from encoded events. */
static struct run *
fold(struct str bytes, struct arena *a)
{
	struct pack_reader r = pack_reader(bytes);
	struct event events[1 + TOOLS];
	struct err e = ERR_INIT;
	struct run *run = NULL;
	size_t n = 0;

	while (pack_left(&r))
		if (event_decode(&r, a, &events[n++], &e))
			BUG("%s", e.text);
	if (run_fold(events, n, events[0].run_id, a, &run, &e))
		BUG("%s", e.text);
	return run;
}

static void
make_sample(int number)
{
	struct sample *s = &samples[number];
	struct arena *a = arena_new(ARENA_MAX);
	struct buf one;

	buf_init(&s->events, 1 << 20);
	buf_init(&s->heads, 1 << 20);
	buf_init(&one, 1 << 20);
	for (int i = 0; i < EARLIER; i++) {
		buf_reset(&one);
		add_run(a, number, i, &one);
		run_head_encode(fold(buf_str(&one), a), &s->heads);
		s->ends[i] = s->heads.n;
	}
	add_run(a, number, EARLIER, &s->events);
	add_tools(a, number, &s->events);
	buf_fini(&one);
	arena_free(a);
}

static struct detect_input
read_sample(const struct sample *s, struct arena *a)
{
	const struct run **earlier = arena_array(a, EARLIER,
	    sizeof(struct run *));
	struct err e = ERR_INIT;

	for (size_t i = 0, from = 0; i < EARLIER; from = s->ends[i++]) {
		struct run *run;

		if (run_head_decode(str_of(s->heads.p + from,
		    s->ends[i] - from), STR("earlier"), a, &run, &e))
			BUG("%s", e.text);
		earlier[i] = run;
	}
	return (struct detect_input){ .run = fold(buf_str(&s->events), a),
		.earlier = earlier, .n_earlier = EARLIER, .pass = 1 };
}

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
resident_kb(void)
{
	long total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * sysconf(_SC_PAGESIZE) / 1024;
}

/* Classifies n runs; how many findings there were. */
static size_t
whole(struct detector *d, struct arena *a, struct buf *out, size_t n)
{
	struct err e = ERR_INIT;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct detect_input in;
		struct detect_verdict v;

		arena_reset(a);
		buf_reset(out);
		in = read_sample(&samples[i % VARIANTS], a);
		if (detect_run(d, &in, a, &v, &e))
			BUG("%s", e.text);
		for (size_t j = 0; j < v.n; j++)
			event_encode(&v.events[j], out);
		found += v.n - 1;
	}
	return found;
}

/* Only detect_run, each run read once. */
static double
alone(struct detector *d, struct arena *a, size_t rounds)
{
	double spent = 0;
	struct err e = ERR_INIT;

	for (int s = 0; s < VARIANTS; s++) {
		struct arena *work = arena_new(ARENA_MAX);
		struct detect_verdict v;
		struct detect_input in;
		double began;

		arena_reset(a);
		in = read_sample(&samples[s], a);
		began = cpu_s();
		for (size_t i = 0; i < rounds; i++) {
			arena_reset(work);
			if (detect_run(d, &in, work, &v, &e))
				BUG("%s", e.text);
		}
		spent += cpu_s() - began;
		arena_free(work);
	}
	return (double)(rounds * VARIANTS) / spent;
}

int
main(void)
{
	enum { WARM = 2000, RUNS = 40000, PARTS = 4 };
	struct arena *a = arena_new(ARENA_MAX);
	struct detector *d = detector_new();
	struct buf out;

	hash_setup();
	buf_init(&out, 1 << 20);
	for (int i = 0; i < VARIANTS; i++)
		make_sample(i);
	printf("runs of 30 messages: 10 earlier turns, a prompt, a response, "
	    "8 tool results\n");
	(void)whole(d, a, &out, WARM);
	printf("resident after %d runs: %ld KB\n", WARM, resident_kb());
	for (int part = 1; part <= PARTS; part++) {
		double began = cpu_s();
		size_t found = whole(d, a, &out, RUNS / PARTS);

		printf("decoded, folded, classified, encoded: %.0f runs a "
		    "CPU-second, %.2f findings a run; resident %ld KB\n",
		    (double)RUNS / PARTS / (cpu_s() - began),
		    (double)found * PARTS / RUNS, resident_kb());
	}
	printf("detect_run alone: %.0f runs a CPU-second (target: 10000)\n",
	    alone(d, a, 200));
	for (int i = 0; i < VARIANTS; i++) {
		buf_fini(&samples[i].events);
		buf_fini(&samples[i].heads);
	}
	buf_fini(&out);
	detector_free(d);
	arena_free(a);
	return 0;
}
