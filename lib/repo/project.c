/* Projects by name and number. */
#include <string.h>

#include "repo/key.h"

static int
get(struct kv_snapshot *s, const struct layout_key *k, struct buf *out,
    struct err *e)
{
	bool found;

	if (kv_get(s, KV_KEYS, layout_str(k), out, &found, e))
		return e->code;
	return found ? 0 :
	    err_set(e, ERR_NOT_FOUND, "there is no such project");
}

int
repo_project_find(struct kv_snapshot *s, struct str name, uint32_t *number,
    struct err *e)
{
	struct layout_key k = { 0 };
	struct buf b;
	int rc;

	if (!repo_project_is_valid(name))
		return err_set(e, ERR_NOT_FOUND, "there is no such project");
	layout_add_byte(&k, 'p');
	layout_add(&k, name);
	buf_init(&b, 64);
	rc = get(s, &k, &b, e);
	if (rc == 0 && b.n != 4)
		rc = err_set(e, ERR_CORRUPT, "project: not a number");
	if (rc == 0)
		*number = be32_get(b.p);
	buf_fini(&b);
	return rc;
}

int
repo_project_name(struct kv_snapshot *s, uint32_t number,
    char name[REPO_PROJECT_MAX + 1], struct err *e)
{
	struct layout_key k = { 0 };
	struct buf b;
	int rc;

	layout_add_byte(&k, 'n');
	layout_add_be32(&k, number);
	buf_init(&b, REPO_PROJECT_MAX);
	rc = get(s, &k, &b, e);
	if (rc == 0) {
		memcpy(name, b.p, b.n);
		name[b.n] = '\0';
	}
	buf_fini(&b);
	return rc;
}

struct list {
	int (*fn)(void *arg, struct str name, uint32_t number, struct err *e);
	void *arg;
};

static int
row(void *arg, struct str key, struct str value, struct err *e)
{
	struct list *l = arg;

	if (value.n != 4)
		return err_set(e, ERR_CORRUPT, "project: not a number");
	return l->fn(l->arg, str_from_index(key, 1), be32_get(value.p), e);
}

int
repo_project_list(struct kv_snapshot *s,
    int (*fn)(void *arg, struct str name, uint32_t number, struct err *e),
    void *arg, struct err *e)
{
	struct list l = { fn, arg };
	struct kv_range r = { .family = KV_KEYS, .from = STR("p"),
		.to = STR("q") };

	return kv_scan(s, &r, row, &l, NULL, e);
}
