/* weir tail: what is being committed, as it happens. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "bus/keys.h"
#include "commands.h"
#include "model/event_json.h"
#include "model/run.h"
#include "out.h"
#include "place.h"
#include "store/client.h"
#include "where.h"

enum { ARENA_MAX = 64 << 20, LINE_BYTES = 64 << 20 };

static const char *data, *project, *env, *kind;
static const char *news[BUS_ENDPOINTS_MAX + 1];
static const char *bus_keys_file;
static bool allow_plain, as_json;

static const struct opt table[] = {
	{ "data", 'd', OPT_TEXT, &data, 0, 0, "DIR",
	    "data directory of weir up or weir-store" },
	{ "news", 0, OPT_LIST, news, 0, BUS_ENDPOINTS_MAX, "ENDPOINT",
	    "where weir-store publishes, in place of --data" },
	{ "bus-keys", 0, OPT_TEXT, &bus_keys_file, 0, 0, "FILE",
	    "the cluster's keys, needed for tcp" },
	{ "allow-plain", 0, OPT_FLAG, &allow_plain, 0, 0, NULL,
	    "let tcp on loopback do without keys" },
	{ "project", 'p', OPT_TEXT, &project, 0, 0, "NAME",
	    "only events of this project" },
	{ "env", 'e', OPT_TEXT, &env, 0, 0, "ENV",
	    "only dev, or prod" },
	{ "kind", 'k', OPT_TEXT, &kind, 0, 0, "KIND",
	    "only run, span, score, verdict, signal, failure, ..." },
	{ "json", 'j', OPT_FLAG, &as_json, 0, 0, NULL,
	    "print whole events, as weir cat does" },
	{ 0 }
};

/* Used by the subscriber's thread alone. */
struct tail {
	struct arena *arena;
	struct buf line;
};

static bool
is_wanted(const struct event *ev)
{
	return (!project || str_is(ev->project, project)) &&
	    (!env || strcmp(env, event_env_name(ev->env)) == 0) &&
	    (!kind || (unsigned)ev->kind == event_kind_named(str_from(kind)));
}

/* Words that say what an event is about, never what a person wrote. */
static void
add_facts(struct buf *b, const struct event *ev)
{
	static const struct { enum event_kind kind; unsigned field; } facts[] =
	{
		{ EVENT_RUN, FIELD_RUN_agent },
		{ EVENT_RUN, FIELD_RUN_session_id },
		{ EVENT_SPAN, FIELD_SPAN_name },
		{ EVENT_SPAN, FIELD_SPAN_model_used },
		{ EVENT_SCORE, FIELD_SCORE_name },
		{ EVENT_SCORE, FIELD_SCORE_string_value },
		{ EVENT_SIGNAL, FIELD_SIGNAL_slug },
		{ EVENT_FAILURE, FIELD_FAILURE_failure_id },
		{ EVENT_FAILURE_CHANGE, FIELD_FAILURE_CHANGE_status },
		{ EVENT_INSIGHT, FIELD_INSIGHT_period },
	};

	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const struct value *v = facts[i].kind == ev->kind ?
		    event_get(ev, facts[i].field) : NULL;

		if (!v || v->type != VALUE_TEXT || !v->s.n)
			continue;
		buf_addf(b, " %s=", event_field(ev->kind,
		    facts[i].field)->name);
		out_clean(b, v->s, OUT_CELL_MAX);
	}
}

static bool
is_failed(const struct event *ev)
{
	const struct value *v = ev->kind == EVENT_RUN ?
	    event_get(ev, FIELD_RUN_status) : ev->kind == EVENT_SPAN ?
	    event_get(ev, FIELD_SPAN_status) : NULL;

	return v && v->type == VALUE_INT && v->i == STATUS_ERROR;
}

static void
print_event(struct tail *t, const struct event *ev)
{
	char when[32];

	if (as_json) {
		event_to_json(ev, &t->line);
		out_line(&t->line);
		return;
	}
	buf_addf(&t->line, "%s %-8s ", out_ms(ev->received_ms, when),
	    event_kind_def(ev->kind)->name);
	out_clean(&t->line, ev->project, OUT_CELL_MAX);
	buf_addf(&t->line, "/%s", event_env_name(ev->env));
	if (ev->run_id.n) {
		buf_add_cstr(&t->line, " run=");
		out_clean(&t->line, ev->run_id, OUT_CELL_MAX * 2);
	}
	if (!str_eq(ev->run_id, ev->id)) {
		buf_add_cstr(&t->line, " id=");
		out_clean(&t->line, ev->id, OUT_CELL_MAX * 2);
	}
	add_facts(&t->line, ev);
	if (is_failed(ev))
		buf_add_cstr(&t->line, " ERROR");
	out_line(&t->line);
}

static void
heard(void *arg, struct str events, uint64_t missed)
{
	struct pack_reader r = pack_reader(events);
	struct err e = ERR_INIT;
	struct tail *t = arg;
	struct event ev;

	if (missed)
		fprintf(stderr, "weir tail: missed %llu messages\n",
		    (unsigned long long)missed);
	while (pack_left(&r) > 0) {
		arena_reset(t->arena);
		if (event_decode(&r, t->arena, &ev, &e)) {
			fprintf(stderr, "weir tail: %s\n", e.text);
			return;
		}
		if (is_wanted(&ev))
			print_event(t, &ev);
	}
	/* Whoever read our output has gone: so do we. */
	if (fflush(stdout) != 0 || ferror(stdout))
		kill(getpid(), SIGTERM);
}

static void
check_options(int argc, char **argv)
{
	if (opts_parse(table, "weir tail --data DIR [options]", argc, argv) !=
	    argc)
		opts_die("takes no operands");
	if (!data && !news[0])
		opts_die("--data is missing (or --news)");
	if (data && news[0])
		opts_die("--data and --news: give one of them");
	if (env && strcmp(env, "dev") != 0 && strcmp(env, "prod") != 0)
		opts_die("--env: '%s' is not dev or prod", env);
	if (kind && !event_kind_named(str_from(kind)))
		opts_die("--kind: '%s' is no kind of event", kind);
}

static void
find_news(void)
{
	static char endpoint[PLACE_PATH_MAX];
	struct err e = ERR_INIT;
	struct place place;

	if (!data)
		return;
	if (place_open(&place, data, false, &e))
		opts_die("--data: %s", e.text);
	news[0] = place_endpoint(&place, "news", endpoint);
	if (!where_is_open(&place))
		fprintf(stderr, "weir tail: weir does not run in %s; waiting "
		    "for it\n", place.data);
}

int
cmd_tail(int argc, char **argv)
{
	struct tail t = { .arena = NULL };
	struct store_subscriber *s;
	struct err e = ERR_INIT;
	struct bus_keys keys;
	sigset_t set;
	int signo;

	check_options(argc, argv);
	hash_setup();
	log_setup("weir-tail", LOG_WARN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	find_news();
	if (bus_keys_file && bus_keys_load(&keys, bus_keys_file, &e))
		opts_die("--bus-keys: %s", e.text);
	t.arena = arena_new(ARENA_MAX);
	buf_init(&t.line, LINE_BYTES);
	if (store_subscribe(news, bus_keys_file ? &keys : NULL, allow_plain,
	    heard, &t, &s, &e))
		opts_die("%s", e.text);
	while (sigwait(&set, &signo) != 0)
		continue;
	store_unsubscribe(s);
	arena_free(t.arena);
	buf_fini(&t.line);
	bus_keys_wipe(&keys);
	return EXIT_DONE;
}
