#ifndef REPO_TOPICS_IN_H
#define REPO_TOPICS_IN_H

/* Inside lib/repo only. */
#include "repo/topics.h"

/*
 * What repo_metrics says by topic, of the runs of one agent alone, which are
 * read one by one; without latencies.  *all is the sum over these runs.
 * ERR_LIMIT: more than REPO_TOPICS_AGENT_RUNS of them.
 */
int topics_of_agent(const struct repo_view *v, struct str agent,
    const struct repo_metrics_query *q, struct repo_metrics *out,
    struct rollup *all, struct err *e) CC_CHECK;

#endif
