#include "patterns.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/filter.h"
#include "repo/custom.h"
#include "repo/key.h"
#include "repo/topics.h"

enum { ARENA_MAX = 128 << 20, LINE_MAX_BYTES = 4 << 20 };

struct scope {
	struct custom_set *set;
	struct topic_model *topics;
	enum event_env env;
	struct str project;     /* ours; STR_NULL: free */
};

struct patterns {
	struct store_client *store;
	struct arena *arena;
	uint64_t number;        /* what the scopes were read at */
	struct scope v[PATTERNS_SCOPES];
	size_t next;            /* to be replaced */
};

struct patterns *
patterns_new(struct store_client *store)
{
	struct patterns *p = mem_zalloc(1, sizeof(*p));

	p->store = store;
	p->arena = arena_new(ARENA_MAX);
	return p;
}

static void
forget(struct scope *s)
{
	custom_set_free(s->set);
	topic_model_free(s->topics);
	free((void *)(uintptr_t)s->project.p);
	*s = (struct scope){ .set = NULL };
}

void
patterns_free(struct patterns *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < PATTERNS_SCOPES; i++)
		forget(&p->v[i]);
	arena_free(p->arena);
	free(p);
}

/* Runs are judged without topics if their model is of another version. */
static int
load_topics(const struct repo_view *v, struct str project, struct scope *out,
    struct err *e)
{
	struct err mine = ERR_INIT;
	int rc = repo_topics_model(v, &out->topics, &mine);

	if (rc == ERR_INVALID || rc == ERR_LIMIT) {
		log_warn("topics", "project=%.*s error=\"%s\"",
		    STR_FMT(project), mine.text);
		return 0;
	}
	if (rc)
		*e = mine;
	return rc;
}

static int
load(struct patterns *p, struct str project, enum event_env env,
    struct scope *out, struct err *e)
{
	struct repo_view v = { .snapshot = kv_latest(store_kv(p->store)),
		.scope.env = env, .arena = p->arena };
	size_t refused;
	int rc;

	arena_reset(p->arena);
	rc = repo_project_find(v.snapshot, project, &v.scope.project, e);
	if (rc == 0)
		rc = repo_custom_set(&v, &out->set, &refused, e);
	if (rc == 0)
		rc = load_topics(&v, project, out, e);
	if (rc) {
		forget(out);
		return err_wrap(e, "patterns");
	}
	if (refused)
		log_warn("patterns", "project=%.*s refused=%zu",
		    STR_FMT(project), refused);
	return 0;
}

int
patterns_get(struct patterns *p, uint64_t number, struct str project,
    enum event_env env, struct patterns_in_force *out, struct err *e)
{
	struct scope new = { .env = env };
	struct scope *s;

	for (size_t i = 0; i < PATTERNS_SCOPES; i++) {
		if (p->number != number)
			forget(&p->v[i]);
		if (p->v[i].project.p && p->v[i].env == env &&
		    str_eq(p->v[i].project, project)) {
			*out = (struct patterns_in_force){ p->v[i].set,
				p->v[i].topics };
			return 0;
		}
	}
	p->number = number;
	if (load(p, project, env, &new, e))
		return e->code;
	s = &p->v[p->next++ % PATTERNS_SCOPES];
	forget(s);
	*s = new;
	s->project = str_of(mem_dup(project.p, project.n), project.n);
	*out = (struct patterns_in_force){ s->set, s->topics };
	return 0;
}

void
patterns_set_topic(struct detect_input *in, const struct topic_model *m,
    struct topic_scratch *s, struct arena *a)
{
	struct topic_hit hit;

	if (!m || !in->run->conversational)
		return;
	in->topics = m->generation;
	if (in->run->user_prompt.n &&
	    topic_assign(m, in->run->user_prompt, s, &hit))
		in->topic = topic_path(m, hit.topic, a);
}

/* ---- a file ---- */

struct reading {
	struct custom *v[CUSTOM_SET_MAX];
	size_t n;
	int64_t generation;
	struct arena *arena;
};

static int
take_line(void *arg, struct str line, size_t number, struct err *e)
{
	struct custom_def def = CUSTOM_DEF_INIT;
	struct reading *r = arg;
	struct str field;

	if (str_trim(line).n == 0)
		return 0;
	if (r->n == CUSTOM_SET_MAX)
		return err_set(e, ERR_LIMIT, "line %zu: more than %d patterns",
		    number, CUSTOM_SET_MAX);
	arena_reset(r->arena);
	if (custom_def_parse(&def, line, r->arena, &field, e) ||
	    custom_def_check(&def, r->arena, &field, e))
		return err_wrap(e, "line %zu", number);
	/* A definition that never was in a store is its first. */
	if (def.revision <= 0)
		def.revision = 1;
	if (custom_new(&def, def.revision, &r->v[r->n], e))
		return err_wrap(e, "line %zu", number);
	r->n++;
	r->generation = MAX_OF(r->generation, def.revision);
	return 0;
}

int
patterns_read_file(const char *path, struct custom_set **out, struct err *e)
{
	struct reading r = { .n = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", path);
	r.arena = arena_new(ARENA_MAX);
	rc = filter_read_lines(fd, LINE_MAX_BYTES, take_line, &r, e);
	close(fd);
	arena_free(r.arena);
	*out = custom_set_new(r.generation);
	for (size_t i = 0; i < r.n; i++)
		custom_set_add(*out, r.v[i]);
	if (rc == 0)
		return 0;
	custom_set_free(*out);
	*out = NULL;
	return err_wrap(e, "%s", path);
}
