#include "store/proto_key.h"

#include "pack/pack.h"
#include "store/proto_in.h"

void
store_key_spec_encode(const struct repo_key_spec *m, struct buf *b)
{
	pack_array(b, 4);
	pack_str(b, m->project);
	pack_u64(b, m->dialect);
	pack_u64(b, m->scope);
	pack_u64(b, m->envs);
}

/* The three words of a key or a spec. */
static int
words_read(struct pack_reader *r, enum repo_dialect *dialect,
    enum repo_key_scope *scope, enum repo_key_envs *envs, struct err *e)
{
	uint64_t d, s, v;

	if (store_proto_u64(r, DIALECT_END - 1, &d, e) ||
	    store_proto_u64(r, KEY_ALL, &s, e) ||
	    store_proto_u64(r, KEY_DEV_PROD, &v, e))
		return e->code;
	if (s == 0 || v == 0)
		return err_set(e, ERR_INVALID, "a key that may do nothing");
	*dialect = (enum repo_dialect)d;
	*scope = (enum repo_key_scope)s;
	*envs = (enum repo_key_envs)v;
	return 0;
}

int
store_key_spec_decode(struct str payload, struct repo_key_spec *m,
    struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (store_proto_array(&r, 4, e) ||
	    store_proto_str(&r, REPO_PROJECT_MAX, &m->project, e) ||
	    words_read(&r, &m->dialect, &m->scope, &m->envs, e) ||
	    pack_end(&r, e))
		return store_proto_fail("key", e);
	return 0;
}

void
store_key_encode(const struct repo_key *k, const char *secret, struct buf *b)
{
	pack_array(b, secret ? 10 : 9);
	pack_cstr(b, k->id);
	pack_cstr(b, k->project_name);
	pack_u64(b, k->project);
	pack_u64(b, k->dialect);
	pack_u64(b, k->scope);
	pack_u64(b, k->envs);
	pack_cstr(b, k->public_id);
	pack_i64(b, k->created_ms);
	pack_i64(b, k->revoked_ms);
	if (secret)
		pack_cstr(b, secret);
}

/* Into an array of size bytes, with a NUL. */
static int
read_into(struct pack_reader *r, char *out, size_t size, struct err *e)
{
	struct str s;

	if (store_proto_str(r, size - 1, &s, e))
		return e->code;
	if (s.n && memchr(s.p, 0, s.n))
		return err_set(e, ERR_INVALID, "a NUL in a text");
	memset(out, 0, size);
	if (s.n)
		memcpy(out, s.p, s.n);
	return 0;
}

int
store_key_decode(struct str payload, struct repo_key *k,
    char secret[REPO_SECRET_SIZE], struct err *e)
{
	struct pack_reader r = pack_reader(payload);
	uint64_t project;

	if (store_proto_array(&r, secret ? 10 : 9, e) ||
	    read_into(&r, k->id, sizeof(k->id), e) ||
	    read_into(&r, k->project_name, sizeof(k->project_name), e) ||
	    store_proto_u64(&r, UINT32_MAX, &project, e) ||
	    words_read(&r, &k->dialect, &k->scope, &k->envs, e) ||
	    read_into(&r, k->public_id, sizeof(k->public_id), e) ||
	    pack_read_i64(&r, &k->created_ms, e) ||
	    pack_read_i64(&r, &k->revoked_ms, e) ||
	    (secret && read_into(&r, secret, REPO_SECRET_SIZE, e)) ||
	    pack_end(&r, e))
		return store_proto_fail("key", e);
	k->project = (uint32_t)project;
	return 0;
}
