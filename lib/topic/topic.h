#ifndef TOPIC_TOPIC_H
#define TOPIC_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_write.h"

/*
 * What people ask about: topics found in prompts without labels, named by the
 * prompts' own words.
 *
 *	struct topic_fit_input in = { prompts, n, previous, now_ms };
 *	struct topic_model *m;
 *	struct topic_hit hit;
 *
 *	if (topic_fit(&in, &m, e))
 *		return e->code;
 *	if (topic_assign(m, STR("where is my parcel?"), scratch, &hit))
 *		… m->v[hit.topic].name, m->v[hit.topic].id, hit.score
 *	topic_model_free(m);
 *
 * How.  The words of each prompt (lib/words) without function words become a
 * TF-IDF vector, and by the singular vectors of them all (LSA) a short dense
 * one, in which prompts are near each other that use different words for the
 * same.  Each prompt is linked with its nearest neighbours, and the
 * communities of that graph (Louvain) are the topics: how many is not asked.
 * What is too small or too far from everything belongs to none.  Topics that
 * are alike get a common parent.
 *
 * Week to week.  A model is fitted with the one before: a topic that still
 * holds the same prompts, or the same words, keeps its id and name, and
 * prompts that were of one topic hold together a little more, and once a model
 * knows half of the prompts, its topics are what the search begins with: who
 * is well where he was stays there.  A topic that is
 * gone stays for TOPIC_RETIRED_MS as retired, is given to no prompt, and gets
 * its id back if it returns.
 *
 * The model is data: JSON, with whole numbers only, so that topic_assign says
 * the same on any machine.
 *
 *	{"generation": 1764000000000, "prompts": 812, "assigned": 700,
 *	 "from_ms": …, "to_ms": …, "unknown_idf": 4100,
 *	 "terms": [["refund", 3120], …],           // stem, 1000 times its IDF
 *	 "topics": [{"id": "t_9f…", "name": "refund status", "parent": "t_…",
 *	  "born_ms": …, "seen_ms": …, "prompts": 61, "threshold": 900,
 *	  "retired": false, "group": false, "words": ["refund", …],
 *	  "examples": ["run-17", …], "weights": [[0, 8700], …]}, …]}
 *
 * weights: [index of the term, 10,000 times its part of the unit centroid].
 * A group is a parent: it has no weights of its own.
 *
 * Determinism: the same prompts, whatever their order, and the same previous
 * model give the same model.  Memory: bounded by the constants below, about
 * 20 MB for TOPIC_GRAPH_MAX different prompts.  Time: seconds.
 * Threads: reentrant; a model that is complete may be read by many.
 */
enum {
	TOPIC_TEXT_MAX = 512,           /* bytes of a prompt that are read:
					 * what a run's head keeps */
	TOPIC_PROMPTS_MAX = 20000,      /* of one fit */
	TOPIC_GRAPH_MAX = 5000,         /* different prompts in the graph */
	TOPIC_MAX = 100,                /* topics, groups and retired ones */
	TOPIC_LIVE_MAX = 60,            /* that prompts may be given to */
	TOPIC_WEIGHTS_MAX = 64,         /* words of one */
	TOPIC_WORDS = 6,                /* most distinctive, as written */
	TOPIC_EXAMPLES = 5,
	TOPIC_TERMS_MAX = 6000,         /* that a model knows */
	TOPIC_NAME_MAX = 80,            /* bytes */
	TOPIC_RUN_ID_MAX = 800,         /* bytes of an example's id */
	TOPIC_ID_SIZE = 19,             /* "t_", 16 digits, NUL */
	TOPIC_JSON_MAX = 2 << 20,
	TOPIC_FIT_MIN = 50              /* fewer prompts make no topics */
};

/* How long a topic without prompts is remembered: a year. */
#define TOPIC_RETIRED_MS (INT64_C(365) * 86400000)

struct topic_prompt {
	struct str id;                  /* of the run */
	struct str text;
	int64_t ms;
};

struct topic_weight {
	uint32_t term;
	int32_t weight;
};

struct topic {
	struct str id, name;
	struct str parent;              /* id of its group, or STR_NULL */
	bool is_group, is_retired;
	int64_t born_ms;                /* first and last prompt known of it */
	int64_t seen_ms;
	int64_t prompts;                /* of the sample */
	int64_t threshold;              /* least score, of 10,000 */
	struct topic_weight *weights;   /* ascending by term */
	size_t nweights;
	struct str words[TOPIC_WORDS];
	size_t nwords;
	struct str examples[TOPIC_EXAMPLES];    /* ids of runs */
	size_t nexamples;
};

struct topic_term {
	struct str text;                /* stem */
	int64_t idf;                    /* 1000 times */
};

struct topic_model {
	int64_t generation;             /* set by who stores it */
	int64_t prompts, assigned;      /* of the sample */
	int64_t from_ms, to_ms;         /* which the sample is from */
	int64_t unknown_idf;            /* of words that it does not know */
	struct topic_term *terms;
	size_t nterms;
	struct topic *v;
	size_t n;
	struct arena *arena;            /* private from here on */
	struct map *by_term;            /* text → index + 1 */
	struct topic_posting *postings; /* by term */
	size_t *posting_ends;
};

struct topic_fit_input {
	const struct topic_prompt *prompts;     /* each id once */
	size_t n;                               /* up to TOPIC_PROMPTS_MAX */
	const struct topic_model *previous;     /* may be NULL */
	int64_t now_ms;                         /* retires what is long gone */
};

/* ERR_LIMIT: too many prompts.  Fewer than TOPIC_FIT_MIN that say anything give
 * the previous model's topics, or none. */
int topic_fit(const struct topic_fit_input *in, struct topic_model **out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* Reads what topic_model_write wrote; ERR_INVALID names what is wrong. */
int topic_model_read(struct str json, struct topic_model **out,
    struct err *e) CC_CHECK CC_NONNULL(2, 3);
/* Members of the open object. */
void topic_model_write(const struct topic_model *m, struct json_writer *w)
    CC_NONNULL(1, 2);
/* Accepts NULL. */
void topic_model_free(struct topic_model *m);

/* The topic or group with the id, or NULL. */
const struct topic *topic_by_id(const struct topic_model *m, struct str id)
    CC_NONNULL(1);

/* Memory for topic_assign: one for a thread. */
struct topic_scratch;
struct topic_scratch *topic_scratch_new(void) CC_CHECK;
void topic_scratch_free(struct topic_scratch *s);

struct topic_hit {
	size_t topic;                   /* index of m->v; no group */
	int64_t score;                  /* cosine, of 10,000 */
};

/* False: the prompt belongs to none. */
bool topic_assign(const struct topic_model *m, struct str text,
    struct topic_scratch *s, struct topic_hit *out) CC_NONNULL(1, 3, 4);

/*
 * What a verdict says of a run: "t_child", or "t_parent/t_child"; STR_NULL for
 * none (or past the arena's budget).
 */
struct str topic_path(const struct topic_model *m, size_t topic,
    struct arena *a) CC_NONNULL(1, 3);

/* Such a path taken apart; *parent is STR_NULL without one.  False if it is
 * no path. */
bool topic_path_split(struct str path, struct str *parent, struct str *id)
    CC_NONNULL(2, 3);

#endif
