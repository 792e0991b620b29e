#include "fulltext/keys.h"

#include <string.h>

void
text_key(struct text_key *k, struct str scope, char kind)
{
	if (scope.n > FULLTEXT_SCOPE_MAX)
		BUG("fulltext: a scope of %zu bytes", scope.n);
	k->n = 0;
	text_key_add(k, scope);
	text_key_add(k, str_of(&kind, 1));
}

void
text_key_add(struct text_key *k, struct str s)
{
	if (k->n + s.n > sizeof(k->b))
		BUG("fulltext: key too long");
	if (s.n)
		memcpy(k->b + k->n, s.p, s.n);
	k->n += s.n;
}

void
text_key_u16(struct text_key *k, uint16_t v)
{
	char b[2] = { (char)(v >> 8), (char)v };

	text_key_add(k, str_of(b, sizeof(b)));
}

void
text_key_u32(struct text_key *k, uint32_t v)
{
	text_key_u16(k, (uint16_t)(v >> 16));
	text_key_u16(k, (uint16_t)v);
}

int
text_corrupt(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "text: %s: not a record", what);
}

int
text_sums_read(struct kv_snapshot *s, struct str scope,
    struct text_sums *out, struct err *e)
{
	struct text_key k;
	struct buf b;
	bool found;
	int rc;

	*out = (struct text_sums){ 0 };
	text_key(&k, scope, 's');
	buf_init(&b, 64);
	rc = kv_get(s, KV_TEXT, text_key_str(&k), &b, &found, e);
	if (rc == 0 && found && b.n != 20)
		rc = text_corrupt("sums", e);
	else if (rc == 0 && found)
		*out = (struct text_sums){ be32_get(b.p), be64_get(b.p + 4),
			be64_get(b.p + 12) };
	buf_fini(&b);
	return rc;
}

int
text_span_read(struct kv_snapshot *s, struct str scope, uint16_t block,
    int64_t *least, int64_t *greatest, bool *found, struct err *e)
{
	struct text_key k;
	struct buf b;
	int rc;

	text_key(&k, scope, 'b');
	text_key_u16(&k, block);
	buf_init(&b, 64);
	rc = kv_get(s, KV_TEXT, text_key_str(&k), &b, found, e);
	if (rc == 0 && *found && b.n != 16) {
		rc = text_corrupt("times of a block", e);
	} else if (rc == 0 && *found) {
		*least = (int64_t)be64_get(b.p);
		*greatest = (int64_t)be64_get(b.p + 8);
	}
	buf_fini(&b);
	return rc;
}
