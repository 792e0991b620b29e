#include "repo/layout.h"

#include <string.h>

#include "base/buf.h"

void
layout_add(struct layout_key *k, struct str s)
{
	if (s.n > sizeof(k->b) - k->n)
		BUG("key: no room for %zu bytes", s.n);
	if (s.n)
		memcpy(k->b + k->n, s.p, s.n);
	k->n += s.n;
}

void
layout_add_byte(struct layout_key *k, uint8_t c)
{
	layout_add(k, str_of(&c, 1));
}

void
layout_add_be32(struct layout_key *k, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	layout_add(k, str_of(b, sizeof(b)));
}

void
layout_add_be64(struct layout_key *k, uint64_t v)
{
	layout_add_be32(k, (uint32_t)(v >> 32));
	layout_add_be32(k, (uint32_t)v);
}

void
layout_scope(struct layout_key *k, struct repo_scope s)
{
	k->n = 0;
	layout_add_be32(k, s.project);
	layout_add_byte(k, (uint8_t)s.env);
}

void
layout_event_prefix(struct layout_key *k, struct repo_scope s,
    enum layout_class c, const struct hash128 *rid)
{
	layout_scope(k, s);
	layout_add_byte(k, (uint8_t)c);
	layout_add(k, str_of(rid->b, sizeof(rid->b)));
}

void
layout_event(struct layout_key *k, struct repo_scope s, enum layout_class c,
    const struct hash128 *rid, uint64_t seq)
{
	layout_event_prefix(k, s, c, rid);
	layout_add_be64(k, seq);
}

void
layout_run(struct layout_key *k, struct repo_scope s, const struct hash128 *rid)
{
	layout_scope(k, s);
	layout_add(k, str_of(rid->b, sizeof(rid->b)));
}

static bool
has_name(enum layout_index kind)
{
	return kind != INDEX_TIME && kind != INDEX_ERROR &&
	    kind != INDEX_FEEDBACK;
}

size_t
layout_index_prefix_size(enum layout_index kind)
{
	return LAYOUT_SCOPE_SIZE + 1 + (has_name(kind) ? 8 : 0);
}

void
layout_index_prefix(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, struct str name)
{
	layout_scope(k, s);
	layout_add_byte(k, (uint8_t)kind);
	if (has_name(kind))
		layout_add_be64(k, hash64(name));
}

void
layout_index(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, struct str name, int64_t ms,
    const struct hash128 *rid)
{
	layout_index_prefix(k, s, kind, name);
	layout_add_be64(k, (uint64_t)(INT64_MAX - layout_clamp_ms(ms)));
	if (rid)
		layout_add(k, str_of(rid->b, sizeof(rid->b)));
}

void
layout_index_h8(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, uint64_t h8, int64_t ms,
    const struct hash128 *rid)
{
	layout_scope(k, s);
	layout_add_byte(k, (uint8_t)kind);
	layout_add_be64(k, h8);
	layout_add_be64(k, (uint64_t)(INT64_MAX - layout_clamp_ms(ms)));
	if (rid)
		layout_add(k, str_of(rid->b, sizeof(rid->b)));
}

void
layout_state(struct layout_key *k, struct repo_scope s, char kind,
    struct str id)
{
	layout_scope(k, s);
	layout_add_byte(k, (uint8_t)kind);
	layout_add(k, id);
}

bool
layout_read_scope(struct str key, struct repo_scope *out)
{
	unsigned env;

	if (key.n < LAYOUT_SCOPE_SIZE)
		return false;
	env = (uint8_t)key.p[4];
	if (env != ENV_DEV && env != ENV_PROD)
		return false;
	*out = (struct repo_scope){ be32_get(key.p), (enum event_env)env };
	return true;
}

bool
layout_read_index(struct str key, enum layout_index kind, int64_t *ms,
    struct hash128 *rid)
{
	size_t at = layout_index_prefix_size(kind);

	if (key.n != at + 8 + HASH128_SIZE + (kind == INDEX_FAILURE ? 8 : 0))
		return false;
	*ms = INT64_MAX - (int64_t)be64_get(key.p + at);
	memcpy(rid->b, key.p + at + 8, HASH128_SIZE);
	return true;
}

int64_t
layout_clamp_ms(int64_t ms)
{
	return ms < 0 ? 0 : MIN_OF(ms, LAYOUT_TIME_MAX_MS);
}
