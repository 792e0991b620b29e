/*
 * lib/fulltext: documents, queries by example, and random documents and
 * queries compared with a search that reads every document.
 */
#include <math.h>

#include "fulltext/audit.h"
#include "fulltext/document.h"
#include "fulltext/index.h"
#include "fulltext/posting.h"
#include "fulltext/search.h"
#include "kv_help.h"

enum { PROMPT, RESPONSE, ERROR };

static const struct query_field fields[] = {
	{ "prompt", 1 << PROMPT, 0 }, { "response", 1 << RESPONSE, 0 },
	{ "error", 1 << ERROR, 0 }, { "agent", 0, 'a' }, { NULL, 0, 0 }
};

static struct arena *arena;
static struct document *doc;
static struct fulltext_writer *writer;
static const struct str scope = { "scope", 5 };

/* ---- documents ---- */

static const char *
show_document(void)
{
	static char out[2000];
	struct document_reader r;
	struct str term, posting;
	struct buf b, text;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	buf_init(&text, sizeof(out) - 1);
	document_encode(doc, &b);
	if (document_open(&r, buf_str(&b), &e))
		return "!";
	buf_addf(&text, "%d", (int)r.words);
	while (document_next(&r, &term, &posting, &e) == 1) {
		uint32_t at[16];

		buf_addf(&text, " %.*s", STR_FMT(term));
		for (unsigned f = 0; f < DOCUMENT_FIELDS_MAX; f++) {
			size_t n = posting_positions(posting, f, at, 16);

			for (size_t i = 0; i < n; i++)
				buf_addf(&text, "%c%u", i ? ',' :
				    (char)('A' + f), at[i]);
		}
	}
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	buf_fini(&b);
	buf_fini(&text);
	return out;
}

static void
test_document(void)
{
	char a[DOCUMENT_TERM_MAX], b[DOCUMENT_TERM_MAX], big[900];
	size_t n;

	document_begin(doc);
	is_str(show_document(), "0", "an empty document");
	document_add_text(doc, PROMPT, STR("the cat, the Cats"));
	document_add_text(doc, ERROR, STR("cat"));
	document_add_text(doc, ERROR, STR("dog"));
	document_add_keyword(doc, 'a', STR("Support"));
	document_add_keyword(doc, 'a', STR(""));
	is_str(show_document(), "6 \1asupport catA1,3C0 dogC2 theA0,2",
	    "words with their places");
	memset(big, 'x', sizeof(big));
	n = document_keyword('u', str_of(big, sizeof(big)), a);
	big[899] = 'y';
	ok(n == DOCUMENT_TERM_MAX &&
	    document_keyword('u', str_of(big, sizeof(big)), b) == n &&
	    memcmp(a, b, n) != 0, "long keywords are told apart");
	n = document_keyword('u', STR("\xc3\x84" "b C"), a);
	ok(n == 6 && memcmp(a, "\1uab c", 6) == 0, "whatever their case");
}

static void
test_much(void)
{
	static char text[DOCUMENT_WORDS_MAX * 8];
	struct buf b;

	for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
		memcpy(text + i, "a ", 2);
	document_begin(doc);
	for (int i = 0; i < 300; i++)
		document_add_keyword(doc, 'k', str_of(text, (size_t)i + 1));
	document_add_text(doc, 0, str_of(text, sizeof(text)));
	is_int(document_words(doc), DOCUMENT_WORDS_MAX, "a long text is cut");
	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_encode(doc, &b);
	is_int(document_check(buf_str(&b), &e), 0, "and still a document");
	buf_fini(&b);
	for (uint64_t n = 0; n < 20000; n += 7)
		if (fabs(posting_words(posting_length(n)) - (double)n) >
		    0.035 * (double)n + 0.1)
			ok(0, "length %d", (int)n);
}

static void
test_bad_documents(void)
{
	const struct str bad[] = { STR_NULL, STR("\xff"),
		STR("\1\0"), STR("\1\4cat"), STR("\1\3cat"),
		STR("\1\3cat\5"), STR("\1\3cat\0"), STR("\1\3cat\3\1\1"),
		STR("\1\3cat\3\1\2\0"), STR("\1\3cat\2\0\0"),
		STR("\1\3dog\3\1\1\0\3cat\3\1\1\0"),
		STR("\1\3cat\3\1\1\0\3cat\3\1\1\0"),
		STR("\1\3c\0t\3\1\1\0"), STR("\1\2\1a\3\1\1\0") };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(document_check(bad[i], &e), ERR_INVALID,
		    "bad document %zu", i);
	e = (struct err)ERR_INIT;
	is_int(document_check(STR("\1\3cat\3\1\1\0"), &e), 0, "a good one");
}

/* ---- queries ---- */

static const char *
understood(const char *text, enum query_mode mode)
{
	static char out[2000];
	struct query_node *q;
	struct buf b;

	arena_reset(arena);
	if (query_parse(str_from(text), fields, mode, arena, &q, &e))
		return e.text;
	buf_init(&b, sizeof(out) - 1);
	query_describe(q, fields, &b);
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	buf_fini(&b);
	return out;
}

static void
test_query(void)
{
	static const struct { const char *text, *want; } t[] = {
		{ "Refunds", "refund" },
		{ "refund order", "(refund AND order)" },
		{ "where is my order", "order" },
		{ "to be or not", "(to AND be AND or AND not)" },
		{ "\"Where is my order\"", "\"where is my order\"" },
		{ "refund* x", "(refund* AND x)" },
		{ "a OR b c", "(a OR (b AND c))" },
		{ "cat -dog", "(cat NOT dog)" },
		{ "cat NOT (dog OR cow)", "(cat NOT (dog OR cow))" },
		{ "cat AND dog", "(cat AND dog)" },
		{ "error:timeout agent:Billing", "(error:timeout AND "
		    "agent:billing)" },
		{ "error:(timeout OR \"timed out\")", "(error:timeout OR "
		    "error:\"time out\")" },
		{ "agent:\"Night shift\"", "agent:night shift" },
		{ "Error: connect ECONNREFUSED 10.0.0.1:443", "(error AND "
		    "connect AND econnrefus AND \"10 0 0 1 443\")" },
		{ "foo@example.com", "\"foo exampl com\"" },
		{ "(cat", "cat" }, { "cat)", "cat" }, { "cat) dog",
		    "(cat AND dog)" }, { "\"cat", "cat" },
		{ "\xe9\x80\x80\xe6\xac\xbe\xe5\x90\x97",
		    "\"\xe9\x80\x80\xe6\xac\xbe \xe6\xac\xbe\xe5\x90\x97\"" },
		{ "\xe9\x80\x80", "\xe9\x80\x80*" },
		{ "", "q: nothing to look for; give at least one word" },
		{ "-cat", "q: nothing to look for; give at least one word" },
		{ "((((((((((((((((((cat", "q: parentheses more than 16 deep, "
		    "or too much" },
		{ "who - what", "(who AND what)" },
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		is_str(understood(t[i].text, QUERY_ALL), t[i].want, "%s",
		    t[i].text);
	is_str(understood("cat dog", QUERY_ANY), "(cat OR dog)", "any");
	is_str(understood("cat AND dog", QUERY_ANY), "(cat AND dog)",
	    "any, but AND");
}

/* ---- examples ---- */

static struct kv *kv;

static void
put_doc(int number, int64_t ms, const char *prompt, const char *response,
    const char *agent)
{
	struct hash128 id = { { (uint8_t)number } };
	struct buf b;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(doc);
	document_add_text(doc, PROMPT, str_from(prompt));
	document_add_text(doc, RESPONSE, str_from(response));
	document_add_keyword(doc, 'a', str_from(agent));
	document_encode(doc, &b);
	fulltext_begin(writer);
	kv_batch_clear(batch);
	if (fulltext_put(writer, scope, &id, ms, buf_str(&b), &e) ||
	    fulltext_write(writer, kv_latest(kv), batch, &e) ||
	    kv_write(kv, batch, false, &e))
		ok(0, "%s", e.text);
	buf_fini(&b);
}

/* Numbers of the documents found, in their order. */
static const char *
found(const char *text, struct search_request r)
{
	static char out[256];
	struct search_result v;
	struct query_node *q;
	size_t n = 0;

	arena_reset(arena);
	if (query_parse(str_from(text), fields, QUERY_ALL, arena, &q, &e))
		return e.text;
	r.scope = scope;
	r.query = q;
	if (fulltext_search(kv_latest(kv), &r, arena, &v, &e))
		return e.text;
	n = (size_t)snprintf(out, sizeof(out), "%d:", (int)v.total);
	for (size_t i = 0; i < v.n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, " %d",
		    v.v[i].id.b[0]);
	return out;
}

static void
test_examples(void)
{
	const struct search_request all = SEARCH_REQUEST_INIT;
	struct search_request r = all;

	is_str(found("cat", all), "0:", "an empty index");
	put_doc(1, 100, "Where is my refund?", "It is on its way.", "billing");
	put_doc(2, 200, "The order is lost", "Sorry! Here is a refund. "
	    "The refund arrives soon.", "Billing");
	put_doc(3, 300, "cancel my order", "Your order was cancelled", "shop");
	is_str(found("refund", all), "2: 2 1", "more often is better");
	is_str(found("refunding ORDER", all), "1: 2", "all words, any form");
	is_str(found("prompt:refund", all), "1: 1", "a field");
	is_str(found("agent:billing", all), "2: 2 1", "a keyword");
	is_str(found("refund agent:shop", all), "0:", "and");
	is_str(found("refund OR cancel", all), "3: 3 2 1", "or");
	is_str(found("order -lost", all), "1: 3", "without");
	is_str(found("\"my order\"", all), "1: 3", "a phrase");
	is_str(found("\"order my\"", all), "0:", "in its order");
	is_str(found("\"refund the refund\"", all), "1: 2",
	    "over punctuation");
	is_str(found("\"refund it\"", all), "0:", "not into another field");
	is_str(found("canc*", all), "1: 3", "a prefix");
	is_str(found("cancelled*", all), "1: 3", "a prefix past the stem");
	r.newest_first = true;
	is_str(found("refund", r), "2: 2 1", "newest first");
	r.offset = 1;
	is_str(found("refund", r), "2: 1", "the next page");
	r.offset = 5;
	is_str(found("refund", r), "2:", "no further page");
	r = all;
	r.to_ms = 200;
	is_str(found("refund", r), "1: 1", "before");
	r.from_ms = 200;
	r.to_ms = 300;
	is_str(found("refund OR order", r), "1: 2", "between");
	put_doc(2, 200, "All is well", "Good", "shop");
	is_str(found("refund", all), "1: 1", "what was changed is gone");
	is_str(found("well", all), "1: 2", "and found anew");
	put_doc(2, 250, "All is well", "Good", "shop");
	is_str(found("well", all), "1: 2", "another time");
	r = all;
	r.limit = SEARCH_HITS_MAX + 1;
	is_str(found("well", r), "search: offset and limit together are over "
	    "10000", "too many");
}

static void
test_unchanged(void)
{
	const struct fulltext_stats *s = fulltext_writer_stats(writer);
	uint64_t n = s->documents, same = s->unchanged;
	struct hash128 id = { { 3 } };
	enum fulltext_state state;

	put_doc(3, 300, "cancel my order", "Your order was cancelled", "shop");
	ok(s->documents == n && s->unchanged == same + 1,
	    "the same again changes nothing");
	is_int(kv_batch_count(batch), 0, "not a byte");
	ok(fulltext_check(kv_latest(kv), scope, &id, 300, STR("\0"), &state,
	    &e) == 0 && state == FULLTEXT_OTHER, "it is there");
	ok(fulltext_check(kv_latest(kv), STR("none"), &id, 300, STR("\0"),
	    &state, &e) == 0 && state == FULLTEXT_NO_INDEX, "no index");
	fulltext_begin(writer);
	kv_batch_clear(batch);
	ok(fulltext_remove(writer, scope, &id, &e) == 0 &&
	    fulltext_write(writer, kv_latest(kv), batch, &e) == 0 &&
	    kv_write(kv, batch, true, &e) == 0, "removed");
	is_str(found("cancel", (struct search_request)SEARCH_REQUEST_INIT),
	    "0:", "is not found");
	ok(fulltext_check(kv_latest(kv), scope, &id, 300, STR("\0"), &state,
	    &e) == 0 && state == FULLTEXT_MISSING, "nor there");
}

/* How many documents' postings are wrong. */
static size_t
wrong(void)
{
	struct audit *a = audit_new(scope.n);
	struct audit_walk it = { 0, 0 };
	struct str where;
	uint32_t number;
	size_t n = 0;

	for (int i = 1; i < 4; i++) {
		struct hash128 id = { { (uint8_t)i } };
		struct buf b;

		buf_init(&b, DOCUMENT_BYTES_MAX);
		document_begin(doc);
		document_add_text(doc, PROMPT, str_from(i == 1 ?
		    "Where is my refund?" : i == 2 ? "All is well" :
		    "cancel my order"));
		document_add_text(doc, RESPONSE, str_from(i == 1 ?
		    "It is on its way." : i == 2 ? "Good" :
		    "Your order was cancelled"));
		document_add_keyword(doc, 'a', str_from(i == 1 ? "billing" :
		    "shop"));
		document_encode(doc, &b);
		if (audit_add(a, kv_latest(kv), scope, &id, buf_str(&b), &e))
			ok(0, "%s", e.text);
		buf_fini(&b);
	}
	if (audit_lists(a, kv_latest(kv), &e))
		ok(0, "%s", e.text);
	while (audit_next(a, &it, &where, &number))
		n++;
	audit_free(a);
	return n;
}

static void
test_audit(void)
{
	static const char key[] = "scopetrefund\0\0";

	is_int(wrong(), 0, "the lists say what the documents say");
	kv_batch_clear(batch);
	kv_batch_append(batch, KV_TEXT, str_of(key, sizeof(key)),
	    STR("\0\1\5\3\1\1\0"));
	is_int(kv_write(kv, batch, false, &e), 0, "a posting too many");
	is_int(wrong(), 0, "of a dead document, is none of ours");
	kv_batch_append(batch, KV_TEXT, str_of(key, sizeof(key)),
	    STR("\0\2\5\3\1\1\0"));
	is_int(kv_write(kv, batch, false, &e), 0, "of one that lives");
	is_int(wrong(), 1, "is seen");
	kv_batch_delete(batch, KV_TEXT, str_of(key, sizeof(key)));
	is_int(kv_write(kv, batch, false, &e), 0, "a list that is lost");
	is_int(wrong(), 1, "is seen too");
}

/* ---- against a search that reads everything ---- */

enum { DOCS = 200, WORDS = 12 };

static const char *const vocabulary[WORDS] = { "refund", "order", "cancel",
	"voucher", "lost", "parcel", "ship", "invoic", "cat", "catalog",
	"catfish", "dog" };

/* Documents as lists of words, by field. */
static struct model {
	bool is_there;
	int64_t ms;
	int n[2], word[2][8];
	int agent;
} docs[DOCS];
static unsigned dice = 7;

static unsigned
roll(unsigned n)
{
	dice = dice * 1103515245 + 12345;
	return (dice >> 8) % n;
}

static void
random_document(int i)
{
	struct model *m = &docs[i];
	struct hash128 id = { { (uint8_t)i, 9 } };
	struct buf b, text;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	buf_init(&text, 1000);
	if (m->is_there && roll(4) == 0) {
		m->is_there = false;
		if (fulltext_remove(writer, scope, &id, &e))
			ok(0, "%s", e.text);
		buf_fini(&b);
		return;
	}
	m->is_there = true;
	m->ms = roll(1000);
	m->agent = (int)roll(3);
	document_begin(doc);
	for (int f = 0; f < 2; f++) {
		m->n[f] = (int)roll(8);
		buf_reset(&text);
		for (int k = 0; k < m->n[f]; k++) {
			m->word[f][k] = (int)roll(WORDS);
			buf_addf(&text, "%s ", vocabulary[m->word[f][k]]);
		}
		document_add_text(doc, (unsigned)f, buf_str(&text));
	}
	document_add_keyword(doc, 'a', str_from(m->agent == 0 ? "x" :
	    m->agent == 1 ? "y" : "z"));
	document_encode(doc, &b);
	if (fulltext_put(writer, scope, &id, m->ms, buf_str(&b), &e))
		ok(0, "%s", e.text);
	buf_fini(&b);
	buf_fini(&text);
}

/* True if words [k..] of the field are the phrase. */
static bool
stands_at(const struct model *m, int f, int k, const struct query_node *q)
{
	for (size_t i = 0; i < q->nterms; i++, k++)
		if (k >= m->n[f] || !str_is(q->terms[i],
		    vocabulary[m->word[f][k]]))
			return false;
	return true;
}

static bool
begins_at(const struct model *m, int f, int k, const struct query_node *q)
{
	for (size_t i = 0; i < q->nterms; i++) {
		struct str w = str_from(vocabulary[m->word[f][k]]);

		if (i == 0 ? str_has_prefix(w, q->terms[0]) :
		    str_eq(w, q->terms[i]))
			return true;
	}
	return false;
}

static bool
is_match(const struct model *m, const struct query_node *q)
{
	if (q->is_keyword)
		return q->terms[0].p[2] == "xyz"[m->agent];
	for (size_t i = 0; i < q->nparts; i++) {
		bool one = is_match(m, q->parts[i]);

		if (q->kind == QUERY_OR && one)
			return true;
		if (q->kind == QUERY_AND && !one)
			return false;
		if (q->kind == QUERY_NOT && one == (i > 0))
			return false;
	}
	if (q->nparts)
		return q->kind != QUERY_OR;
	for (int f = 0; f < 2; f++)
		for (int k = 0; k < m->n[f]; k++)
			if ((q->fields >> f & 1) && (q->kind == QUERY_PREFIX ?
			    begins_at(m, f, k, q) : stands_at(m, f, k, q)))
				return true;
	return false;
}

static void
random_leaf(struct buf *b)
{
	static const char *const before[] = { "", "", "", "prompt:",
		"response:" };
	const char *w = vocabulary[roll(WORDS)];

	buf_add_cstr(b, before[roll(5)]);
	switch (roll(5)) {
	case 0:
		buf_addf(b, "\"%s %s\" ", w, vocabulary[roll(WORDS)]);
		break;
	case 1:
		buf_addf(b, "%.*s* ", 2 + (int)roll(2), w);
		break;
	case 2:
		buf_addf(b, "agent:%c ", "xyz"[roll(3)]);
		break;
	default:
		buf_addf(b, "%s ", w);
		break;
	}
}

static void
random_query(struct buf *b, int depth)
{
	for (unsigned n = 1 + roll(3); n > 0; n--) {
		if (roll(6) == 0)
			buf_add_byte(b, '-');
		if (depth && roll(4) == 0) {
			buf_add_byte(b, '(');
			random_query(b, depth - 1);
			buf_add_cstr(b, ") ");
		} else {
			random_leaf(b);
		}
		if (n > 1 && roll(3) == 0)
			buf_add_cstr(b, "OR ");
	}
}

/* True if the search finds just what matches, in a good order. */
static bool
agrees(struct str text, const struct search_request *asked)
{
	struct search_request r = *asked;
	struct search_result v;
	struct query_node *q;
	size_t want = 0, right = 0;

	arena_reset(arena);
	if (query_parse(text, fields, QUERY_ALL, arena, &q, &e))
		return e.code == ERR_INVALID;
	r.query = q;
	if (fulltext_search(kv_latest(kv), &r, arena, &v, &e))
		return false;
	for (int i = 0; i < DOCS; i++)
		want += docs[i].is_there && docs[i].ms >= r.from_ms &&
		    docs[i].ms < r.to_ms && is_match(&docs[i], q);
	for (size_t i = 0; i < v.n; i++) {
		const struct model *m = &docs[v.v[i].id.b[0]];

		right += m->is_there && m->ms == v.v[i].ms && is_match(m, q) &&
		    m->ms >= r.from_ms && m->ms < r.to_ms;
		if (i && (r.newest_first ? v.v[i].ms > v.v[i - 1].ms :
		    v.v[i].score > v.v[i - 1].score))
			return false;
	}
	return want == v.total && right == v.n && v.n == want &&
	    !v.is_partial;
}

static void
test_random(int rounds)
{
	struct buf text;
	int bad = 0;

	buf_init(&text, 4000);
	memset(docs, 0, sizeof(docs));
	for (int i = 0; i < rounds; i++) {
		struct search_request r = SEARCH_REQUEST_INIT;

		fulltext_begin(writer);
		kv_batch_clear(batch);
		for (unsigned k = roll(8); k > 0; k--)
			random_document((int)roll(DOCS));
		bad += fulltext_write(writer, kv_latest(kv), batch, &e) ||
		    kv_write(kv, batch, false, &e);
		if (roll((unsigned)rounds / 3) == 0)
			bad += kv_compact(kv, &e) != 0;
		r.scope = scope;
		r.limit = DOCS;
		r.newest_first = roll(2);
		if (roll(2)) {
			r.from_ms = roll(1000);
			r.to_ms = r.from_ms + roll(1000);
		}
		buf_reset(&text);
		random_query(&text, 2);
		if (!agrees(buf_str(&text), &r)) {
			printf("# %.*s: %s\n", STR_FMT(buf_str(&text)),
			    e.text);
			bad++;
		}
	}
	buf_fini(&text);
	is_int(bad, 0, "%d random searches find what is there", rounds);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	doc = document_new();
	writer = fulltext_writer_new();
	help_start();
	test_document();
	test_much();
	test_bad_documents();
	test_query();
	kv = kv_memory_new();
	test_examples();
	test_audit();
	test_unchanged();
	kv_close(kv);
	kv = kv_memory_new();
	test_random(4000);
	kv_close(kv);
	kv = rocks_open("text");
	test_examples();
	test_unchanged();
	is_int(kv_clear_range(kv, KV_TEXT, STR_NULL, STR_NULL, &e), 0,
	    "cleared");
	test_random(4000);
	kv_close(kv);
	fulltext_writer_free(writer);
	document_free(doc);
	arena_free(arena);
	return help_done();
}
