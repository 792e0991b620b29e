/* lib/words: folding, stemming, scripts without spaces, hostile bytes. */
#include <stdlib.h>

#include "base/buf.h"
#include "tap.h"
#include "words/words.h"

/* The words with blanks between; a tail in brackets. */
static const char *
split(struct words *w, const char *text)
{
	static char out[4096];
	struct word x;
	struct buf b;

	buf_init(&b, sizeof(out) - 1);
	words_begin(w, str_from(text));
	while (words_next(w, &x)) {
		if (b.n)
			buf_add_byte(&b, ' ');
		buf_addf(&b, x.is_tail ? "(%.*s)" : "%.*s", STR_FMT(x.text));
	}
	memcpy(out, b.n ? b.p : "", b.n);
	out[b.n] = '\0';
	buf_fini(&b);
	return out;
}

static void
test_split(struct words *w)
{
	static const struct { const char *text, *want; } t[] = {
		{ "", "" }, { " .,!? ", "" },
		{ "The parcels were lost.", "the parcel were lost" },
		{ "Refunds, refunding, REFUNDED", "refund refund refund" },
		{ "don't can\xe2\x80\x99t user's rock 'n' roll",
		    "dont cant user rock n roll" },
		{ "snake_case foo.bar@example.com",
		    "snake case foo bar exampl com" },
		{ "iPhone15 v2.3.1 #W2378156 2026-11-03",
		    "iphone15 v2 3 1 w2378156 2026 11 03" },
		{ "O\xc3\xb9 est ma commande", "ou est ma command" },
		{ "caf\xc3\xa9 cafe\xcc\x81 CAF\xc3\x89", "cafe cafe cafe" },
		{ "Stra\xc3\x9f" "e \xc3\x84rger", "strass arger" },
		{ "\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91", "ab1" },
		{ "\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",
		    "\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0" },
		/* Greek final sigma folds to the other. */
		{ "\xce\xbb\xcf\x8c\xce\xb3\xce\xbf\xcf\x82",
		    "\xce\xbb\xce\xbf\xce\xb3\xce\xbf\xcf\x83" },
		/* Devanagari vowel signs stay. */
		{ "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4"
		    "\xa6\xe0\xa5\x80", "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4"
		    "\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80" },
		/* Chinese, Japanese, Korean, Thai: pairs, and a tail. */
		{ "\xe9\x80\x80\xe6\xac\xbe\xe5\x90\x97",
		    "\xe9\x80\x80\xe6\xac\xbe \xe6\xac\xbe\xe5\x90\x97 "
		    "(\xe5\x90\x97)" },
		{ "\xe7\x8c\xab", "\xe7\x8c\xab" },
		{ "abc\xe7\x8c\xab" "def", "abc \xe7\x8c\xab def" },
		{ "\xed\x99\x98\xeb\xb6\x88\xec\x9d\x84",
		    "\xed\x99\x98\xeb\xb6\x88 \xeb\xb6\x88\xec\x9d\x84 "
		    "(\xec\x9d\x84)" },
		{ "\xe3\x81\x8c", "\xe3\x81\x8c" },
		/* A soft hyphen is not seen. */
		{ "ship\xc2\xad" "ment", "shipment" },
		/* Malformed bytes separate. */
		{ "a\xff" "b\xc3(c\xed\xa0\x80" "d", "a b c d" },
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		is_str(split(w, t[i].text), t[i].want, "\"%s\"", t[i].text);
}

static void
test_offsets(struct words *w)
{
	struct str text = STR("  Caf\xc3\xa9s, \xe9\x80\x80\xe6\xac\xbe!");
	struct word x;

	words_begin(w, text);
	ok(words_next(w, &x) && str_is(str_of(text.p + x.from,
	    x.to - x.from), "Caf\xc3\xa9s"), "a word's place");
	ok(words_next(w, &x) && x.is_unspaced && str_is(str_of(text.p +
	    x.from, x.to - x.from), "\xe9\x80\x80\xe6\xac\xbe"),
	    "a pair's place");
	ok(words_next(w, &x) && x.is_tail && x.to == text.n - 1,
	    "the tail's");
	ok(!words_next(w, &x), "the end");
}

static void
test_long(struct words *w)
{
	char text[5000];
	struct word x;

	memset(text, 'q', sizeof(text));
	words_begin(w, str_of(text, sizeof(text)));
	ok(words_next(w, &x) && x.text.n <= WORD_BYTES_MAX &&
	    x.to == sizeof(text), "a long word is cut, and read whole");
	ok(!words_next(w, &x), "and is one");
}

static void
test_stops(struct words *w)
{
	static const char text[] = "a about above after again all also am an "
	    "and any are as at be because been before being below between "
	    "both but by can cannot could did do does doing don't down during "
	    "each few for from further had has have having he her here "
	    "herself him himself his how i if in into is it its itself just "
	    "let may me might more most must my myself no nor not of off on "
	    "only or other our ourselves out over own same shall she should "
	    "so some such than that the their them themselves then there "
	    "these they this those through to too under until up us very was "
	    "we were what when where which while who whom whose why will "
	    "with would you your yourself yourselves";
	struct word x;
	int missing = 0;

	words_begin(w, str_from(text));
	while (words_next(w, &x))
		if (!words_is_stop(x.text)) {
			missing++;
			printf("# no stop: %.*s\n", STR_FMT(x.text));
		}
	is_int(missing, 0, "function words");
	ok(!words_is_stop(STR("refund")) && !words_is_stop(STR("")) &&
	    !words_is_stop(STR("order")), "others are none");
}

static void
test_fold(void)
{
	char out[64];
	size_t n = words_fold(STR("Sales-\xc3\x9cS_1 X"), out, sizeof(out));

	ok(str_is(str_of(out, n), "sales-us_1 x"), "a name as a whole");
	is_int(words_fold(STR("abcdef"), out, 3), 3, "cut");
}

int
main(void)
{
	struct words *w = words_new();

	test_split(w);
	test_split(w);
	test_offsets(w);
	test_long(w);
	test_stops(w);
	test_fold();
	words_free(w);
	return tap_done();
}
