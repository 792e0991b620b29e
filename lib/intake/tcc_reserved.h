#ifndef INTAKE_TCC_RESERVED_H
#define INTAKE_TCC_RESERVED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/str.h"
#include "model/event.h"

/*
 * The reserved tcc.* metadata keys, by which any sender, whatever its
 * protocol, says whose run it is:
 *
 *	tcc.runId (tcc.run_id), tcc.sessionId (tcc.session_id),
 *	tcc.conversational, tcc.agent, tcc.userId, tcc.userName, tcc.orgId,
 *	tcc.orgName
 *
 *	struct tcc_identity id = { .arena = arena };
 *
 *	if (!tcc_identity_take(&id, key, value, 0))
 *		…ordinary metadata…
 *	tcc_identity_put(&id, &builder);
 *
 * Rules: no key that begins with "tcc." is ever shown as metadata, and those
 * not in the list are ignored.  conversational is true, "true", "1" or 1 (and
 * the opposites).  A user's or organisation's name without its id in the same
 * message is dropped.  An agent whose name is a route of the dashboard is
 * dropped.  An id that is empty or longer than EVENT_ID_MAX is ignored; one
 * that is an integer is taken as its digits.
 * Memory: texts are borrowed, digits are in id->arena.  Threads: reentrant.
 */
enum tcc_flag { TCC_UNSAID, TCC_NO, TCC_YES };

enum tcc_name {
	TCC_RUN_ID, TCC_SESSION_ID, TCC_AGENT, TCC_USER_ID, TCC_USER_NAME,
	TCC_ORG_ID, TCC_ORG_NAME,
	TCC_NAMES
};

/* All zero: nothing said.  rank: how good the source was; higher wins, equal
 * ranks overwrite. */
struct tcc_identity {
	struct str name[TCC_NAMES];
	unsigned char rank[TCC_NAMES + 1];
	enum tcc_flag conversational;
	struct arena *arena;    /* NULL: ids that are numbers are ignored */
	bool said;              /* any of it but the run id */
};

/* True if the key is reserved (begins with "tcc."), whatever its value. */
bool tcc_identity_take(struct tcc_identity *id, struct str key,
    const struct value *v, unsigned char rank) CC_CHECK CC_NONNULL(1, 3);

/* Sets one directly, as from a member of its own; the empty text says
 * nothing. */
void tcc_identity_set(struct tcc_identity *id, enum tcc_name name,
    struct str s, unsigned char rank) CC_NONNULL(1);
void tcc_identity_set_conversational(struct tcc_identity *id, bool v,
    unsigned char rank) CC_NONNULL(1);

/* What `from` says where `id` says nothing. */
void tcc_identity_merge(struct tcc_identity *id,
    const struct tcc_identity *from) CC_NONNULL(1, 2);

/* Adds the fields to a run event, after the rules. */
void tcc_identity_put(const struct tcc_identity *id, struct event_builder *b)
    CC_NONNULL(1, 2);

/* True for an agent name that is a route of the dashboard. */
bool tcc_agent_is_reserved(struct str agent);

#endif
