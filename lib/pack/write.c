#include "pack/pack.h"

#include <msgpack.h>

static int
append(void *data, const char *p, size_t n)
{
	buf_add(data, p, n);
	return 0;
}

static msgpack_packer
packer(struct buf *b)
{
	return (msgpack_packer){ .data = b, .callback = append };
}

void
pack_nil(struct buf *b)
{
	msgpack_packer p = packer(b);

	msgpack_pack_nil(&p);
}

void
pack_bool(struct buf *b, bool v)
{
	msgpack_packer p = packer(b);

	if (v)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}

void
pack_i64(struct buf *b, int64_t v)
{
	msgpack_packer p = packer(b);

	msgpack_pack_int64(&p, v);
}

void
pack_u64(struct buf *b, uint64_t v)
{
	msgpack_packer p = packer(b);

	msgpack_pack_uint64(&p, v);
}

void
pack_double(struct buf *b, double v)
{
	msgpack_packer p = packer(b);

	msgpack_pack_double(&p, v);
}

void
pack_str(struct buf *b, struct str s)
{
	msgpack_packer p = packer(b);

	msgpack_pack_str(&p, s.n);
	buf_add_str(b, s);
}

void
pack_cstr(struct buf *b, const char *s)
{
	pack_str(b, str_from(s));
}

void
pack_bin(struct buf *b, struct str s)
{
	msgpack_packer p = packer(b);

	msgpack_pack_bin(&p, s.n);
	buf_add_str(b, s);
}

void
pack_ext(struct buf *b, int8_t type, struct str s)
{
	msgpack_packer p = packer(b);

	msgpack_pack_ext(&p, s.n, type);
	buf_add_str(b, s);
}

void
pack_array(struct buf *b, uint32_t n)
{
	msgpack_packer p = packer(b);

	msgpack_pack_array(&p, n);
}

void
pack_map(struct buf *b, uint32_t n)
{
	msgpack_packer p = packer(b);

	msgpack_pack_map(&p, n);
}
