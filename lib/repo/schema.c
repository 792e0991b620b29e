/* The schema version, and the counters beside it. */
#include "repo/group.h"

static int
get_number(struct kv_snapshot *s, enum kv_family f, struct str key,
    size_t size, uint64_t *out, bool *found, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 64);
	*out = 0;
	rc = kv_get(s, f, key, &b, found, e);
	if (rc == 0 && *found && b.n != size)
		rc = err_set(e, ERR_CORRUPT, "%s %.*s: not a number",
		    kv_family_name(f), STR_FMT(key));
	if (rc == 0 && *found)
		*out = size == 4 ? be32_get(b.p) : be64_get(b.p);
	buf_fini(&b);
	return rc;
}

static void
put_u32(struct kv_batch *b, enum kv_family f, struct str key, uint32_t v)
{
	struct layout_key value = { 0 };

	layout_add_be32(&value, v);
	kv_batch_put(b, f, key, layout_str(&value));
}

int
schema_seq(struct kv_snapshot *s, uint64_t *seq, struct err *e)
{
	bool found;

	return get_number(s, KV_DEFAULT, STR("seq"), 8, seq, &found, e);
}

void
schema_put_seq(struct kv_batch *b, uint64_t seq)
{
	struct layout_key value = { 0 };

	layout_add_be64(&value, seq);
	kv_batch_put(b, KV_DEFAULT, STR("seq"), layout_str(&value));
}

int
schema_next_project(struct kv_snapshot *s, uint32_t *number, struct err *e)
{
	uint64_t v;
	bool found;

	if (get_number(s, KV_KEYS, STR("next"), 4, &v, &found, e))
		return e->code;
	*number = found ? (uint32_t)v : 1;
	return 0;
}

void
schema_put_project(struct kv_batch *b, struct str name, uint32_t number)
{
	struct layout_key k = { 0 };

	layout_add_byte(&k, 'p');
	layout_add(&k, name);
	put_u32(b, KV_KEYS, layout_str(&k), number);
	k.n = 0;
	layout_add_byte(&k, 'n');
	layout_add_be32(&k, number);
	kv_batch_put(b, KV_KEYS, layout_str(&k), name);
	put_u32(b, KV_KEYS, STR("next"), number + 1);
}

void
schema_put_reindex(struct kv_batch *b, bool is_running)
{
	if (is_running)
		put_u32(b, KV_DEFAULT, STR("reindex"), 1);
	else
		kv_batch_delete(b, KV_DEFAULT, STR("reindex"));
}

void
schema_put_version(struct kv_batch *b)
{
	put_u32(b, KV_DEFAULT, STR("schema"), LAYOUT_SCHEMA);
}

int
schema_is_old(struct kv_snapshot *s, bool *old, struct err *e)
{
	uint64_t version;
	bool found;

	if (get_number(s, KV_DEFAULT, STR("schema"), 4, &version, &found, e))
		return e->code;
	*old = found && version < LAYOUT_SCHEMA;
	return 0;
}

/* found: there is a version, and it is ours. */
static int
check_version(struct kv_snapshot *s, bool *found, struct err *e)
{
	uint64_t version;

	if (get_number(s, KV_DEFAULT, STR("schema"), 4, &version, found, e))
		return e->code;
	if (*found && version > LAYOUT_SCHEMA)
		return err_set(e, ERR_INVALID,
		    "the data has schema version %llu, written by a newer "
		    "weir; this one knows up to %d",
		    (unsigned long long)version, LAYOUT_SCHEMA);
	if (*found && version < LAYOUT_SCHEMA)
		return err_set(e, ERR_INVALID,
		    "the data has schema version %llu, written by an older "
		    "weir; weir-store brings it to %d when it starts",
		    (unsigned long long)version, LAYOUT_SCHEMA);
	return 0;
}

int
repo_check(struct kv_snapshot *s, struct err *e)
{
	uint64_t v;
	bool found;

	if (check_version(s, &found, e) ||
	    get_number(s, KV_DEFAULT, STR("reindex"), 4, &v, &found, e))
		return e->code;
	if (found)
		return err_set(e, ERR_INVALID,
		    "a reindex was interrupted: run weir reindex");
	return 0;
}

static int
is_empty_row(void *arg, struct str key, struct str value, struct err *e)
{
	(void)key, (void)value, (void)e;
	*(bool *)arg = false;
	return KV_STOP;
}

int
repo_open(struct kv *kv, struct err *e)
{
	struct kv_snapshot *s = kv_latest(kv);
	struct kv_range events = { .family = KV_EVENTS, .keys_only = true,
		.limit = 1 };
	struct kv_batch *b;
	bool found, is_empty = true;
	int rc;

	if (check_version(s, &found, e))
		return e->code;
	if (found)
		return repo_check(s, e);
	if (kv_scan(s, &events, is_empty_row, &is_empty, NULL, e))
		return e->code;
	if (!is_empty)
		return err_set(e, ERR_CORRUPT,
		    "the data has events but no schema version");
	b = kv_batch_new(1 << 10);
	schema_put_version(b);
	rc = kv_write(kv, b, true, e);
	kv_batch_free(b);
	return rc;
}
