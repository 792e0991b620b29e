#ifndef REPO_HITS_H
#define REPO_HITS_H

#include "repo/read.h"

/*
 * Inside lib/repo only: index entries of a time range, page by page, and the
 * heads that they lead to.
 *
 *	hits_open(&h, v, INDEX_AGENT, STR("support"), from_ms, to_ms);
 *	while (!h.is_done) {
 *		if (hits_next(&h, 256, hits, &n, e))
 *			return e->code;
 *		…
 *	}
 */
struct hit {
	struct hash128 rid;
	int64_t ms;
	uint64_t extra;         /* INDEX_TIME: h8 of the session; FAILURE: of
	                         * the occurrence */
	uint8_t flags;          /* INDEX_TIME */
};

enum { HITS_PAGE = 256 };

struct hits {
	const struct repo_view *v;
	enum layout_index kind;
	struct layout_key from, to;     /* to is exclusive */
	bool oldest_first;
	bool is_done;
};

/* [from_ms, to_ms), newest first. */
void hits_open(struct hits *h, const struct repo_view *v,
    enum layout_index kind, struct str name, int64_t from_ms, int64_t to_ms);

/* Up to max further entries (fewer only at the end). */
int hits_next(struct hits *h, size_t max, struct hit *out, size_t *n,
    struct err *e) CC_CHECK;

/*
 * Drops of *n hits, as hits_next gave them, those that another index does not
 * list at their time.  Bounded: some that it does not list may stay.
 */
int hits_keep_both(const struct repo_view *v, enum layout_index kind,
    struct str name, struct hit *hits, size_t *n, struct err *e) CC_CHECK;

/* ERR_INVALID unless from_ms < to_ms. */
int range_check(int64_t from_ms, int64_t to_ms, struct err *e) CC_CHECK;

/* ERR_LIMIT unless both are within bounds. */
int page_check(size_t limit, size_t offset, struct err *e) CC_CHECK;

/* Heads of n hits, into the arena: rows[i].run is NULL if there is none. */
int rows_load(const struct repo_view *v, struct arena *a,
    const struct hit *hits, size_t n, struct repo_run_row *rows,
    struct err *e) CC_CHECK;

/*
 * The same for the first *got of n hits, as many as fit in the scratch arena,
 * which is emptied before: at least one.  *step, HITS_PAGE at the start of a
 * walk, remembers how many that are.
 */
int rows_load_some(const struct repo_view *v, struct arena *scratch,
    const struct hit *hits, size_t n, size_t *step, struct repo_run_row *rows,
    size_t *got, struct err *e) CC_CHECK;

/* Appends to a list in the view's arena. */
int rows_add(const struct repo_view *v, struct repo_runs *list, size_t *cap,
    const struct repo_run_row *row, struct err *e) CC_CHECK;

/* A page of an index, without further filter. */
int list_index(const struct repo_view *v, enum layout_index kind,
    struct str name, int64_t from_ms, int64_t to_ms, size_t limit,
    size_t offset, struct repo_runs *out, struct err *e) CC_CHECK;

/* The whole run of a head. */
int run_whole(const struct repo_view *v, const struct hash128 *rid,
    const struct run *head, struct run **out, struct err *e) CC_CHECK;

/* The arena is spent. */
int read_spent(struct err *e);

/* Counts agents, users, … of d->runs: failure_names.c. */
int failure_names(const struct repo_view *v, struct repo_failure_detail *d,
    struct err *e) CC_CHECK;

#endif
