/* The head of a run: its canonical compact form. */
#include <stdlib.h>
#include <string.h>

#include "model/entity.h"
#include "model/run.h"

/*
 * Head: [1, env, received_ms, rev, [entity…]], the run itself first, then the
 * kinds in order, each kind sorted by id.
 * Entity: [kind, id, order, seen, fields] as in an event's body, without BODY
 * fields.  seen is the bytes of the hashes in their order, big-endian.
 */
enum { HEAD_VERSION = 1, HEAD_ARRAY = 5, ENTITY_ARRAY = 5 };

static bool
has(const struct entity *entity, const struct field_def *def)
{
	return def->keep != FIELD_BODY && (entity->has >> def->number & 1);
}

static void
encode_field(const struct entity *entity, const struct field_def *def,
    struct buf *b)
{
	const char *member = (const char *)entity + def->offset;
	struct str s;

	pack_u64(b, def->number);
	switch (def->type) {
	case FIELD_TEXT:
		s = *(const struct str *)(const void *)member;
		if (def->keep == FIELD_PREVIEW)
			s = str_utf8_prefix(s, HEAD_PREVIEW_BYTES);
		pack_str(b, s);
		return;
	case FIELD_BOOL:
		pack_bool(b, *(const bool *)member);
		return;
	case FIELD_INT:
		pack_i64(b, *(const int64_t *)(const void *)member);
		return;
	case FIELD_NUM:
		pack_double(b, *(const double *)(const void *)member);
		return;
	case FIELD_ANY:
	case FIELD_KEYED:
		break;
	}
	BUG("field %s cannot be kept in a head", def->name);
}

static void
encode_seen(const struct entity *entity, struct buf *b)
{
	char bytes[RUN_SEEN_MAX * 8];

	for (size_t i = 0; i < entity->nseen; i++)
		for (int j = 0; j < 8; j++)
			bytes[i * 8 + (size_t)j] =
			    (char)(entity->seen[i] >> (56 - 8 * j));
	pack_bin(b, str_of(bytes, entity->nseen * 8));
}

static void
encode_entity(const struct entity *entity, enum event_kind kind, struct buf *b)
{
	const struct kind_def *def = event_kind_def(kind);
	uint32_t n = 0;

	for (size_t i = 0; i < def->nfields; i++)
		n += has(entity, &def->fields[i]);
	pack_array(b, ENTITY_ARRAY);
	pack_u64(b, kind);
	pack_str(b, kind == EVENT_RUN ? STR("") : entity->id);
	pack_i64(b, entity->order);
	if (entity->nseen)
		encode_seen(entity, b);
	else
		pack_bin(b, STR(""));
	pack_map(b, n);
	for (size_t i = 0; i < def->nfields; i++)
		if (has(entity, &def->fields[i]))
			encode_field(entity, &def->fields[i], b);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct entity *const *x = a, *const *y = b;

	return str_cmp((*x)->id, (*y)->id);
}

/* True for a finding that its version's last verdict has withdrawn.  One that
 * is ahead of its verdict waits for it: requests may come in any order. */
static bool
is_dead(const struct run *run, enum event_kind kind, const struct entity *en)
{
	const struct signal_hit *s = (const struct signal_hit *)en;
	const struct failure_hit *f = (const struct failure_hit *)en;
	const struct verdict *v;

	if (kind != EVENT_SIGNAL && kind != EVENT_FAILURE)
		return false;
	v = run_verdict_of(run, kind == EVENT_SIGNAL ? s->version :
	    f->version);
	if (!v)
		return false;
	return kind == EVENT_SIGNAL ?
	    s->rev < v->rev || (s->rev == v->rev && s->pass < v->pass) :
	    f->rev < v->rev || (f->rev == v->rev && f->pass < v->pass);
}

/* The entities of a kind worth keeping, sorted by id; returns how many. */
static size_t
sorted_list(const struct run *run, enum event_kind kind, struct entity **out)
{
	struct entity **v = run->lists[kind].v;
	size_t n = 0;

	for (size_t i = 0; i < run->lists[kind].n; i++)
		if (!is_dead(run, kind, v[i]))
			out[n++] = v[i];
	qsort(out, n, sizeof(*out), compare_ids);
	return n;
}

void
run_head_encode(const struct run *run, struct buf *b)
{
	size_t total = 1, largest = 0;
	struct entity **sorted;
	struct buf entities;

	for (unsigned k = EVENT_SPAN; k <= EVENT_FAILURE; k++)
		largest = MAX_OF(largest, run->lists[k].n);
	sorted = calloc(largest + 1, sizeof(struct entity *));
	if (!sorted)
		BUG("out of memory");
	buf_init(&entities, EVENT_BYTES_MAX);
	encode_entity(&run->base, EVENT_RUN, &entities);
	for (unsigned k = EVENT_SPAN; k <= EVENT_FAILURE; k++) {
		size_t n = sorted_list(run, (enum event_kind)k, sorted);

		for (size_t i = 0; i < n; i++)
			encode_entity(sorted[i], (enum event_kind)k,
			    &entities);
		total += n;
	}
	pack_array(b, HEAD_ARRAY);
	pack_u64(b, HEAD_VERSION);
	pack_u64(b, run->env);
	pack_i64(b, run->received_ms);
	pack_u64(b, run->rev);
	pack_array(b, (uint32_t)total);
	if (entities.failed)
		b->failed = true;
	buf_add_str(b, buf_str(&entities));
	buf_fini(&entities);
	free(sorted);
}

static int
decode_field(struct pack_reader *r, void *entity, const struct field_def *def,
    struct err *e)
{
	char *member = (char *)entity + def->offset;

	switch (def->type) {
	case FIELD_TEXT:
		return pack_read_str(r, (void *)member, e);
	case FIELD_BOOL:
		return pack_read_bool(r, (void *)member, e);
	case FIELD_INT:
		return pack_read_i64(r, (void *)member, e);
	case FIELD_NUM:
		return pack_read_double(r, (void *)member, e);
	case FIELD_ANY:
	case FIELD_KEYED:
		break;
	}
	return err_set(e, ERR_CORRUPT, "head: field %s", def->name);
}

static bool
decode_seen(struct str bytes, struct entity *entity, struct arena *a)
{
	entity->nseen = entity->seen_cap = MIN_OF(bytes.n / 8, RUN_SEEN_MAX);
	entity->seen = arena_array(a, entity->nseen, sizeof(*entity->seen));
	if (!entity->seen)
		return false;
	for (size_t i = 0; i < entity->nseen; i++)
		entity->seen[i] = be64_get(bytes.p + i * 8);
	return true;
}

static int
decode_entity(struct pack_reader *r, struct run *run, struct arena *a,
    struct err *e)
{
	struct entity *entity;
	struct str id, seen;
	uint64_t kind;
	int64_t order;
	uint32_t n;

	if (pack_read_array(r, &n, e) || pack_read_u64(r, &kind, e) ||
	    pack_read_str(r, &id, e) || pack_read_i64(r, &order, e) ||
	    pack_read_bin(r, &seen, e))
		return e->code;
	if (n != ENTITY_ARRAY || kind < EVENT_RUN || kind > EVENT_FAILURE)
		return err_set(e, ERR_CORRUPT, "head: not an entity");
	entity = kind == EVENT_RUN ? &run->base :
	    run_entity_add(run, (enum event_kind)kind, id, a);
	if (!entity || !decode_seen(seen, entity, a))
		return err_set(e, ERR_LIMIT, "head: too large");
	entity->order = order;
	if (pack_read_map(r, &n, e))
		return e->code;
	while (n--) {
		const struct field_def *def = NULL;
		uint64_t number;

		if (pack_read_u64(r, &number, e))
			return e->code;
		if (number < 64)
			def = event_field((enum event_kind)kind,
			    (unsigned)number);
		if (def ? decode_field(r, entity, def, e) : pack_skip(r, e))
			return e->code;
		if (def)
			entity->has |= (uint64_t)1 << number;
	}
	return 0;
}

static int
decode_head(struct pack_reader *r, struct run *run, struct arena *a,
    struct err *e)
{
	uint64_t version, env;
	uint32_t n;

	if (pack_read_array(r, &n, e) || pack_read_u64(r, &version, e) ||
	    pack_read_u64(r, &env, e) ||
	    pack_read_i64(r, &run->received_ms, e) ||
	    pack_read_u64(r, &run->rev, e) || pack_read_array(r, &n, e))
		return e->code;
	if (version != HEAD_VERSION)
		return err_set(e, ERR_CORRUPT, "head: version %llu",
		    (unsigned long long)version);
	run->env = env == ENV_DEV ? ENV_DEV : ENV_PROD;
	while (n--)
		if (decode_entity(r, run, a, e))
			return e->code;
	return pack_end(r, e);
}

int
run_head_decode(struct str head, struct str run_id, struct arena *a,
    struct run **out, struct err *e)
{
	struct pack_reader r = pack_reader(head);
	struct run *run = run_new(a, run_id);

	if (!run)
		return err_set(e, ERR_LIMIT, "head: too large");
	if (decode_head(&r, run, a, e)) {
		if (e->code != ERR_LIMIT)
			e->code = ERR_CORRUPT;
		return e->code;
	}
	*out = run;
	return 0;
}
