/* Which sentences score above others, evidence, any bytes, determinism. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/score.h"
#include "detect/text.h"
#include "tap.h"

enum { MESSAGES = 4 };

/* A dialogue: user, assistant, user, … ending with the user. */
struct sample {
	const char *says[MESSAGES];
};

static double
score_of(struct scorer *s, enum score_pattern p, const struct sample *d,
    struct score_result *r)
{
	struct turn t[MESSAGES];
	size_t n = 0;

	while (n < MESSAGES && d->says[n]) {
		t[n] = (struct turn){ n % 2 ? TURN_ASSISTANT : TURN_USER,
			str_from(d->says[n]) };
		n++;
	}
	scorer_load(s, t, n);
	score_turn(s, p, n - 1, r);
	return r->score;
}

static const struct {
	enum score_pattern pattern;
	bool above;             /* the threshold */
	struct sample d;
} table[] = {
#define YES(p, ...) { SCORE_##p, true, { { __VA_ARGS__ } } }
#define NO(p, ...) { SCORE_##p, false, { { __VA_ARGS__ } } }
	NO(USER_FRUSTRATION, "I need a train to Cambridge on Friday"),
	NO(USER_FRUSTRATION, "my flight was cancelled, can you rebook?"),
	NO(USER_FRUSTRATION, "Could you fix the failing test in parser.c?"),
	NO(USER_FRUSTRATION, "I lost my card, how do I get a new one?"),
	NO(USER_FRUSTRATION, "Find a hotel", "Cityroomz is nice. Anything "
	    "else?", "No, that's all, thank you!"),
	NO(USER_FRUSTRATION, "Find a hotel", "What area?", "the north please"),
	NO(USER_FRUSTRATION, "Find a hotel", "Do you need parking?", "no"),
	NO(USER_FRUSTRATION, "Perfect, exactly what I needed!"),
	YES(USER_FRUSTRATION, "This is ridiculous."),
	YES(USER_FRUSTRATION, "still waiting, no reply for three weeks!!"),
	YES(USER_FRUSTRATION, "I want to speak to a human"),
	YES(USER_FRUSTRATION, "Find a cheap hotel in the north",
	    "The Ritz in the south is expensive and lovely.",
	    "No, I said cheap. That's not what I asked for."),
	YES(USER_FRUSTRATION, "Where is my order?",
	    "Please provide your order number.",
	    "I already told you, why do you keep asking the same thing?"),
	YES(USER_FRUSTRATION, "\xe9\x83\xbd\xe4\xb8\x89\xe5\xa4\xa9\xe4\xba"
	    "\x86\xe6\x80\x8e\xe4\xb9\x88\xe8\xbf\x98\xe6\xb2\xa1\xe5\x8f\x91"
	    "\xe8\xb4\xa7\xef\xbc\x8c\xe6\x88\x91\xe8\xa6\x81\xe6\x8a\x95\xe8"
	    "\xaf\x89"),
	YES(USER_FRUSTRATION, "Ich warte seit drei Wochen, das ist eine "
	    "Frechheit!"),
	YES(USER_CONFUSION, "Book it", "Your PNR is in the GDS.",
	    "I don't understand, what do you mean?"),
	NO(USER_CONFUSION, "I need a train to Cambridge on Friday"),
	YES(TASK_FAILURE, "Fix the login", "I have fixed it.",
	    "It still doesn't work, same error as before."),
	NO(TASK_FAILURE, "I'd like a table for two at 7 pm"),
	YES(USER_REPEATS, "I need a cheap Italian restaurant in the north",
	    "I like football.",
	    "I need a cheap Italian restaurant in the north"),
	NO(USER_REPEATS, "I need a cheap Italian restaurant", "There is Zizzi.",
	    "What is the phone number?"),
	YES(USER_CORRECTS, "A table on Friday", "Booked for Thursday.",
	    "No, I said Friday, not Thursday."),
	NO(USER_CORRECTS, "A table on Friday", "Booked. Anything else?",
	    "No, that's all."),
	YES(USER_PRAISES, "Thank you so much, that was very helpful!"),
	NO(USER_PRAISES, "This is not helpful at all"),
	NO(USER_PRAISES, "thanks for nothing, it is still broken"),
};

static void
check_table(struct scorer *s)
{
	struct score_result r;
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(table); i++) {
		const struct sample *d = &table[i].d;

		for (n = 0; n < MESSAGES && d->says[n]; n++)
			;
		score_of(s, table[i].pattern, d, &r);
		if (!ok((r.score >= r.threshold) == table[i].above,
		    "%s %s: %.60s", score_name(table[i].pattern),
		    table[i].above ? "yes" : "no", d->says[n - 1]))
			printf("# score %.3f\n", r.score);
		ok(r.from <= r.to && r.to <= strlen(d->says[n - 1]),
		    "evidence lies in the message");
		ok(!table[i].above || (r.from < r.to && r.n_reasons > 0),
		    "what is reported has evidence and reasons");
	}
}

static const struct {
	struct sample more, less;
} pairs[] = {
	{ { { "this is ridiculous" } }, { { "this is interesting" } } },
	{ { { "I am STILL WAITING!!!" } }, { { "I am waiting" } } },
	{ { { "A taxi", "When?", "I already said 5 pm" } },
	    { { "A taxi", "When?", "5 pm" } } },
	{ { { "A taxi to Ely", "Ely is a city.", "A taxi to Ely now" } },
	    { { "A taxi to Ely", "When?", "Leaving now" } } },
	{ { { "A taxi", "You want a train.", "no" } },
	    { { "A taxi", "Do you want a train too?", "no" } } },
	{ { { "A room", "There are none, sorry.", "Are you sure? Try again" } },
	    { { "A room", "I found one.", "Great, book it" } } },
	{ { { "that's not good" } }, { { "that's good" } } },
	{ { { "your service is bad" } }, { { "no problem, not bad" } } },
	{ { { "gracias por nada, esto es una estafa" } },
	    { { "hola, necesito un hotel por favor" } } },
	{ { { "C'est inadmissible, toujours pas de r\xc3\xa9ponse" } },
	    { { "Bonjour, je cherche un h\xc3\xb4tel" } } },
};

static void
check_pairs(struct scorer *s)
{
	struct score_result a, b;
	size_t i;

	for (i = 0; i < ARRAY_LEN(pairs); i++) {
		score_of(s, SCORE_USER_FRUSTRATION, &pairs[i].more, &a);
		score_of(s, SCORE_USER_FRUSTRATION, &pairs[i].less, &b);
		if (!ok(a.score > b.score, "pair %zu", i))
			printf("# %.3f and %.3f\n", a.score, b.score);
	}
}

static double
answer_of(struct scorer *s, enum score_pattern p, const char *source,
    const char *answer)
{
	struct turn t[2] = { { TURN_TOOL, str_from(source) },
		{ TURN_ASSISTANT, str_from(answer) } };

	scorer_load(s, t, 2);
	return score_quick(s, p, 1);
}

static void
check_answers(struct scorer *s)
{
	const char *source = "The Alps have 82 peaks above 4000 metres. The "
	    "highest of them is Mont Blanc, on the border of France and Italy.";

	ok(answer_of(s, SCORE_REFUSAL, "", "I'm sorry, but I can't help with "
	    "that.") > 0.5, "a refusal");
	ok(answer_of(s, SCORE_REFUSAL, "", "Here are three hotels.") < 0.5,
	    "no refusal");
	ok(answer_of(s, SCORE_EMPTY_ANSWER, "", "  \n") > 0.5, "empty");
	ok(answer_of(s, SCORE_EMPTY_ANSWER, "", "```c\nint x;") > 0.5,
	    "open code block");
	ok(answer_of(s, SCORE_EMPTY_ANSWER, "", "You can go there by train "
	    "or by bus, and the") > 0.5, "breaks off");
	ok(answer_of(s, SCORE_EMPTY_ANSWER, "", "Done.") < 0.5, "complete");
	ok(answer_of(s, SCORE_UNGROUNDED, source, "The highest of them is "
	    "Mont Blanc, on the border of France and Italy.") < 0.5,
	    "grounded");
	ok(answer_of(s, SCORE_UNGROUNDED, source, "I think Everest has 500 "
	    "hotels and a very good pizza place, do you like skiing?") > 0.5,
	    "not grounded");
	ok(answer_of(s, SCORE_UNGROUNDED, "", "Everest is high.") == 0.0,
	    "no sources: nothing to say");
}

static void
check_names(void)
{
	enum score_pattern p;
	size_t i;

	for (i = 0; i < SCORE_PATTERNS; i++)
		ok(score_by_name(str_from(score_name((enum score_pattern)i)),
		    &p) && p == i, "%s", score_name((enum score_pattern)i));
	ok(!score_by_name(STR("user-"), &p), "no such pattern");
}

/* Every score of every turn of random conversations, in a stable order. */
static void
score_all(struct scorer *s, const struct turn *t, size_t n, double *out)
{
	struct score_result r;
	size_t i, p;

	scorer_load(s, t, n);
	for (i = 0; i < n; i++)
		for (p = 0; p < SCORE_PATTERNS; p++) {
			score_turn(s, (enum score_pattern)p, i, &r);
			assert(r.score >= 0.0 && r.score <= 1.0);
			assert(r.from <= r.to && r.to <= t[i].text.n);
			*out++ = r.score;
		}
}

static void
check_any_bytes(void)
{
	enum { TURNS = 12, BYTES = 400, ROUNDS = 150 };
	struct scorer *s = scorer_new(), *fresh;
	double a[TURNS * SCORE_PATTERNS], b[TURNS * SCORE_PATTERNS];
	char bytes[TURNS][BYTES];
	struct turn t[TURNS];
	uint32_t seed = 7;
	bool same = true;
	size_t i, j, k;

	for (k = 0; k < ROUNDS; k++) {
		for (i = 0; i < TURNS; i++) {
			for (j = 0; j < BYTES; j++) {
				seed = seed * 1664525 + 1013904223;
				bytes[i][j] = (char)(k % 2 ? seed >> 24 :
				    32 + (seed >> 24) % 90);
			}
			t[i] = (struct turn){ (enum turn_role)(seed >> 9 & 3),
				str_of(bytes[i], seed >> 12 & 255) };
		}
		score_all(s, t, TURNS, a);
		fresh = scorer_new();
		score_all(fresh, t, TURNS, b);
		scorer_free(fresh);
		same &= memcmp(a, b, sizeof(a)) == 0;
	}
	ok(same, "the same scores whatever was loaded before");
	scorer_free(s);
}

static void
check_prefix(struct scorer *s)
{
	const char *says[] = { "I need a hotel", "Which area?", "north",
		"Sorry, none.", "Are you sure?", "Yes.", "useless!" };
	struct turn t[ARRAY_LEN(says)];
	double whole[ARRAY_LEN(says)];
	bool same = true;
	size_t i;

	for (i = 0; i < ARRAY_LEN(says); i++)
		t[i] = (struct turn){ i % 2 ? TURN_ASSISTANT : TURN_USER,
			str_from(says[i]) };
	scorer_load(s, t, ARRAY_LEN(says));
	for (i = 0; i < ARRAY_LEN(says); i += 2)
		whole[i] = score_quick(s, SCORE_USER_FRUSTRATION, i);
	for (i = 0; i < ARRAY_LEN(says); i += 2) {
		scorer_load(s, t, i + 1);
		same &= score_quick(s, SCORE_USER_FRUSTRATION, i) == whole[i];
	}
	ok(same, "a score does not depend on what comes after");
}

static void
check_long(struct scorer *s)
{
	enum { TURNS = SCORE_TURNS_MAX + 10, BYTES = 1 << 20 };
	struct turn *t = mem_zalloc(TURNS, sizeof(*t));
	char *text = mem_alloc(BYTES, 1);
	struct score_result r;
	size_t i;

	memset(text, 'a', BYTES);
	for (i = 0; i < BYTES; i += 7)
		text[i] = ' ';
	for (i = 0; i < TURNS; i++)
		t[i] = (struct turn){ TURN_USER, STR("this is useless") };
	t[TURNS - 2].text = str_of(text, BYTES);
	scorer_load(s, t, TURNS);
	ok(score_turn(s, SCORE_USER_FRUSTRATION, TURNS - 1, &r),
	    "the last of many turns");
	ok(!score_turn(s, SCORE_USER_FRUSTRATION, 0, &r) && r.score == 0.0,
	    "a turn that was cut off");
	score_turn(s, SCORE_USER_FRUSTRATION, TURNS - 2, &r);
	ok(r.to <= BYTES, "a message of a megabyte");
	ok(!score_turn(s, SCORE_USER_FRUSTRATION, TURNS + 5, &r),
	    "no such turn");
	scorer_load(s, NULL, 0);
	ok(!score_turn(s, SCORE_USER_FRUSTRATION, 0, &r), "nothing loaded");
	free(t);
	free(text);
}

static uint32_t
only_hash(struct text *t, const char *s)
{
	text_scan(t, str_from(s));
	return t->n == 1 ? t->token[0].hash : 0;
}

static void
check_words(void)
{
	struct text *t = text_new();

	ok(only_hash(t, "Don\xe2\x80\x99t") == only_hash(t, "dont"),
	    "apostrophes and case");
	ok(only_hash(t, "D\xc3\x89\xc3\x87U") == only_hash(t, "decu"),
	    "accents");
	ok(only_hash(t, "\xd0\x9f\xd0\x9b\xd0\x9e\xd0\xa5\xd0\x9e") ==
	    only_hash(t, "\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85\xd0\xbe"),
	    "Cyrillic");
	ok(only_hash(t, "sooooo") == only_hash(t, "soo"), "stretches");
	ok(only_hash(t, "123") == only_hash(t, "7"), "digits");
	text_scan(t, STR("\xe9\x80\x80\xe6\xac\xbe\xef\xbc\x9f"));
	is_int(t->n, 3, "a token a character");
	is_int(t->n_question, 1, "full-width question mark");
	text_scan(t, STR("\xff\xfe@x http://a.b/c, ok"));
	is_int(t->n, 3, "handle, address, word");
	is_int(t->token[1].to - t->token[1].from, 12, "extent of an address");
	text_free(t);
}

int
main(void)
{
	struct scorer *s = scorer_new();

	check_words();
	check_names();
	check_table(s);
	check_pairs(s);
	check_answers(s);
	check_prefix(s);
	check_long(s);
	check_any_bytes();
	scorer_free(s);
	return tap_done();
}
