#include "models.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "repo/topics.h"

struct entry {
	struct topic_model *model;
	struct str project;     /* ours */
	enum event_env env;
};

struct models {
	struct topic_model *of_file;
	struct entry v[MODELS_MAX];
	size_t n;
};

struct models *
models_new(void)
{
	return mem_zalloc(1, sizeof(struct models));
}

void
models_free(struct models *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		topic_model_free(m->v[i].model);
		free((void *)(uintptr_t)m->v[i].project.p);
	}
	topic_model_free(m->of_file);
	free(m);
}

static struct entry *
find(const struct models *m, struct str project, enum event_env env)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].env == env && str_eq(m->v[i].project, project))
			return (struct entry *)(uintptr_t)&m->v[i];
	return NULL;
}

int
models_add(struct models *m, const struct event *ev, struct err *e)
{
	struct entry *x = find(m, ev->project, ev->env);
	struct topic_model *model;

	if (x && x->model->generation >= ev->order)
		return 0;
	if (!x && m->n == MODELS_MAX)
		return err_set(e, ERR_LIMIT, "topics of over %d projects",
		    MODELS_MAX);
	if (repo_topics_read_event(ev, &model, e))
		return e->code;
	if (!x) {
		x = &m->v[m->n++];
		x->project = str_of(mem_dup(ev->project.p, ev->project.n),
		    ev->project.n);
		x->env = ev->env;
	}
	topic_model_free(x->model);
	x->model = model;
	return 0;
}

int
models_read_file(struct models *m, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf b;
	ssize_t n = 1;
	int rc = 0;

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", path);
	buf_init(&b, TOPIC_JSON_MAX + 1);
	while (rc == 0 && n > 0) {
		char part[16384];

		n = read(fd, part, sizeof(part));
		if (n < 0)
			rc = err_sys(e, ERR_IO, "%s", path);
		if (n > 0)
			buf_add(&b, part, (size_t)n);
	}
	close(fd);
	if (rc == 0)
		rc = b.failed ? err_set(e, ERR_LIMIT, "over %d bytes",
		    TOPIC_JSON_MAX) :
		    topic_model_read(str_trim(buf_str(&b)), &m->of_file, e);
	buf_fini(&b);
	/* A verdict says that it knew one. */
	if (rc == 0 && m->of_file->generation <= 0)
		m->of_file->generation = 1;
	return rc ? err_wrap(e, "%s", path) : 0;
}

const struct topic_model *
models_get(const struct models *m, struct str project, enum event_env env)
{
	const struct entry *x = find(m, project, env);

	return x ? x->model : m->of_file;
}
