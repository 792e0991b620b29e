#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/metrics.h"
#include "http/wire.h"
#include "query.h"

enum { ARENA_MAX = 64 << 20 };

struct job {
	struct job *next;
	struct bus_request *request;
};

struct query_pool {
	struct api *api;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *first, **last;      /* guarded by lock */
	bool is_stopping;
	pthread_t *threads;
	size_t n;
};

static void
count(const char *route, int status, int64_t ns)
{
	char labels[160];

	snprintf(labels, sizeof(labels), "route=\"%s\",class=\"%dxx\"", route,
	    status / 100);
	metric_add(metrics_counter("weir_query_requests_total",
	    "Requests by route and class of status.", labels), 1);
	snprintf(labels, sizeof(labels), "route=\"%s\"", route);
	metric_observe_ns(metrics_histogram("weir_query_request_seconds",
	    "Time to answer, by route.", labels, NULL, 0), ns);
}

static void
serve(struct api *api, struct http_request *q, struct http_response *r)
{
	int64_t began = clock_mono_ns();
	const char *route = api_serve(api, q, r);

	if (r->status >= 500)
		log_warn("answer", "route=%s status=%d", route, r->status);
	count(route, r->status, clock_mono_ns() - began);
}

enum http_when
query_http_handle(void *arg, struct http_exchange *x, struct http_request *q,
    struct http_response *r)
{
	(void)x;
	serve(arg, q, r);
	return HTTP_NOW;
}

static void
answer(struct query_pool *p, struct bus_request *request, struct arena *a)
{
	struct http_request q = { .method = HTTP_METHODS };
	struct http_response r;
	struct err e = ERR_INIT;
	struct buf out;

	http_response_init(&r);
	buf_init(&out, HTTP_RESPONSE_BODY_MAX + (1 << 20));
	if (http_wire_get_request(&q, bus_request_payload(request), a, &e)) {
		http_respond_error(&r, 400, "malformed", e.text, NULL);
	} else {
		q.arena = a;
		serve(p->api, &q, &r);
	}
	http_wire_put_response(&out, &r);
	if (out.failed) {
		buf_reset(&out);
		http_response_reset(&r);
		http_respond_error(&r, 413, "too_large",
		    "the answer is too large: ask for less", NULL);
		http_wire_put_response(&out, &r);
	}
	bus_reply_buf(request, 0, &out);
	buf_fini(&out);
	http_response_fini(&r);
}

static struct bus_request *
take(struct query_pool *p)
{
	struct bus_request *q = NULL;
	struct job *j;

	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->is_stopping)
		pthread_cond_wait(&p->more, &p->lock);
	j = p->first;
	if (j) {
		p->first = j->next;
		if (!p->first)
			p->last = &p->first;
		q = j->request;
	}
	pthread_mutex_unlock(&p->lock);
	free(j);
	return q;
}

static void *
work(void *arg)
{
	struct query_pool *p = arg;
	struct arena *a = arena_new(ARENA_MAX);
	struct bus_request *q;

	while ((q = take(p)) != NULL) {
		answer(p, q, a);
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

struct query_pool *
query_pool_new(struct api *api, size_t n)
{
	struct query_pool *p = mem_zalloc(1, sizeof(*p));

	p->api = api;
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->threads = mem_zalloc(n, sizeof(*p->threads));
	for (; p->n < n; p->n++)
		if (pthread_create(&p->threads[p->n], NULL, work, p))
			BUG("cannot start a thread");
	return p;
}

void
query_pool_handle(void *arg, struct bus_request *q)
{
	struct query_pool *p = arg;
	struct job *j = mem_zalloc(1, sizeof(*j));

	j->request = q;
	pthread_mutex_lock(&p->lock);
	*p->last = j;
	p->last = &j->next;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

void
query_pool_free(struct query_pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p->threads);
	free(p);
}
