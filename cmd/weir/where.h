#ifndef WEIR_WHERE_H
#define WEIR_WHERE_H

#include <stdbool.h>

#include "base/err.h"
#include "kv/kv.h"
#include "place.h"
#include "repo/layout.h"
#include "store/client.h"
#include "store/connect.h"

/*
 * How a command finds the data: --data DIR, or --store ENDPOINT.  With --data
 * it asks the weir-store that has the database open; if there is none, it
 * opens the database itself, and keeps weir-store out for that time.
 *
 *	static struct where where;
 *	static const struct opt table[] = { WHERE_OPTS(where), … };
 *
 *	…opts_parse…
 *	where_open(&where, WHERE_READ);
 *	if (kv_snapshot_open(where.kv, &s, &e)) …
 *	…
 *	where_close(&where);
 *
 * Mistakes end the process with a line that says what to do.
 * Threads: one command, one thread.
 */
struct where {
	const char *data;
	struct store_connect connect;
	/* Set by where_open. */
	struct place place;             /* with --data */
	struct store_client *client;    /* NULL: the database is open here */
	struct kv *kv;                  /* for reading in either case */
};

#define WHERE_OPTS(w) \
	{ "data", 'd', OPT_TEXT, &(w).data, 0, 0, "DIR", \
	    "data directory of weir up or weir-store" }, \
	STORE_CONNECT_OPTS((w).connect)

enum where_use {
	WHERE_READ,     /* the database must be there */
	WHERE_WRITE,
	WHERE_MAKE      /* as write, and made if there is none */
};

void where_open(struct where *w, enum where_use use);
void where_close(struct where *w);

/*
 * With --data: whether a weir-store, or another program, has the database of
 * the place open.  Asks without opening it.
 */
bool where_is_open(const struct place *p);

/* Path of the database, into out[PLACE_PATH_MAX]. */
const char *where_database(const struct place *p, char *out);

/*
 * Opens the database of a place in this process.  ERR_EXISTS: somebody has
 * it; ERR_DENIED: it belongs to another user, whose programs could not open
 * the files that we would make.
 */
int where_open_database(const struct place *p, bool make, struct kv **out,
    struct err *e) CC_CHECK;

/* Hands events in; the buffer is empty afterwards. */
int where_submit(struct where *w, struct buf *events, struct err *e) CC_CHECK;

/*
 * The scope of --project and --env (NULL: prod).  Without a project there
 * must be just one.
 */
struct repo_scope where_scope(struct kv_snapshot *s, const char *project,
    const char *env);

/* Prints "weir …: text" and gives the exit code that fits. */
int where_fail(const char *command, const struct err *e);

#endif
