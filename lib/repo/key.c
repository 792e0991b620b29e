#include "repo/key.h"

#include <string.h>

#include "base/arena.h"
#include "pack/pack.h"
#include "repo/group.h"

static const char *const dialects[DIALECT_END] = {
	"tcc", "langfuse", "agentops", "agenttrace", "kontext"
};
static const char *const scopes[] = { "", "ingest", "read", "all" };
static const char *const environments[] = { "", "dev", "prod", "all" };

const char *
repo_dialect_name(enum repo_dialect d)
{
	return d < DIALECT_END ? dialects[d] : "unknown";
}

bool
repo_dialect_named(struct str s, enum repo_dialect *out)
{
	for (int i = 0; i < DIALECT_END; i++)
		if (str_is(s, dialects[i])) {
			*out = (enum repo_dialect)i;
			return true;
		}
	return false;
}

const char *
repo_key_scope_name(enum repo_key_scope s)
{
	return s <= KEY_ALL ? scopes[s] : "unknown";
}

bool
repo_key_scope_named(struct str s, enum repo_key_scope *out)
{
	for (int i = KEY_INGEST; i <= KEY_ALL; i++)
		if (str_is(s, scopes[i])) {
			*out = (enum repo_key_scope)i;
			return true;
		}
	return false;
}

const char *
repo_key_envs_name(enum repo_key_envs v)
{
	return v <= KEY_DEV_PROD ? environments[v] : "unknown";
}

bool
repo_key_envs_named(struct str s, enum repo_key_envs *out)
{
	for (int i = KEY_DEV; i <= KEY_DEV_PROD; i++)
		if (str_is(s, environments[i])) {
			*out = (enum repo_key_envs)i;
			return true;
		}
	return false;
}

bool
repo_project_is_valid(struct str name)
{
	if (name.n == 0 || name.n > REPO_PROJECT_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		    c == '-'))
			return false;
	}
	return true;
}

bool
repo_key_allows(const struct repo_key *k, enum repo_key_scope what,
    enum event_env env)
{
	return !k->revoked_ms && ((unsigned)k->scope & what) == what &&
	    ((unsigned)k->envs & env) == env;
}

/* What a secret begins with; random hex follows (a UUID for AgentOps). */
static const char *
prefix_of(const struct repo_key_spec *s)
{
	switch (s->dialect) {
	case DIALECT_TCC:
		return s->scope != KEY_INGEST ? "tcc_key_" :
		    s->envs == KEY_DEV ? "dev_" : "tcc_prod_";
	case DIALECT_LANGFUSE: return "sk-lf-";
	case DIALECT_AGENTTRACE: return "sk-at-";
	case DIALECT_KONTEXT: return "ory_at_";
	case DIALECT_AGENTOPS:
	case DIALECT_END:
		break;
	}
	return "";
}

static void
make_secret(const struct repo_key_spec *spec, struct repo_key *key,
    char secret[REPO_SECRET_SIZE])
{
	char hex[41], uuid[UUID_TEXT_SIZE];
	uint8_t bytes[20];

	hash_random(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	uuid_random(uuid);
	snprintf(secret, REPO_SECRET_SIZE, "%s%s", prefix_of(spec),
	    spec->dialect == DIALECT_AGENTOPS ||
	    spec->dialect == DIALECT_LANGFUSE ? uuid : hex);
	if (spec->dialect == DIALECT_LANGFUSE) {
		uuid_random(uuid);
		snprintf(key->public_id, sizeof(key->public_id), "pk-lf-%s",
		    uuid);
	}
	hash_random(bytes, sizeof(bytes));
	hex_encode(bytes, 8, hex);
	snprintf(key->id, sizeof(key->id), "key_%.16s", hex);
}

enum { KEY_FIELDS = 9 };

static void
encode(const struct repo_key *k, struct buf *b)
{
	pack_array(b, KEY_FIELDS);
	pack_cstr(b, k->id);
	pack_cstr(b, k->project_name);
	pack_u64(b, k->project);
	pack_cstr(b, repo_dialect_name(k->dialect));
	pack_u64(b, k->scope);
	pack_u64(b, k->envs);
	pack_cstr(b, k->public_id);
	pack_i64(b, k->created_ms);
	pack_i64(b, k->revoked_ms);
}

static int
read_text(struct pack_reader *r, char *out, size_t size, struct err *e)
{
	struct str s;

	if (pack_read_str(r, &s, e))
		return e->code;
	if (s.n >= size)
		return err_set(e, ERR_CORRUPT, "key: text too long");
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 0;
}

static int
decode_fields(struct pack_reader *r, struct repo_key *k, struct err *e)
{
	uint64_t project, scope, envs;
	struct str dialect;
	uint32_t n;

	if (pack_read_array(r, &n, e) ||
	    read_text(r, k->id, sizeof(k->id), e) ||
	    read_text(r, k->project_name, sizeof(k->project_name), e) ||
	    pack_read_u64(r, &project, e) || pack_read_str(r, &dialect, e) ||
	    pack_read_u64(r, &scope, e) || pack_read_u64(r, &envs, e) ||
	    read_text(r, k->public_id, sizeof(k->public_id), e) ||
	    pack_read_i64(r, &k->created_ms, e) ||
	    pack_read_i64(r, &k->revoked_ms, e))
		return e->code;
	if (n != KEY_FIELDS || !repo_dialect_named(dialect, &k->dialect) ||
	    scope < KEY_INGEST || scope > KEY_ALL || envs < KEY_DEV ||
	    envs > KEY_DEV_PROD || project > UINT32_MAX)
		return err_set(e, ERR_CORRUPT, "key: not a record");
	k->project = (uint32_t)project;
	k->scope = (enum repo_key_scope)scope;
	k->envs = (enum repo_key_envs)envs;
	return pack_end(r, e);
}

static int
decode(struct str value, struct repo_key *k, struct err *e)
{
	struct pack_reader r = pack_reader(value);

	*k = (struct repo_key){ .project = 0 };
	if (decode_fields(&r, k, e)) {
		e->code = ERR_CORRUPT;
		return e->code;
	}
	return 0;
}

static void
hash_key(struct layout_key *k, const uint8_t hash[HASH_SECRET_SIZE])
{
	k->n = 0;
	layout_add_byte(k, 'k');
	layout_add(k, str_of(hash, HASH_SECRET_SIZE));
}

static void
id_key(struct layout_key *k, struct str id)
{
	k->n = 0;
	layout_add_byte(k, 'i');
	layout_add(k, id);
}

static void
put(struct kv_batch *b, const uint8_t hash[HASH_SECRET_SIZE],
    const struct repo_key *key)
{
	struct layout_key k;
	struct buf out;

	buf_init(&out, 4096);
	encode(key, &out);
	hash_key(&k, hash);
	kv_batch_put(b, KV_KEYS, layout_str(&k), buf_str(&out));
	buf_fini(&out);
	id_key(&k, str_from(key->id));
	kv_batch_put(b, KV_KEYS, layout_str(&k),
	    str_of(hash, HASH_SECRET_SIZE));
}

int
repo_key_create(struct kv *kv, const struct repo_key_spec *spec,
    int64_t now_ms, struct repo_key *out, char secret[REPO_SECRET_SIZE],
    struct err *e)
{
	struct repo_key key = { .dialect = spec->dialect,
		.scope = spec->scope, .envs = spec->envs,
		.created_ms = now_ms };
	uint8_t hash[HASH_SECRET_SIZE];
	struct err missing = ERR_INIT;
	struct kv_batch *b;
	int rc;

	if (!repo_project_is_valid(spec->project))
		return err_set(e, ERR_INVALID,
		    "project: a name has 1 to %d of A-Z a-z 0-9 . _ -",
		    REPO_PROJECT_MAX);
	memcpy(key.project_name, spec->project.p, spec->project.n);
	b = kv_batch_new(64 << 10);
	rc = repo_project_find(kv_latest(kv), spec->project, &key.project,
	    &missing);
	if (rc == ERR_NOT_FOUND) {
		rc = schema_next_project(kv_latest(kv), &key.project, e);
		schema_put_project(b, spec->project, key.project);
	} else if (rc) {
		*e = missing;
	}
	if (rc == 0) {
		make_secret(spec, &key, secret);
		hash_secret(str_from(secret), hash);
		put(b, hash, &key);
		rc = kv_write(kv, b, true, e);
	}
	kv_batch_free(b);
	if (rc)
		return err_wrap(e, "key");
	*out = key;
	return 0;
}

static int
find_hash(struct kv_snapshot *s, const uint8_t hash[HASH_SECRET_SIZE],
    struct repo_key *out, struct err *e)
{
	struct layout_key k;
	struct buf b;
	bool found;
	int rc;

	hash_key(&k, hash);
	buf_init(&b, 4096);
	rc = kv_get(s, KV_KEYS, layout_str(&k), &b, &found, e);
	if (rc == 0)
		rc = found ? decode(buf_str(&b), out, e) :
		    err_set(e, ERR_NOT_FOUND, "there is no such key");
	buf_fini(&b);
	return rc;
}

int
repo_key_find(struct kv_snapshot *s, struct str secret, struct repo_key *out,
    struct err *e)
{
	uint8_t hash[HASH_SECRET_SIZE];

	hash_secret(secret, hash);
	return find_hash(s, hash, out, e);
}

int
repo_key_revoke(struct kv *kv, struct str id, int64_t now_ms,
    struct repo_key *out, struct err *e)
{
	uint8_t hash[HASH_SECRET_SIZE];
	struct layout_key k;
	struct kv_batch *b;
	struct buf value;
	bool found = false;
	int rc = 0;

	buf_init(&value, HASH_SECRET_SIZE);
	id_key(&k, str_of(id.p, MIN_OF(id.n, (size_t)EVENT_ID_MAX)));
	if (id.n)
		rc = kv_get(kv_latest(kv), KV_KEYS, layout_str(&k), &value,
		    &found, e);
	found = found && value.n == sizeof(hash);
	if (found)
		memcpy(hash, value.p, sizeof(hash));
	buf_fini(&value);
	if (rc)
		return rc;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no key %.*s",
		    (int)MIN_OF(id.n, 100), id.p ? id.p : "");
	if (find_hash(kv_latest(kv), hash, out, e))
		return e->code;
	if (out->revoked_ms)
		return 0;
	out->revoked_ms = now_ms;
	b = kv_batch_new(64 << 10);
	put(b, hash, out);
	rc = kv_write(kv, b, true, e);
	kv_batch_free(b);
	return rc;
}

struct key_list {
	struct kv_snapshot *s;
	int (*fn)(void *arg, const struct repo_key *k, struct err *e);
	void *arg;
};

static int
key_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct key_list *l = arg;
	uint8_t hash[HASH_SECRET_SIZE];
	struct repo_key k;

	(void)key;
	if (value.n != sizeof(hash))
		return err_set(e, ERR_CORRUPT, "key: not a record");
	memcpy(hash, value.p, sizeof(hash));
	if (find_hash(l->s, hash, &k, e))
		return e->code;
	return l->fn(l->arg, &k, e);
}

int
repo_key_list(struct kv_snapshot *s,
    int (*fn)(void *arg, const struct repo_key *k, struct err *e), void *arg,
    struct err *e)
{
	struct key_list l = { s, fn, arg };
	struct kv_range r = { .family = KV_KEYS, .from = STR("i"),
		.to = STR("j") };

	return kv_scan(s, &r, key_row, &l, NULL, e);
}
