#ifndef TOPIC_TERMS_H
#define TOPIC_TERMS_H

/*
 * Inside lib/topic only: what a prompt says, as a list of stems with the place
 * where each stands.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { TERMS_MAX = 128, TERM_BYTES_MAX = 40 };

struct term {
	struct str text;        /* stem; valid until the next terms_read */
	size_t from, to;        /* bytes of the prompt */
	size_t place;           /* number of the word, stop words counted */
	bool is_unspaced;       /* of a script without spaces */
};

struct terms {
	struct term v[TERMS_MAX];
	size_t n;
	struct words *words;
	struct map *stops;
	char bytes[TERMS_MAX * TERM_BYTES_MAX];
};

struct terms *terms_new(void);
void terms_free(struct terms *t);

/* The words of the beginning of a prompt that say what it is about: no
 * function words, numbers, addresses. */
void terms_read(struct terms *t, struct str text);

/* The part of a prompt that is read. */
struct str terms_head(struct str text);

#endif
