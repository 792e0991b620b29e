/* weir rank: documents by relevance to each query, as a TREC run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/opts.h"
#include "commands.h"
#include "fulltext/document.h"
#include "fulltext/feedback.h"
#include "fulltext/index.h"
#include "fulltext/search.h"
#include "json/json_read.h"

enum { LINE_BYTES_MAX = 64 << 20, BYTES_AT_ONCE = 2 << 20,
	QUERY_ARENA_MAX = 64 << 20 };

static const char *docs, *queries, *tag = "weir";
static int64_t k = 100;
static bool no_feedback;

static const struct opt options[] = {
	{ "docs", 'd', OPT_TEXT, &docs, 0, 0, "FILE",
	    "documents: {\"id\",\"text\"} a line" },
	{ "queries", 'q', OPT_TEXT, &queries, 0, 0, "FILE",
	    "queries: id, tab, text a line; - for standard input" },
	{ "depth", 'k', OPT_INT, &k, 1, SEARCH_HITS_MAX, "N",
	    "documents for each query (default 100)" },
	{ "no-feedback", 0, OPT_FLAG, &no_feedback, 0, 0, NULL,
	    "rank by the query's own words alone" },
	{ "tag", 't', OPT_TEXT, &tag, 0, 0, "NAME",
	    "name of the run (default weir)" },
	{ 0 }
};

static const struct str scope = { "rank", 4 };

/* A document: its id, and what it says. */
struct known {
	struct str bytes;       /* behind the id */
	char id[];
};

struct ranking {
	struct kv *kv;
	struct kv_batch *batch;
	struct fulltext_writer *writer;
	struct document *document;
	struct arena *arena;
	struct map *known;      /* hash of an id → struct known */
	struct buf bytes;
	size_t pending;         /* bytes of documents */
};

/* Calls fn for each line of a file. */
static int
each_line(const char *path, int (*fn)(struct ranking *r, struct str line,
    struct err *e), struct ranking *r, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *line = NULL;
	size_t cap = 0, number = 0;
	ssize_t n;
	int rc = 0;

	if (!in)
		return err_sys(e, ERR_IO, "%s", path);
	while (rc == 0 && (n = getline(&line, &cap, in)) >= 0) {
		number++;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n > LINE_BYTES_MAX)
			rc = err_set(e, ERR_LIMIT, "over %d bytes",
			    LINE_BYTES_MAX);
		else if (n)
			rc = fn(r, str_of(line, (size_t)n), e);
		if (rc)
			err_wrap(e, "%s:%zu", path, number);
	}
	if (rc == 0 && ferror(in))
		rc = err_sys(e, ERR_IO, "%s", path);
	free(line);
	if (in != stdin)
		fclose(in);
	return rc;
}

/* ---- documents ---- */

static int
flush(struct ranking *r, struct err *e)
{
	int rc;

	kv_batch_clear(r->batch);
	rc = fulltext_write(r->writer, kv_latest(r->kv), r->batch, e);
	if (rc == 0)
		rc = kv_write(r->kv, r->batch, false, e);
	fulltext_begin(r->writer);
	r->pending = 0;
	return rc;
}

static int
add(struct ranking *r, struct str id, struct str text, struct err *e)
{
	struct hash128 h = hash128(id);
	void **slot = map_put(r->known, str_of(h.b, sizeof(h.b)));
	struct known *d;
	int rc;

	if (*slot)
		return err_set(e, ERR_INVALID, "id \"%.*s\": twice",
		    STR_FMT(id));
	document_begin(r->document);
	document_add_text(r->document, 0, text);
	buf_reset(&r->bytes);
	document_encode(r->document, &r->bytes);
	d = *slot = mem_zalloc(1, sizeof(*d) + id.n + 1 + r->bytes.n);
	memcpy(d->id, id.p, id.n);
	memcpy(d->id + id.n + 1, r->bytes.p, r->bytes.n);
	d->bytes = str_of(d->id + id.n + 1, r->bytes.n);
	rc = fulltext_put(r->writer, scope, &h, 0, buf_str(&r->bytes), e);
	r->pending += r->bytes.n;
	if (rc == 0 && r->pending >= BYTES_AT_ONCE)
		rc = flush(r, e);
	return rc;
}

static int
take_document(struct ranking *r, struct str line, struct err *e)
{
	struct str key, id = STR_NULL, text = STR_NULL;
	struct json_token t;
	struct json_reader j;
	int rc;

	arena_reset(r->arena);
	json_reader_init(&j, line, r->arena, 0);
	if (json_object(&j, e))
		return e->code;
	while ((rc = json_object_next(&j, &key, e)) > 0) {
		if (!str_is(key, "id") && !str_is(key, "text"))
			continue;
		if (json_read_value(&j, &t, e))
			return err_wrap(e, "%.*s", STR_FMT(key));
		/* Ids are often numbers. */
		if (t.type != JSON_STRING && (str_is(key, "text") ||
		    t.type != JSON_INT))
			return err_set(e, ERR_INVALID, "%.*s: not a string",
			    STR_FMT(key));
		*(str_is(key, "id") ? &id : &text) =
		    t.type == JSON_STRING ? t.s : t.raw;
	}
	if (rc < 0 || json_end(&j, e))
		return e->code;
	if (!id.n || !text.p)
		return err_set(e, ERR_INVALID, "%s: missing",
		    id.n ? "text" : "id");
	return add(r, id, text, e);
}

/* ---- queries ---- */

static const struct known *
known_of(const struct ranking *r, const struct search_hit *hit)
{
	return map_get(r->known, str_of(hit->id.b, HASH128_SIZE));
}

/* The query, wider by what its best documents say. */
static int
widen(struct ranking *r, struct search_request *ask, struct query_node *q,
    struct err *e)
{
	struct feedback_document best[FEEDBACK_DOCUMENTS];
	struct search_result found;

	ask->limit = FEEDBACK_DOCUMENTS;
	if (fulltext_search(kv_latest(r->kv), ask, r->arena, &found, e))
		return e->code;
	for (size_t i = 0; i < found.n; i++)
		best[i] = (struct feedback_document){
		    known_of(r, &found.v[i])->bytes, found.v[i].score };
	if (query_feedback(kv_latest(r->kv), scope, best, found.n, r->arena,
	    &q, e))
		return e->code;
	ask->query = q;
	return 0;
}

static int
take_query(struct ranking *r, struct str line, struct err *e)
{
	struct search_request ask = SEARCH_REQUEST_INIT;
	struct search_result found = { 0 };
	struct query_node *q;
	struct str id = str_cut(&line, '\t');

	if (!line.p)
		return err_set(e, ERR_INVALID, "no tab behind the query's id");
	arena_reset(r->arena);
	if (query_words(line, r->arena, &q, e))
		return e->code;
	ask.scope = scope;
	ask.query = q;
	if (q && !no_feedback && widen(r, &ask, q, e))
		return e->code;
	ask.limit = (size_t)k;
	if (q && fulltext_search(kv_latest(r->kv), &ask, r->arena, &found, e))
		return e->code;
	for (size_t i = 0; i < found.n; i++)
		printf("%.*s Q0 %s %zu %.6f %s\n", STR_FMT(id),
		    known_of(r, &found.v[i])->id, i + 1, found.v[i].score, tag);
	return 0;
}

int
cmd_rank(int argc, char **argv)
{
	struct ranking r = { .pending = 0 };
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(options, "weir rank --docs FILE --queries FILE [-k N]",
	    argc, argv) < argc)
		opts_die("takes no operands");
	if (!docs || !queries)
		opts_die("--docs and --queries are needed");
	hash_setup();
	r.kv = kv_memory_new();
	r.batch = kv_batch_new(512 << 20);
	r.writer = fulltext_writer_new();
	r.document = document_new();
	r.arena = arena_new(QUERY_ARENA_MAX);
	r.known = map_new();
	buf_init(&r.bytes, DOCUMENT_BYTES_MAX);
	rc = each_line(docs, take_document, &r, &e);
	if (rc == 0)
		rc = flush(&r, &e);
	if (rc == 0)
		rc = each_line(queries, take_query, &r, &e);
	if (rc == 0 && (fflush(stdout) || ferror(stdout)))
		rc = err_sys(&e, ERR_IO, "standard output");
	buf_fini(&r.bytes);
	map_free(r.known, free);
	arena_free(r.arena);
	document_free(r.document);
	fulltext_writer_free(r.writer);
	kv_batch_free(r.batch);
	kv_close(r.kv);
	if (rc == 0)
		return EXIT_DONE;
	log_error("rank", "error=\"%s\"", e.text);
	return EXIT_FAILED;
}
