#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"

/*
 * Numbers for Prometheus: one registry a process, read by /metrics.
 *
 *	static struct metric *requests;
 *
 *	requests = metrics_counter("weir_gateway_requests_total",
 *	    "Requests by status class.", "class=\"2xx\"");
 *	metric_add(requests, 1);
 *
 * A metric is named once and lives as long as the process; asking again for
 * the same name and labels gives the same object.  Labels are written as in
 * the exposition format, without braces; NULL or "" for none.  Names begin
 * with weir_ (or process_) and are checked: a bad name is a bug.
 * Threads: any; updates are atomic and take no lock.
 */
struct metric;

struct metric *metrics_counter(const char *name, const char *help,
    const char *labels) CC_NONNULL(1, 2);
struct metric *metrics_gauge(const char *name, const char *help,
    const char *labels) CC_NONNULL(1, 2);

/* A gauge whose value is asked for when /metrics is read; read may be called
 * from any thread. */
void metrics_gauge_fn(const char *name, const char *help, const char *labels,
    double (*read)(void *arg), void *arg) CC_NONNULL(1, 2, 4);

/*
 * A histogram with these upper bounds (ascending, at most 24, without the
 * infinite one); bounds are copied.  NULL bounds: seconds from 0.5 ms to 30 s
 * in twelve steps.
 */
enum { METRICS_BOUNDS_MAX = 24 };
struct metric *metrics_histogram(const char *name, const char *help,
    const char *labels, const double *bounds, size_t n) CC_NONNULL(1, 2);

/* Counters and gauges; a counter takes no negative amount. */
void metric_add(struct metric *m, int64_t amount) CC_NONNULL(1);

/* Gauges. */
void metric_set(struct metric *m, int64_t value) CC_NONNULL(1);

/* Counters and gauges set by metric_add and metric_set. */
int64_t metric_value(struct metric *m) CC_NONNULL(1);

/* Histograms. */
void metric_observe(struct metric *m, double value) CC_NONNULL(1);

/* Histograms: observes a duration as seconds. */
void metric_observe_ns(struct metric *m, int64_t ns) CC_NONNULL(1);

/* From its return on no function given above is called: what they read may be
 * freed.  daemon_wait does this. */
void metrics_freeze(void);

/* Appends the text exposition format 0.0.4: grouped by name, HELP and TYPE
 * once each, with process_* and weir_build_info and weir_log_lines_total. */
void metrics_render(struct buf *b) CC_NONNULL(1);

#endif
