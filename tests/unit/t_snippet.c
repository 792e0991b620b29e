/* lib/fulltext/snippet: the part of a text that shows why it was found. */
#include "fulltext/snippet.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tap.h"

static const struct query_field fields[] = {
	{ "prompt", 1, 0 }, { "error", 2, 0 }, { "agent", 0, 'a' },
	{ NULL, 0, 0 }
};
static struct arena *arena;

/* The stretch with its marks in [ ], … where it is cut; "-": none. */
static const char *
shown(const char *query, unsigned field, struct str text, size_t max)
{
	static char out[4000];
	struct err e = ERR_INIT;
	struct snippets *s;
	struct snippet part;
	struct query_node *q;
	struct buf b;
	size_t at = 0;

	arena_reset(arena);
	if (query_parse(str_from(query), fields, QUERY_ALL, arena, &q, &e))
		return "!";
	s = snippets_new(q);
	buf_init(&b, sizeof(out) - 1);
	if (!snippets_find(s, field, text, max, &part)) {
		buf_add_byte(&b, '-');
		part.nmarks = 0;
		part.text = STR("");
		part.is_cut_before = part.is_cut_behind = false;
	}
	buf_add_cstr(&b, part.is_cut_before ? "~" : "");
	for (size_t i = 0; i < part.nmarks; i++) {
		buf_add(&b, part.text.p + at, part.marks[i].from - at);
		buf_add_byte(&b, '[');
		at = part.marks[i].to;
		buf_add(&b, part.text.p + part.marks[i].from,
		    at - part.marks[i].from);
		buf_add_byte(&b, ']');
	}
	buf_add_str(&b, str_from_index(part.text, at));
	buf_add_cstr(&b, part.is_cut_behind ? "~" : "");
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	buf_fini(&b);
	snippets_free(s);
	return out;
}

static void
test_examples(void)
{
	struct str text = STR("Where is my refund? I ordered it on Monday "
	    "and the parcel was lost.");

	is_str(shown("refund", 0, text, 30), "Where is my [refund]? I ordered~",
	    "cut behind a word");
	is_str(shown("refund parcel", 0, text, 200), "Where is my [refund]? "
	    "I ordered it on Monday and the [parcel] was lost.", "all of it");
	is_str(shown("parcel", 0, text, 20), "~and the [parcel] was~",
	    "cut at both ends");
	is_str(shown("lost parcels", 0, text, 40),
	    "~it on Monday and the [parcel] was [lost].", "the end");
	is_str(shown("error:refund", 0, text, 40), "-", "another field");
	is_str(shown("monday -refund", 0, text, 100), "Where is my refund? I "
	    "ordered it on [Monday] and the parcel was lost.",
	    "what is left out is not marked");
	is_str(shown("agent:x", 0, text, 40), "-", "keywords are not shown");
	is_str(shown("ord*", 0, text, 30), "Where is my refund? I [ordered]~",
	    "a beginning");
	is_str(shown("refund", 0, STR_NULL, 30), "-", "an empty text");
}

/* One word that is longer than all that may be shown. */
static void
test_long_words(void)
{
	static char text[100000];
	char query[2100];
	const char *out;

	memset(text, 'a', sizeof(text));
	memcpy(text, "see ", 4);
	out = shown("aaaa*", 0, str_of(text, sizeof(text)), 100);
	is_int((int64_t)strlen(out), 104, "a word of 100,000 letters is cut");
	ok(strncmp(out, "see [aa", 7) == 0 || strncmp(out, "~[aa", 4) == 0,
	    "and marked as far as it is shown: %.20s", out);
	memset(query, 'a', 300);
	query[300] = '\0';
	out = shown(query, 0, str_of(text, sizeof(text)), 100);
	ok(strlen(out) <= 104, "asked for as a whole");
	memset(text, ' ', 50000);
	memcpy(text + 49996, "cat ", 4);
	ok(strlen(shown("cat", 0, str_of(text, sizeof(text)), 100)) <= 104,
	    "a word before it");
}

static void
test_other_scripts(void)
{
	/* 60 times 一, 退款, 60 times 一: no blank anywhere. */
	struct buf b;
	const char *out;

	buf_init(&b, 1000);
	for (int i = 0; i < 121; i++)
		buf_add_cstr(&b, i == 60 ? "\xe9\x80\x80\xe6\xac\xbe" :
		    "\xe4\xb8\x80");
	out = shown("\xe9\x80\x80\xe6\xac\xbe", 0, buf_str(&b), 90);
	ok(str_find(str_from(out), STR("\xe4\xb8\x80[\xe9\x80\x80\xe6\xac\xbe"
	    "]\xe4\xb8\x80"), 0) != SIZE_MAX, "Chinese, within its context: "
	    "%s", out);
	ok(strlen(out) <= 94 && str_utf8_prefix(str_from(out), strlen(out)).n ==
	    strlen(out), "cut at characters");
	is_str(shown("cafe", 0, STR("un caf\xc3\xa9 noir"), 50),
	    "un [caf\xc3\xa9] noir", "accents");
	buf_reset(&b);
	buf_add_byte(&b, 'c');
	for (int i = 0; i < 200; i++)
		buf_add_byte(&b, 0x80);
	is_str(shown("c", 0, buf_str(&b), 50), "[c]~",
	    "a word before bytes that are no text");
	is_str(shown("cat", 0, STR("a\xff\xfe cat \x80"), 50),
	    "a\xff\xfe [cat] \x80", "bytes that are no text");
	buf_fini(&b);
}

int
main(void)
{
	arena = arena_new(1 << 20);
	test_examples();
	test_long_words();
	test_other_scripts();
	arena_free(arena);
	return tap_done();
}
