#ifndef REPO_CUSTOM_H
#define REPO_CUSTOM_H

#include "base/buf.h"
#include "detect/custom.h"
#include "repo/read.h"

/*
 * The custom patterns of a project and environment (detect/custom.h): reading
 * them, and the events that make, change and delete one.
 *
 *	struct repo_customs all;
 *
 *	if (repo_custom_list(&view, &all, e))
 *		return e->code;
 *	for (size_t i = 0; i < all.n; i++)
 *		show(&all.v[i]);
 *
 *	if (repo_custom_create(&view, &def, &who, &out, &field, e))
 *		return refuse(e->code, field, e->text);
 *	submit(&out);                   // one encoded event
 *
 * A pattern's revision is the order of its last event, at least the time in ms
 * and greater than that of any pattern before; so the greatest revision names
 * the state of all of them: the generation.  A deleted pattern stays as an
 * empty record, and its slug may be taken again.
 *
 * Ownership: results live in the view's arena.  Threads: as the view.
 * Errors: as repo/read.h; ERR_EXISTS the slug is taken, the
 * pattern has changed, or there are CUSTOM_SET_MAX; ERR_DENIED the pattern
 * is built in.
 */
struct repo_custom {
	struct str slug;
	int64_t revision;
	bool is_enabled, is_deleted;
	int64_t created_ms, changed_ms;
	struct str definition;          /* JSON; STR_NULL if deleted */
};

struct repo_customs {
	struct repo_custom *v;          /* by slug; deleted ones too */
	size_t n;
	int64_t generation;             /* 0: there never was any */
};

int repo_custom_list(const struct repo_view *v, struct repo_customs *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* ERR_NOT_FOUND for a deleted one too. */
int repo_custom_get(const struct repo_view *v, struct str slug,
    struct repo_custom *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* The definition, with slug, enabled and revision. */
int repo_custom_def(const struct repo_view *v, const struct repo_custom *c,
    struct custom_def *def, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/*
 * The enabled patterns, compiled and trained, to be freed by the caller; NULL
 * if there never was one.  A definition that is refused now is left out, and
 * *refused counts it.
 */
int repo_custom_set(const struct repo_view *v, struct custom_set **out,
    size_t *refused, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* Who changes something, and when. */
struct repo_custom_change {
	struct str project;             /* name */
	struct str source;              /* dialect */
	int64_t now_ms;
};

/*
 * Each appends one encoded event to *out.  *field names what is wrong in the
 * definition.  The slug of a new pattern, if the definition has none, is made
 * from its name and differs from all others.
 */
int repo_custom_create(const struct repo_view *v, struct custom_def *def,
    const struct repo_custom_change *by, struct buf *out, struct str *field,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4, 5, 6);
/* json: members that change; with "revision" only if that is still the one. */
int repo_custom_change(const struct repo_view *v, struct str slug,
    struct str json, const struct repo_custom_change *by, struct buf *out,
    struct str *field, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5, 6, 7);
int repo_custom_delete(const struct repo_view *v, struct str slug,
    const struct repo_custom_change *by, struct buf *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 3, 4, 5);

#endif
