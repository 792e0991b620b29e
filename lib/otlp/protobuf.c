#include "otlp/protobuf.h"

#include <string.h>

enum {
	VARINT_MAX = 10,         /* bytes of a 64-bit varint */
	SHORT_VARINT_MAX = 5     /* of a tag or a length, 32 bits */
};

void
pb_reader_init(struct pb_reader *r, struct str body)
{
	r->base = (const uint8_t *)(body.p ? body.p : "");
	r->p = r->base;
	r->end = r->base + body.n;
}

struct pb_reader
pb_enter(const struct pb_reader *r, const struct pb_field *f)
{
	const uint8_t *p = (const uint8_t *)f->bytes.p;

	return (struct pb_reader){ r->base, p, p + f->bytes.n };
}

static int
fail(const struct pb_reader *r, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "byte %zu: %s",
	    (size_t)(r->p - r->base), what);
}

static int
take_varint(struct pb_reader *r, int max, uint64_t *v, struct err *e)
{
	*v = 0;
	for (int i = 0; i < max; i++) {
		uint8_t c;

		if (r->p == r->end)
			return fail(r, "cut short", e);
		c = *r->p++;
		if (i == VARINT_MAX - 1 && c > 1)
			break;  /* past 64 bits */
		*v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c < 0x80)
			return 0;
	}
	return fail(r, "integer too long", e);
}

static int
take_fixed(struct pb_reader *r, size_t size, uint64_t *v, struct err *e)
{
	*v = 0;
	if ((size_t)(r->end - r->p) < size)
		return fail(r, "cut short", e);
	for (size_t i = 0; i < size; i++)
		*v |= (uint64_t)r->p[i] << (8 * i);
	r->p += size;
	return 0;
}

static int
take_bytes(struct pb_reader *r, struct str *bytes, struct err *e)
{
	uint64_t n;

	if (take_varint(r, SHORT_VARINT_MAX, &n, e))
		return e->code;
	if (n > (uint64_t)(r->end - r->p))
		return fail(r, "length past the end", e);
	*bytes = str_of(r->p, (size_t)n);
	r->p += n;
	return 0;
}

int
pb_next(struct pb_reader *r, struct pb_field *f, struct err *e)
{
	uint64_t tag;
	int rc;

	if (r->p == r->end)
		return 0;
	if (take_varint(r, SHORT_VARINT_MAX, &tag, e))
		return e->code;
	if (tag > UINT32_MAX || tag < 8)
		return fail(r, "no such field number", e);
	f->number = (uint32_t)(tag >> 3);
	f->wire = (enum pb_wire)(tag & 7);
	switch (f->wire) {
	case PB_VARINT:
		rc = take_varint(r, VARINT_MAX, &f->v, e);
		break;
	case PB_FIXED64:
		rc = take_fixed(r, 8, &f->v, e);
		break;
	case PB_BYTES:
		rc = take_bytes(r, &f->bytes, e);
		break;
	case PB_FIXED32:
		rc = take_fixed(r, 4, &f->v, e);
		break;
	default:
		return fail(r, "no such wire type", e);
	}
	return rc ? rc : 1;
}

int
pb_want(const struct pb_reader *r, const struct pb_field *f,
    enum pb_wire wire, struct err *e)
{
	if (f->wire == wire)
		return 0;
	return err_set(e, ERR_INVALID, "byte %zu: field %u has wire type %d, "
	    "expected %d", (size_t)(r->p - r->base), (unsigned)f->number,
	    (int)f->wire, (int)wire);
}

int
pb_count(struct pb_reader r, size_t n[PB_COUNTED], struct err *e)
{
	struct pb_field f;
	int rc;

	memset(n, 0, PB_COUNTED * sizeof(n[0]));
	while ((rc = pb_next(&r, &f, e)) > 0)
		if (f.number < PB_COUNTED)
			n[f.number]++;
	return rc;
}
