#include "filter/filter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { CHUNK = 64 << 10, ARENA_MAX = 64 << 20 };

/* Appends what one read(2) gives; *end is set at the end of the input. */
static int
fill(int fd, struct buf *in, bool *end, struct err *e)
{
	char *to = buf_reserve(in, CHUNK);
	ssize_t n;

	if (!to)
		return err_set(e, ERR_LIMIT, "input: one event or line is "
		    "larger than %zu bytes", in->max - CHUNK);
	do
		n = read(fd, to, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, ERR_IO, "input: read");
	in->n += (size_t)n;
	*end = n == 0;
	return 0;
}

/* Moves what was not used to the front. */
static void
keep_rest(struct buf *in, size_t used)
{
	memmove(in->p, in->p + used, in->n - used);
	in->n -= used;
}

/* Takes the whole events at the front; *used is how many bytes they had. */
static int
take_events(struct str bytes, size_t *used, struct arena *a,
    int (*take)(void *, const struct event *, struct err *), void *arg,
    struct err *e)
{
	struct pack_reader r = pack_reader(bytes);
	int rc = 0;

	*used = 0;
	while (rc == 0 && pack_left(&r)) {
		struct event ev;

		arena_reset(a);
		rc = event_decode(&r, a, &ev, e);
		if (rc == 0) {
			*used = bytes.n - pack_left(&r);
			rc = take(arg, &ev, e);
		}
	}
	return rc;
}

int
filter_read_events(int fd, int (*take)(void *, const struct event *,
    struct err *), void *arg, struct err *e)
{
	struct arena *a = arena_new(ARENA_MAX);
	unsigned long long offset = 0;
	bool end = false, partial = false;
	struct buf in;
	int rc = 0;

	buf_init(&in, EVENT_BYTES_MAX + CHUNK);
	while (rc == 0 && !end) {
		size_t used;

		rc = fill(fd, &in, &end, e);
		if (rc || end)
			break;
		rc = take_events(buf_str(&in), &used, a, take, arg, e);
		partial = rc == ERR_AGAIN;
		if (partial)
			rc = 0;
		offset += used;
		keep_rest(&in, used);
	}
	if (rc == 0 && partial)
		rc = err_set(e, ERR_INVALID,
		    "input: ends inside the event at byte %llu", offset);
	else if (rc == ERR_INVALID)
		err_wrap(e, "input: byte %llu", offset);
	buf_fini(&in);
	arena_free(a);
	return rc;
}

int
filter_read_lines(int fd, size_t max_bytes, int (*take)(void *, struct str,
    size_t, struct err *), void *arg, struct err *e)
{
	size_t number = 0;
	bool end = false;
	struct buf in;
	int rc = 0;

	buf_init(&in, max_bytes + CHUNK);
	while (rc == 0 && !end) {
		struct str rest;
		size_t newline;

		rc = fill(fd, &in, &end, e);
		if (rc) {
			err_wrap(e, "line %zu", number + 1);
			break;
		}
		rest = buf_str(&in);
		while (rc == 0 && rest.n &&
		    ((newline = str_find_byte(rest, '\n', 0)) != SIZE_MAX ||
		    end)) {
			struct str line = newline == SIZE_MAX ? rest :
			    str_of(rest.p, newline);

			rc = take(arg, line, ++number, e);
			rest = str_from_index(rest,
			    newline == SIZE_MAX ? rest.n : newline + 1);
		}
		keep_rest(&in, in.n - rest.n);
	}
	buf_fini(&in);
	return rc;
}

int
filter_write_event(FILE *out, const struct event *ev, struct err *e)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, EVENT_BYTES_MAX);
	event_encode(ev, &b);
	if (b.failed)
		rc = err_set(e, ERR_LIMIT, "output: event %.*s is too large",
		    STR_FMT(ev->id));
	else if (fwrite(b.p, 1, b.n, out) != b.n)
		rc = err_sys(e, ERR_IO, "output: write");
	buf_fini(&b);
	return rc;
}
