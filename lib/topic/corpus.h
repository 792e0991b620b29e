#ifndef TOPIC_CORPUS_H
#define TOPIC_CORPUS_H

/*
 * Inside lib/topic only: prompts as vectors.
 *
 * Prompts that say the same words are one document; its mass grows with the
 * logarithm of how many they are, so that what is said in the same words again
 * and again is a topic, but drowns no other.  Memory is on the heap: all sizes are bounded by topic.h.
 */
#include "topic/terms.h"
#include "topic/topic.h"

struct vocabulary {
	struct map *by_text;    /* → index + 1 */
	struct str *text;       /* owned by the map */
	uint32_t *df;           /* mass of the documents it is in */
	int32_t *idf;           /* 1000 times; 0: in too few or too many */
	size_t n, cap;
};

struct doc {
	uint32_t *terms;        /* ascending, each once */
	size_t n;
	uint32_t *prompts;      /* indexes of the input */
	size_t nprompts, prompts_cap;
	int32_t label;          /* topic, or -1 */
	int64_t score;
	double norm;            /* of its TF-IDF vector; 0: says nothing */
};

struct corpus {
	struct vocabulary vocabulary;
	struct doc *docs;
	size_t n, cap;
	size_t prompts;         /* of documents that say something */
	size_t mass;            /* of all documents */
	struct map *by_terms;   /* → index + 1 */
};

/* prompts are in the order in which they are to be taken. */
void corpus_build(struct corpus *c, const struct topic_prompt *prompts,
    size_t n, struct terms *t);
void corpus_fini(struct corpus *c);

/* 1 + log2 of its prompts, in whole numbers. */
uint32_t doc_mass(const struct doc *d);

/* Of a term in documents of that mass. */
int32_t corpus_idf(const struct corpus *c, size_t df);

/*
 * d floats for each of the first n documents, of length 1 (or all 0): the
 * documents in the space of the d greatest singular vectors.  To be freed.
 */
float *corpus_lsa(const struct corpus *c, size_t n, size_t d);

/* graph.c: neighbours and communities. */
struct graph {
	size_t n, k;
	uint32_t *to;           /* k for each, UINT32_MAX for none */
	float *weight;
};

/*
 * The k nearest of each of the first n documents, by the cosine of the dense
 * vectors and of the words, mixed.
 */
void graph_build(struct graph *g, const struct corpus *c, const float *dense,
    size_t n, size_t d, size_t k);
/* Those of one label (>= 0) hold together by that much more. */
void graph_favour(struct graph *g, const int32_t *labels, float factor);
void graph_fini(struct graph *g);

/*
 * Labels 0 … *count - 1 by Louvain's method.  start, unless it is NULL, says in
 * which community (>= 0) each begins, or that it begins alone (-1): whoever is
 * well where he is stays there.
 */
void graph_communities(const struct graph *g, double resolution,
    const int32_t *start, int32_t *labels, size_t *count);

#endif
