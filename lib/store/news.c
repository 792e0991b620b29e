#include <stdlib.h>

#include "base/mem.h"
#include "bus/pubsub.h"
#include "store/client.h"
#include "store/proto.h"

struct store_subscriber {
	struct bus_subscriber *bus;
	store_news_fn *heard;
	void *arg;
	uint64_t missed;        /* in messages that were not for us */
};

static void
news_heard(void *arg, const struct bus_news *n)
{
	struct store_subscriber *s = arg;

	s->missed += n->missed;
	if (n->type != store_type(STORE_NEWS))
		return;
	s->heard(s->arg, n->payload, s->missed);
	s->missed = 0;
}

int
store_subscribe(const char *const *endpoints, const struct bus_keys *keys,
    bool allow_plain, store_news_fn *heard, void *arg,
    struct store_subscriber **out, struct err *e)
{
	struct store_subscriber *s = mem_zalloc(1, sizeof(*s));
	struct bus_sub_options o = { .keys = keys, .allow_plain = allow_plain,
	    .heard = news_heard, .arg = s,
	    .max_message_bytes = 2 * STORE_NEWS_MAX };

	for (size_t i = 0; i < BUS_ENDPOINTS_MAX && endpoints[i]; i++)
		o.endpoints[i] = endpoints[i];
	s->heard = heard;
	s->arg = arg;
	s->bus = bus_subscriber_new(&o, e);
	if (!s->bus) {
		free(s);
		return err_wrap(e, "store news");
	}
	*out = s;
	return 0;
}

void
store_unsubscribe(struct store_subscriber *s)
{
	if (!s)
		return;
	bus_subscriber_free(s->bus);
	free(s);
}
