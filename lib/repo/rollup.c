#include "repo/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * Record: varint bits of the parts that follow; zigzag varints of the counters
 * that are not 0; the sketches that are not empty; varint length and label.
 */
enum {
	BIT_DURATION = ROLLUP_COUNTERS,
	BIT_FIRST_TOKEN,
	BIT_LABEL,
	BIT_COST,
	BITS_END
};

void
rollup_fini(struct rollup *r)
{
	sketch_fini(&r->duration_us);
	sketch_fini(&r->first_token_us);
	sketch_fini(&r->cost_pico_usd);
	free((void *)(uintptr_t)r->label.p);
	*r = (struct rollup)ROLLUP_INIT;
}

static void
set_label(struct rollup *r, struct str label)
{
	if (!r->label.p && label.p)
		r->label = str_of(mem_dup(label.p, label.n), label.n);
}

void
rollup_merge(struct rollup *to, const struct rollup *from, int sign)
{
	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		to->c[i] = (int64_t)(sign < 0 ?
		    (uint64_t)to->c[i] - (uint64_t)from->c[i] :
		    (uint64_t)to->c[i] + (uint64_t)from->c[i]);
	if (from->duration_us.n)
		sketch_merge(&to->duration_us, &from->duration_us, sign);
	if (from->first_token_us.n)
		sketch_merge(&to->first_token_us, &from->first_token_us, sign);
	if (from->cost_pico_usd.n)
		sketch_merge(&to->cost_pico_usd, &from->cost_pico_usd, sign);
	set_label(to, from->label);
}

bool
rollup_is_zero(const struct rollup *r)
{
	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		if (r->c[i])
			return false;
	return r->duration_us.n == 0 && r->first_token_us.n == 0 &&
	    r->cost_pico_usd.n == 0;
}

void
rollup_encode(const struct rollup *r, struct buf *b)
{
	uint64_t bits = 0;

	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		bits |= (uint64_t)(r->c[i] != 0) << i;
	bits |= (uint64_t)(r->duration_us.n != 0) << BIT_DURATION;
	bits |= (uint64_t)(r->first_token_us.n != 0) << BIT_FIRST_TOKEN;
	bits |= (uint64_t)(r->label.p != NULL) << BIT_LABEL;
	bits |= (uint64_t)(r->cost_pico_usd.n != 0) << BIT_COST;
	varint_add(b, bits);
	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		if (r->c[i])
			varint_add_signed(b, r->c[i]);
	if (r->duration_us.n)
		sketch_encode(&r->duration_us, b);
	if (r->first_token_us.n)
		sketch_encode(&r->first_token_us, b);
	if (r->cost_pico_usd.n)
		sketch_encode(&r->cost_pico_usd, b);
	if (r->label.p) {
		varint_add(b, r->label.n);
		buf_add_str(b, r->label);
	}
}

static int
corrupt(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "rollup: not a record");
}

int
rollup_decode(struct rollup *r, struct str in, struct err *e)
{
	uint64_t bits, n;

	if (!varint_read(&in, &bits) || bits >> BITS_END)
		return corrupt(e);
	for (int i = 0; i < ROLLUP_COUNTERS; i++) {
		int64_t v;

		if (!(bits >> i & 1))
			continue;
		if (!varint_read_signed(&in, &v))
			return corrupt(e);
		r->c[i] = (int64_t)((uint64_t)r->c[i] + (uint64_t)v);
	}
	if ((bits >> BIT_DURATION & 1) &&
	    sketch_decode(&r->duration_us, &in, e))
		return e->code;
	if ((bits >> BIT_FIRST_TOKEN & 1) &&
	    sketch_decode(&r->first_token_us, &in, e))
		return e->code;
	if ((bits >> BIT_COST & 1) &&
	    sketch_decode(&r->cost_pico_usd, &in, e))
		return e->code;
	if (bits >> BIT_LABEL & 1) {
		if (!varint_read(&in, &n) || n != in.n)
			return corrupt(e);
		set_label(r, in);
		return 0;
	}
	return in.n ? corrupt(e) : 0;
}

int64_t
rollup_level_ms(enum repo_level level)
{
	switch (level) {
	case LEVEL_MINUTE: return MS_PER_MINUTE;
	case LEVEL_HOUR: return MS_PER_HOUR;
	case LEVEL_DAY: return MS_PER_DAY;
	case LEVEL_ALL: return 0;
	}
	BUG("level %d", (int)level);
}

int64_t
rollup_bucket_ms(enum repo_level level, int64_t ms)
{
	int64_t width = rollup_level_ms(level);

	return width ? layout_clamp_ms(ms) / width * width : 0;
}

struct str
rollup_name(struct str name, char space[LAYOUT_NAME_MAX])
{
	struct hash128 h;
	struct str start;

	if (name.n <= LAYOUT_NAME_MAX)
		return name;
	h = hash128(name);
	start = str_utf8_prefix(name, LAYOUT_NAME_MAX - HASH128_SIZE);
	memcpy(space, start.p, start.n);
	memcpy(space + start.n, h.b, HASH128_SIZE);
	return str_of(space, start.n + HASH128_SIZE);
}

void
rollup_key(struct layout_key *k, struct repo_scope s, enum repo_dim dim,
    enum repo_level level, int64_t bucket_ms, struct str name)
{
	char space[LAYOUT_NAME_MAX];

	layout_scope(k, s);
	layout_add_byte(k, (uint8_t)dim);
	layout_add_byte(k, (uint8_t)level);
	layout_add_be32(k, (uint32_t)(bucket_ms / MS_PER_SECOND));
	layout_add(k, rollup_name(name, space));
}

bool
rollup_has_level(enum repo_dim dim, enum repo_level level)
{
	switch (dim) {
	case DIM_TOTAL:
	case DIM_AGENT:
	case DIM_MODEL:
	case DIM_TOOL:
	case DIM_PATTERN:
	case DIM_PATTERN_AGENT:
	case DIM_TOPIC:
		return level != LEVEL_ALL;
	case DIM_FAILURE:
		return true;
	case DIM_USER:
	case DIM_ORG:
		return level == LEVEL_DAY;
	case DIM_SESSION:
		return level == LEVEL_ALL;
	}
	return false;
}
