#ifndef DETECT_CUSTOM_H
#define DETECT_CUSTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_write.h"

/*
 * Patterns that users define.  A definition says which conversational runs to
 * look at (trigger, metadata) and whose message (role), and what to look for:
 * phrases, regular expressions, and likeness to labelled examples, from which
 * a small text classifier is trained.  Any of these is enough.
 *
 *	struct custom_def def = CUSTOM_DEF_INIT;
 *	struct custom_set *set = custom_set_new(revision);
 *	struct custom *p;
 *	struct str field;
 *
 *	if (custom_def_parse(&def, body, arena, &field, e) ||
 *	    custom_def_check(&def, arena, &field, e))
 *		return refuse(400, field, e->text);
 *	if (custom_new(&def, revision, &p, e))
 *		return e->code;
 *	show(custom_report(p));
 *	custom_set_add(set, p);
 *	detector_use(detector, set);            // detect/detect.h
 *
 * As JSON, and as POST /v1/patterns takes it (all but name may be absent):
 *
 *	{"name": "Asks for a refund", "slug": "asks-for-a-refund",
 *	 "description": "...", "trigger": "all" | "any_tool" | "all_tools",
 *	 "tools": ["refund"], "metadata": {"plan": "pro"},
 *	 "role": "user" | "assistant" | "any",
 *	 "phrases": ["money back"], "regexes": ["\\brefund(ed|s)?\\b"],
 *	 "examples": [{"text": "...", "label": "positive" | "negative"}],
 *	 "enabled": false}
 *
 * Phrases are matched word by word, without regard to case, accents,
 * punctuation and white space.  Regular expressions are PCRE2 with Unicode;
 * one that needs more than a fixed number of steps, or that comes behind
 * others which did, does not match.  Of a message the first CUSTOM_READ_MAX
 * bytes are read.  Training and matching are deterministic.
 *
 * Memory: a trained pattern has 256 KiB.  Threads: a set that is complete may
 * be read by many.
 */
enum {
	CUSTOM_NAME_MAX = 50,           /* characters */
	CUSTOM_SLUG_MAX = 50,
	CUSTOM_DESCRIPTION_MAX = 350,   /* characters */
	CUSTOM_TOOLS_MAX = 20,
	CUSTOM_FILTERS_MAX = 10,
	CUSTOM_PHRASES_MAX = 50,
	CUSTOM_REGEXES_MAX = 10,
	CUSTOM_EXAMPLES_MAX = 100,
	CUSTOM_EXAMPLES_MIN = 4,        /* of either label, to train */
	CUSTOM_TEXT_MAX = 200,          /* bytes of phrase, tool, key, value */
	CUSTOM_REGEX_MAX = 500,         /* bytes */
	CUSTOM_EXAMPLE_MAX = 2000,      /* bytes */
	CUSTOM_READ_MAX = 64 << 10,
	CUSTOM_SET_MAX = 32,            /* patterns of one project */
	CUSTOM_FOLDS = 5
};

enum custom_trigger { CUSTOM_ALL, CUSTOM_ANY_TOOL, CUSTOM_ALL_TOOLS };
enum custom_role { CUSTOM_USER, CUSTOM_ASSISTANT, CUSTOM_ANY };

struct custom_filter {
	struct str key, value;
};

struct custom_example {
	struct str text;
	bool is_positive;
};

/* Texts are borrowed from where they were parsed, or from the arena. */
struct custom_def {
	struct str name, slug, description;
	enum custom_trigger trigger;
	enum custom_role role;
	bool enabled;
	int64_t revision;               /* 0: not said */
	size_t n_tools, n_filters, n_phrases, n_regexes, n_examples;
	struct str tools[CUSTOM_TOOLS_MAX];
	struct custom_filter filters[CUSTOM_FILTERS_MAX];
	struct str phrases[CUSTOM_PHRASES_MAX];
	struct str regexes[CUSTOM_REGEXES_MAX];
	struct custom_example examples[CUSTOM_EXAMPLES_MAX];
};

#define CUSTOM_DEF_INIT { .trigger = CUSTOM_ALL, .role = CUSTOM_USER }

/*
 * Reads the members that the JSON object has over *def; a null puts the
 * default back.  ERR_INVALID with *field ("examples[3].label"), for unknown
 * members too; ERR_LIMIT past the arena's budget.
 */
int custom_def_parse(struct custom_def *def, struct str json, struct arena *a,
    struct str *field, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5);

/* Everything that a definition must fulfil, but that its slug is free; gives
 * it a slug if it has none. */
int custom_def_check(struct custom_def *def, struct arena *a,
    struct str *field, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* Its members but enabled and revision, in one order, into an open object. */
void custom_def_write(const struct custom_def *def, struct json_writer *w)
    CC_NONNULL(1, 2);

/* "Café, s'il vous plaît!" gives "cafe-sil-vous-plait"; never empty. */
struct str custom_slug(struct str name, struct arena *a) CC_CHECK
    CC_NONNULL(2);

/* How the classifier that was trained from the examples does. */
struct custom_report {
	size_t n_positive, n_negative;
	bool is_trained;        /* there were enough examples */
	size_t folds;           /* of the cross-validation */
	size_t true_positives, false_positives;
	size_t false_negatives, true_negatives;
	double precision;       /* NaN if nothing was found */
	double recall;
};

struct custom;

/* Compiles and trains.  ERR_INVALID: a regular expression is wrong. */
int custom_new(const struct custom_def *def, int64_t revision,
    struct custom **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);
void custom_free(struct custom *c);
const struct custom_report *custom_report(const struct custom *c)
    CC_NONNULL(1);

/*
 * The patterns that are in force at one time; generation names it: 0 for no
 * patterns at all, else greater than any before.
 */
struct custom_set;

struct custom_set *custom_set_new(int64_t generation) CC_CHECK;
void custom_set_free(struct custom_set *s);

/* Takes the pattern; one past CUSTOM_SET_MAX is dropped, and false said. */
bool custom_set_add(struct custom_set *s, struct custom *take)
    CC_NONNULL(1, 2);

#endif
