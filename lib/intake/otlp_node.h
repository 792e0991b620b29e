#ifndef INTAKE_OTLP_NODE_H
#define INTAKE_OTLP_NODE_H

#include "intake/intake.h"
#include "intake/otlp_slots.h"
#include "intake/tcc_reserved.h"
#include "model/run.h"
#include "otlp/otlp.h"

/*
 * Inside lib/intake: a span of a request while it is being mapped.
 * otlp_node.c reads its attributes, otlp_tree.c finds its parent and run,
 * otlp_span.c and otlp_run.c make events of it.
 */
enum { NO_NODE = -1 };

struct otlp_slot_value {
	const struct otlp_attr *attr;
	unsigned char rank;
	bool used;              /* fills a field: not an attribute any more */
};

struct otlp_keyed {
	struct attr *v;
	size_t n, cap;
};

struct otlp_node {
	const struct otlp_span *span;
	const struct otlp_resource_spans *resource;
	const struct otlp_scope_spans *scope;
	struct otlp_slot_value slots[SLOTS];
	struct tcc_identity identity;
	struct otlp_keyed metadata;
	struct otlp_keyed rest;         /* attributes without a slot */
	int64_t type;                   /* enum span_type */
	bool is_operation;              /* the AI SDK's kind of run span */
	int parent;                     /* index of the node, or NO_NODE */
	bool resolved;
	bool names_run;                 /* it, an ancestor or its trace does */
	bool by_trace;                  /* only its trace does */
	bool is_run;
	size_t run;                     /* index in the mapping's runs */
	struct str run_id;
	struct str trace_hex;
};

/* A run that spans of the request belong to. */
struct otlp_run {
	struct otlp_node *own;          /* its own span, or NULL */
	const struct otlp_node *first;  /* some span of it */
	struct tcc_identity identity;   /* what its spans say together */
};

struct otlp_mapping {
	const struct intake_request *q;
	struct intake_result *out;
	bool steps_only;                /* /v1/otel-steps */
	struct otlp_node *v;
	size_t n;
	struct otlp_run *runs;
	size_t n_runs;
};

/* Reads attributes and type of the span in *n; ERR_LIMIT past the budget. */
int otlp_node_read(struct otlp_node *n, struct arena *a, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Gathers messages that are spread over attributes into one (otlp_flat.c). */
int otlp_flat_read(struct otlp_node *n, struct arena *a, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Parents and runs of all nodes, and the list of runs. */
int otlp_tree_resolve(struct otlp_mapping *m, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);

/* The string of a slot (marking it used), or STR_NULL. */
struct str otlp_slot_text(struct otlp_node *n, enum otlp_slot slot)
    CC_NONNULL(1);

/* The string without marking. */
struct str otlp_slot_look(const struct otlp_node *n, enum otlp_slot slot)
    CC_NONNULL(1);

/* A whole number not below 0, also as text; marks it used. */
bool otlp_slot_count(struct otlp_node *n, enum otlp_slot slot, int64_t *out)
    CC_CHECK CC_NONNULL(1, 3);

/* A finite number not below 0; marks it used. */
bool otlp_slot_number(struct otlp_node *n, enum otlp_slot slot, double *out)
    CC_CHECK CC_NONNULL(1, 3);

/* As text, or as the JSON of whatever else it is; false if absent. */
bool otlp_slot_value(struct otlp_node *n, enum otlp_slot slot,
    struct arena *a, struct value *out) CC_CHECK CC_NONNULL(1, 3, 4);

/* Says that the slot's content is in a field. */
void otlp_slot_use(struct otlp_node *n, enum otlp_slot slot) CC_NONNULL(1);

/* The value in our form; false for an empty one or past the budget. */
bool otlp_value_take(const struct otlp_value *v, struct arena *a,
    struct value *out) CC_CHECK CC_NONNULL(1, 2, 3);

/* Adds one key. */
int otlp_keyed_add(struct otlp_keyed *k, struct str key, struct value v,
    struct arena *a, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5);

/* What a run and a span are told alike. */
struct otlp_usage {
	int64_t input, cached, cache_write, output, reasoning;
	bool has_input, has_cached, has_cache_write, has_output, has_reasoning;
	double cost;
	bool has_cost;
};
void otlp_usage_read(struct otlp_node *n, struct otlp_usage *u)
    CC_NONNULL(1, 2);

/* The span's exception event, its attributes, or NULL. */
const struct otlp_attrs *otlp_exception(const struct otlp_span *s)
    CC_NONNULL(1);

/* A string attribute or STR_NULL. */
struct str otlp_attr_text(const struct otlp_attrs *attrs, struct str key);

/* STATUS_OK, STATUS_ERROR or STATUS_UNSET. */
int64_t otlp_span_status(const struct otlp_span *s) CC_NONNULL(1);

/* Emits metadata, and the attributes that filled no field. */
int otlp_put_keyed(struct otlp_node *n, unsigned metadata,
    unsigned attributes, struct event_builder *b, struct err *e) CC_CHECK
    CC_NONNULL(1, 4, 5);

/* Begins an event of the node with room for its fields. */
void otlp_event_begin(const struct otlp_mapping *m, const struct otlp_node *n,
    enum event_kind kind, struct str id, struct event_builder *b)
    CC_NONNULL(1, 2, 5);

int otlp_put_span(struct otlp_mapping *m, struct otlp_node *n, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);
int otlp_put_run(struct otlp_mapping *m, struct otlp_node *n, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Prompt and answer only, for the run of an agent's span. */
int otlp_put_run_content(struct otlp_mapping *m, struct otlp_node *n,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* Identity only, for runs whose own span is not in the request. */
int otlp_put_run_identity(struct otlp_mapping *m, const struct otlp_run *run,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

#endif
