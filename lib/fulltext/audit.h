#ifndef FULLTEXT_AUDIT_H
#define FULLTEXT_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "kv/kv.h"

/*
 * Whether the lists of the index say just what its documents say.
 *
 *	struct audit *a = audit_new(scope.n);
 *
 *	for (each document that is indexed)
 *		audit_add(a, snapshot, scope, &id, bytes, e);
 *	for (each that may be another than what is known)
 *		audit_skip(a, snapshot, scope, &id, e);
 *	audit_lists(a, snapshot, e);
 *	while (audit_next(a, &it, &scope, &number))
 *		… that document's postings are wrong …
 *	audit_free(a);
 *
 * Of each document the hashes of its postings are added up, and those in the
 * lists taken off: what is not 0 in the end is wrong.  A posting of a number
 * that no document has must be of one that died.
 * Memory: 9 bytes a number that was ever given out.  Threads: one object, one
 * thread.  Errors: ERR_IO, ERR_CORRUPT.
 */
struct audit;

/* All scopes have this length. */
struct audit *audit_new(size_t scope_n) CC_CHECK;
/* Accepts NULL. */
void audit_free(struct audit *a);

/* bytes: its document, which document_check has taken. */
int audit_add(struct audit *a, struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, struct str bytes, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 4, 6);

/* The document that this id has, if any, is not looked at. */
int audit_skip(struct audit *a, struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, struct err *e) CC_CHECK CC_NONNULL(1, 2, 4, 5);

/* Reads all lists of all scopes. */
int audit_lists(struct audit *a, struct kv_snapshot *s, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);

/* Steps through what is wrong; start with zeros, false at the end. */
struct audit_walk {
	size_t scope, number;
};
bool audit_next(const struct audit *a, struct audit_walk *it,
    struct str *scope, uint32_t *number) CC_NONNULL(1, 2, 3, 4);

#endif
