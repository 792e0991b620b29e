#ifndef REPO_PIECES_H
#define REPO_PIECES_H

#include "repo/read.h"

/*
 * Inside lib/repo only: a time range taken to pieces that rollup records
 * cover exactly, and rests of less than a minute (or a day, for dimensions
 * that have no minutes) that only the runs themselves cover.
 */
struct piece {
	bool is_runs;           /* a rest, to be counted run by run */
	enum repo_level level;
	int64_t from_ms, to_ms;
};

struct pieces {
	struct arena *arena;
	struct piece *v;
	size_t n, cap;
};

/* Takes [from_ms, to_ms), which begins where the last one ended or later, to
 * pieces.  False past the arena's budget. */
bool pieces_add(struct pieces *p, enum repo_dim dim, int64_t from_ms,
    int64_t to_ms) CC_CHECK;

/* One record or contribution, or one that is taken out again (negative); ms is
 * the start of its bucket, or its own. */
typedef int piece_fn(void *arg, struct str name, int64_t ms,
    const struct rollup *r, struct err *e);

/* Reads all pieces.  With a name, others may still come. */
int pieces_read(const struct pieces *p, const struct repo_view *v,
    enum repo_dim dim, struct str name, piece_fn *fn, void *arg,
    struct err *e) CC_CHECK;

#endif
