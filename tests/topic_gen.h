#ifndef TESTS_TOPIC_GEN_H
#define TESTS_TOPIC_GEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/mem.h"
#include "topic/topic.h"

/*
 * Planted topics: prompts made of the sentences of
 * tests/fixtures/topics/intents.tsv, "intent<TAB>{a|b} sentence {c|}", in two
 * languages, with some that belong nowhere ("noise").
 */
struct gen_sentence {
	char *intent, *text;
};

struct topic_gen {
	uint64_t state;
	struct gen_sentence v[200];
	size_t n;
	int64_t made;
};

CC_UNUSED static uint64_t
gen_next(struct topic_gen *g)
{
	g->state = g->state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return g->state >> 33;
}

CC_UNUSED static bool
gen_open(struct topic_gen *g, uint64_t seed)
{
	FILE *f = fopen("tests/fixtures/topics/intents.tsv", "r");
	char line[1000], *tab;

	*g = (struct topic_gen){ .state = seed };
	if (!f)
		return false;
	while (g->n < ARRAY_LEN(g->v) && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		tab = strchr(line, '\t');
		if (!tab)
			continue;
		*tab = '\0';
		g->v[g->n++] = (struct gen_sentence){ mem_strdup(line),
			mem_strdup(tab + 1) };
	}
	fclose(f);
	return g->n > 0;
}

CC_UNUSED static void
gen_close(struct topic_gen *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->v[i].intent);
		free(g->v[i].text);
	}
}

/* One of a|b|c. */
CC_UNUSED static void
gen_choice(struct topic_gen *g, struct str s, struct buf *out)
{
	size_t n = 1, k;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '|';
	k = gen_next(g) % n;
	while (k-- > 0)
		(void)str_cut(&s, '|');
	buf_add_str(out, str_cut(&s, '|'));
}

/* A sentence of the intent, on the heap. */
CC_UNUSED static char *
gen_text(struct topic_gen *g, const char *intent)
{
	size_t fits[200], n = 0, size;
	struct str s, part;
	struct buf out;

	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->v[i].intent, intent) == 0)
			fits[n++] = i;
	if (n == 0)
		abort();
	s = str_from(g->v[fits[gen_next(g) % n]].text);
	buf_init(&out, 4096);
	while (s.p) {
		part = str_cut(&s, '{');
		buf_add_str(&out, part);
		if (!s.p)
			break;
		gen_choice(g, str_cut(&s, '}'), &out);
	}
	buf_add_byte(&out, '\0');
	return buf_detach(&out, &size);
}

struct gen_prompts {
	struct topic_prompt *v;
	const char **intent;
	size_t n, cap, intent_cap;
};

/* Adds n prompts of the intent, one a minute from ms on. */
CC_UNUSED static void
gen_add(struct topic_gen *g, struct gen_prompts *p, const char *intent,
    size_t n, int64_t ms)
{
	for (size_t i = 0; i < n; i++) {
		p->v = mem_more(p->v, p->n, &p->cap, sizeof(*p->v));
		p->intent = mem_more(p->intent, p->n, &p->intent_cap,
		    sizeof(*p->intent));
		p->v[p->n] = (struct topic_prompt){
		    str_from(mem_printf("run-%lld", (long long)g->made++)),
		    str_from(gen_text(g, intent)),
		    ms + (int64_t)i * 60000 };
		p->intent[p->n++] = intent;
	}
}

CC_UNUSED static void
gen_prompts_fini(struct gen_prompts *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free((void *)(uintptr_t)p->v[i].id.p);
		free((void *)(uintptr_t)p->v[i].text.p);
	}
	free(p->v);
	free(p->intent);
}

static const char *const gen_intents[] CC_UNUSED = { "refund_late",
	"password", "cancel_sub", "track_parcel", "change_address", "invoice",
	"damaged", "book_flight", "weather", "api_error", "python_code",
	"recipe", "de_liefertermin", "de_kuendigung", "de_rechnung" };

#endif
