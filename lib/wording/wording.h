#ifndef WORDING_WORDING_H
#define WORDING_WORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/opts.h"
#include "base/str.h"

/*
 * Asks a language model for other words for an insight, at an endpoint that
 * speaks OpenAI's chat completions, if the operator named one; what may be
 * sent and what is taken is for insight/reword.h to say.
 *
 *	static struct wording_options o = WORDING_OPTIONS_INIT;
 *	static const struct opt table[] = { WORDING_OPTS(o), … };
 *
 *	if (wording_open(&o, daemon_stopping, &w, e))
 *		opts_die("%s", e->text);
 *	if (w) {
 *		if (wording_ask(w, body, arena, &record, e))
 *			log_warn("wording", "error=\"%s\"", e->text);
 *		… store record …
 *	}
 *	wording_close(w);
 *
 * The talking is done by curl(1), started for each question: what is off costs
 * no memory, TLS and proxies are as everywhere else on the machine, and it can
 * be ended at the deadline whatever it does.  Key and text reach it on its
 * standard input, never on a command line.  Redirects are not followed.
 *
 * The key is the first line of the file, else $WEIR_WORDING_KEY, else there is
 * none.  Threads: one object, one thread.  Memory: WORDING_ANSWER_MAX.
 */
enum { WORDING_ANSWER_MAX = 1 << 20, WORDING_KEY_MAX = 4096 };

struct wording_options {
	const char *url, *model, *key_file;
	int64_t timeout_s;
};

#define WORDING_OPTIONS_INIT { NULL, NULL, NULL, 30 }

#define WORDING_OPTS(o) \
	{ "wording-url", 0, OPT_TEXT, &(o).url, 0, 0, "URL", \
	    "let a language model there word insights: http://HOST:PORT/v1" }, \
	{ "wording-model", 0, OPT_TEXT, &(o).model, 0, 0, "NAME", \
	    "the model to ask" }, \
	{ "wording-key-file", 0, OPT_TEXT, &(o).key_file, 0, 0, "FILE", \
	    "its API key (default: $WEIR_WORDING_KEY, or none)" }, \
	{ "wording-timeout", 0, OPT_INT, &(o).timeout_s, 1, 600, "SECONDS", \
	    "for an answer (default 30)" }

struct wording;

/*
 * *out is NULL if no URL is set.  ERR_INVALID: what is set makes no sense, the
 * text names the option.  stop (may be NULL) says when to give up.
 */
int wording_open(const struct wording_options *o, bool (*stop)(void),
    struct wording **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Accepts NULL. */
void wording_close(struct wording *w);

struct str wording_model(const struct wording *w) CC_NONNULL(1);

/*
 * Puts a record (insight/reword.h) into *record, of words or of why there are
 * none.  0: of words; ERR_INVALID: the model's were refused, asking again
 * would not help; ERR_AGAIN, ERR_IO, ERR_LIMIT: no answer.
 */
int wording_ask(struct wording *w, struct str body, struct arena *a,
    struct buf *record, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5);

#endif
