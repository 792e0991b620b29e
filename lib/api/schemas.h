#ifndef API_SCHEMAS_H
#define API_SCHEMAS_H

#include <stddef.h>

/*
 * Inside lib/api only: what answers look like, as rows.  A row with a type of
 * NULL begins a schema; the rows behind it are its members, all of which are
 * always there and no others.
 *
 * type: string, integer, number, boolean, time (ISO 8601), any, object (with
 * any members), or the name of another schema; "[]" behind it: an array of
 * them; "?": or null.  A member named "+" stands for all members of the schema
 * that is its type.
 */
struct schema_row {
	const char *name;
	const char *type;
	const char *text;       /* description, or NULL */
};

/* Row i, or NULL behind the last. */
const struct schema_row *schema_row(size_t i);

/* Those of other files; each counts the next behind its own. */
const struct schema_row *schema_row_topics(size_t i);
const struct schema_row *schema_row_insights(size_t i);

#endif
