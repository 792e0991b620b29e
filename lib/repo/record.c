#include "repo/record.h"

#include "sketch/sketch.h"

static void
add_text(struct buf *b, struct str s)
{
	varint_add(b, s.n);
	buf_add_str(b, s);
}

static bool
read_text(struct str *in, struct str *out)
{
	uint64_t n;

	if (!varint_read(in, &n) || n > in->n)
		return false;
	*out = str_of(in->p, n);
	*in = str_of(in->p + n, in->n - n);
	return true;
}

void
record_encode(struct str id, const struct event *const *events, size_t n,
    struct buf *b)
{
	add_text(b, id);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n &&
		    events[j]->received_ms == events[i]->received_ms &&
		    str_eq(events[j]->source, events[i]->source); j++)
			;
		varint_add(b, j - i);
		varint_add_signed(b, events[i]->received_ms);
		add_text(b, events[i]->source);
		for (size_t k = i; k < j; k++)
			buf_add_str(b, events[k]->body);
	}
}

static int
corrupt(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "event record: not one of ours");
}

static int
decode_group(struct str *in, struct event *envelope, struct arena *a,
    struct record_list *list, struct err *e)
{
	struct pack_reader r;
	uint64_t n;

	if (!varint_read(in, &n) || n > in->n ||
	    !varint_read_signed(in, &envelope->received_ms) ||
	    !read_text(in, &envelope->source))
		return corrupt(e);
	r = pack_reader(*in);
	while (n--) {
		struct event *v = arena_more(a, list->v, list->n, &list->cap,
		    sizeof(*v));

		if (!v)
			return err_set(e, ERR_LIMIT,
			    "events: too many for the memory given");
		list->v = v;
		v[list->n] = *envelope;
		if (event_decode_body(&r, a, &v[list->n], e))
			return e->code == ERR_LIMIT ? e->code : corrupt(e);
		list->n++;
	}
	*in = str_of(r.p, pack_left(&r));
	return 0;
}

int
record_decode(struct str bytes, enum event_env env, struct arena *a,
    struct record_list *list, struct err *e)
{
	struct event envelope = { .env = env };

	if (!read_text(&bytes, &envelope.run_id))
		return corrupt(e);
	if (!list->id.p)
		list->id = envelope.run_id;
	while (bytes.n)
		if (decode_group(&bytes, &envelope, a, list, e))
			return e->code;
	return 0;
}

struct load {
	enum event_env env;
	struct arena *a;
	struct record_list *list;
};

static int
load_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct load *l = arg;
	struct str copy = arena_str(l->a, value);

	(void)key;
	if (!copy.p)
		return err_set(e, ERR_LIMIT,
		    "events: too large for the memory given");
	return record_decode(copy, l->env, l->a, l->list, e);
}

int
record_load(struct kv_snapshot *s, struct repo_scope scope,
    enum layout_class c, const struct hash128 *rid, struct arena *a,
    struct record_list *list, struct err *e)
{
	struct load l = { scope.env, a, list };
	struct kv_range r = { .family = KV_EVENTS };
	char end[LAYOUT_EVENT_PREFIX];
	struct layout_key k;

	layout_event_prefix(&k, scope, c, rid);
	r.from = layout_str(&k);
	r.to = kv_prefix_end(r.from, end);
	return kv_scan(s, &r, load_row, &l, NULL, e);
}

void
record_run_encode(const struct run *run, struct buf *b)
{
	buf_add_be16(b, (uint16_t)run->base.id.n);
	buf_add_str(b, run->base.id);
	run_head_encode(run, b);
}

bool
record_run_split(struct str value, struct str *run_id, struct str *head)
{
	size_t n;

	if (value.n < 2 || (n = be16_get(value.p)) > value.n - 2)
		return false;
	*run_id = str_of(value.p + 2, n);
	*head = str_of(value.p + 2 + n, value.n - 2 - n);
	return true;
}
