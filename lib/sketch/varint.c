#include "sketch/sketch.h"

void
varint_add(struct buf *b, uint64_t v)
{
	char bytes[10];
	size_t n = 0;

	while (v >= 0x80) {
		bytes[n++] = (char)(v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (char)v;
	buf_add(b, bytes, n);
}

void
varint_add_signed(struct buf *b, int64_t v)
{
	varint_add(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

bool
varint_read(struct str *in, uint64_t *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < in->n && i < 10; i++) {
		uint64_t part = (uint8_t)in->p[i] & 0x7f;

		if (i == 9 && part > 1)
			return false;
		sum |= part << 7 * i;
		if (!((uint8_t)in->p[i] & 0x80)) {
			*v = sum;
			*in = str_of(in->p + i + 1, in->n - i - 1);
			return true;
		}
	}
	return false;
}

bool
varint_read_signed(struct str *in, int64_t *v)
{
	uint64_t u;

	if (!varint_read(in, &u))
		return false;
	*v = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
	return true;
}
