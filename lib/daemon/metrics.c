#include "daemon/metrics.h"

#include <assert.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/version.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

static const char *const kind_words[] = { "counter", "gauge", "histogram" };

struct metric {
	struct metric *next;    /* of the same family */
	enum metric_kind kind;
	char *labels;
	atomic_int_fast64_t value;
	double (*read)(void *arg);
	void *arg;
	/* Histograms: counts of each bucket alone, the infinite one last, and
	 * the sum as the bits of a double. */
	size_t nbounds;
	double bounds[METRICS_BOUNDS_MAX];
	atomic_uint_fast64_t buckets[METRICS_BOUNDS_MAX + 1];
	atomic_uint_fast64_t sum_bits;
};

struct family {
	struct family *next;
	char *name;
	char *help;
	enum metric_kind kind;
	struct metric *metrics, **end;
};

static const double seconds[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05, 0.1, 0.5, 2, 10, 30 };

/* Families are only ever added: readers hold the lock for the lists alone. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families, **families_end = &families;
static bool frozen;             /* functions are not called any more */

static void
check_name(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	if ((strncmp(name, "weir_", 5) != 0 &&
	    strncmp(name, "process_", 8) != 0) ||
	    name[strspn(name, ok)] != '\0')
		BUG("metric name '%s'", name);
}

static struct family *
find_family(const char *name, const char *help, enum metric_kind kind)
{
	struct family *f;

	for (f = families; f; f = f->next)
		if (strcmp(f->name, name) == 0) {
			if (f->kind != kind)
				BUG("metric '%s' is a %s", name,
				    kind_words[f->kind]);
			return f;
		}
	f = mem_zalloc(1, sizeof(*f));
	f->name = mem_strdup(name);
	f->help = mem_strdup(help);
	f->kind = kind;
	f->end = &f->metrics;
	*families_end = f;
	families_end = &f->next;
	return f;
}

/* The metric of a name and labels, made if need be. */
static struct metric *
find(const char *name, const char *help, const char *labels,
    enum metric_kind kind, const double *bounds, size_t n)
{
	struct family *f;
	struct metric *m;

	if (!labels)
		labels = "";
	check_name(name);
	pthread_mutex_lock(&lock);
	f = find_family(name, help, kind);
	for (m = f->metrics; m; m = m->next)
		if (strcmp(m->labels, labels) == 0)
			break;
	if (!m) {
		m = mem_zalloc(1, sizeof(*m));
		m->kind = kind;
		m->labels = mem_strdup(labels);
		m->nbounds = n;
		for (size_t i = 0; i < n; i++) {
			assert(i == 0 || bounds[i] > bounds[i - 1]);
			m->bounds[i] = bounds[i];
		}
		*f->end = m;
		f->end = &m->next;
	}
	pthread_mutex_unlock(&lock);
	return m;
}

struct metric *
metrics_counter(const char *name, const char *help, const char *labels)
{
	return find(name, help, labels, METRIC_COUNTER, NULL, 0);
}

struct metric *
metrics_gauge(const char *name, const char *help, const char *labels)
{
	return find(name, help, labels, METRIC_GAUGE, NULL, 0);
}

static void
add_fn(struct metric *m, double (*read)(void *), void *arg)
{
	pthread_mutex_lock(&lock);
	m->read = read;
	m->arg = arg;
	pthread_mutex_unlock(&lock);
}

void
metrics_gauge_fn(const char *name, const char *help, const char *labels,
    double (*read)(void *arg), void *arg)
{
	add_fn(metrics_gauge(name, help, labels), read, arg);
}

struct metric *
metrics_histogram(const char *name, const char *help, const char *labels,
    const double *bounds, size_t n)
{
	if (!bounds) {
		bounds = seconds;
		n = ARRAY_LEN(seconds);
	}
	assert(n <= METRICS_BOUNDS_MAX);
	return find(name, help, labels, METRIC_HISTOGRAM, bounds, n);
}

void
metric_add(struct metric *m, int64_t amount)
{
	assert(m->kind == METRIC_GAUGE ||
	    (m->kind == METRIC_COUNTER && amount >= 0));
	atomic_fetch_add_explicit(&m->value, amount, memory_order_relaxed);
}

void
metric_set(struct metric *m, int64_t value)
{
	assert(m->kind == METRIC_GAUGE);
	atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

int64_t
metric_value(struct metric *m)
{
	return atomic_load_explicit(&m->value, memory_order_relaxed);
}

static double
bits_double(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static uint64_t
double_bits(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

void
metric_observe(struct metric *m, double value)
{
	uint_fast64_t old = atomic_load(&m->sum_bits);
	size_t i = 0;

	assert(m->kind == METRIC_HISTOGRAM);
	while (i < m->nbounds && value > m->bounds[i])
		i++;
	atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&m->sum_bits, &old,
	    double_bits(bits_double(old) + value)))
		continue;
}

void
metric_observe_ns(struct metric *m, int64_t ns)
{
	metric_observe(m, (double)ns / 1e9);
}

/* name{labels,extra} value */
static void
put_line(struct buf *b, const char *name, const char *suffix,
    const char *labels, const char *extra, double value)
{
	buf_addf(b, "%s%s", name, suffix);
	if (*labels || *extra)
		buf_addf(b, "{%s%s%s}", labels, *labels && *extra ? "," : "",
		    extra);
	if (value == floor(value) && fabs(value) < 9e15)
		buf_addf(b, " %lld\n", (long long)value);
	else
		buf_addf(b, " %.9g\n", value);
}

static void
put_histogram(struct buf *b, const char *name, struct metric *m)
{
	uint64_t total = 0;
	char bound[64];

	for (size_t i = 0; i <= m->nbounds; i++) {
		total += atomic_load_explicit(&m->buckets[i],
		    memory_order_relaxed);
		if (i < m->nbounds)
			snprintf(bound, sizeof(bound), "le=\"%g\"",
			    m->bounds[i]);
		else
			snprintf(bound, sizeof(bound), "le=\"+Inf\"");
		put_line(b, name, "_bucket", m->labels, bound, (double)total);
	}
	put_line(b, name, "_sum", m->labels, "",
	    bits_double(atomic_load(&m->sum_bits)));
	put_line(b, name, "_count", m->labels, "", (double)total);
}

static void
put_metric(struct buf *b, const char *name, struct metric *m)
{
	if (m->kind == METRIC_HISTOGRAM)
		put_histogram(b, name, m);
	else
		put_line(b, name, "", m->labels, "", m->read ?
		    m->read(m->arg) : (double)metric_value(m));
}

static void
put_head(struct buf *b, const char *name, const char *help, const char *kind)
{
	buf_addf(b, "# HELP %s ", name);
	for (; *help; help++) {
		if (*help == '\\')
			buf_add_cstr(b, "\\\\");
		else if (*help == '\n')
			buf_add_cstr(b, "\\n");
		else
			buf_add_byte(b, (uint8_t)*help);
	}
	buf_addf(b, "\n# TYPE %s %s\n", name, kind);
}

static double
resident_bytes(void)
{
	unsigned long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double
cpu_seconds(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts))
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	double n = -3;          /* ".", ".." and the directory's own */

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
put_process(struct buf *b)
{
	put_head(b, "process_resident_memory_bytes", "Resident memory.",
	    "gauge");
	put_line(b, "process_resident_memory_bytes", "", "", "",
	    resident_bytes());
	put_head(b, "process_cpu_seconds_total", "User and system time.",
	    "counter");
	put_line(b, "process_cpu_seconds_total", "", "", "", cpu_seconds());
	put_head(b, "process_open_fds", "Open file descriptors.", "gauge");
	put_line(b, "process_open_fds", "", "", "", open_fds());
	put_head(b, "weir_build_info", "Which version this is.", "gauge");
	put_line(b, "weir_build_info", "", "version=\"" WEIR_VERSION "\"", "",
	    1);
	put_head(b, "weir_log_lines_total", "Lines logged, by level.",
	    "counter");
	put_line(b, "weir_log_lines_total", "", "level=\"warn\"", "",
	    (double)log_count(LOG_WARN));
	put_line(b, "weir_log_lines_total", "", "level=\"error\"", "",
	    (double)log_count(LOG_ERROR));
}

void
metrics_freeze(void)
{
	pthread_mutex_lock(&lock);
	frozen = true;
	pthread_mutex_unlock(&lock);
}

void
metrics_render(struct buf *b)
{
	put_process(b);
	pthread_mutex_lock(&lock);
	for (struct family *f = families; f; f = f->next) {
		put_head(b, f->name, f->help, kind_words[f->kind]);
		for (struct metric *m = f->metrics; m; m = m->next)
			if (!m->read || !frozen)
				put_metric(b, f->name, m);
	}
	pthread_mutex_unlock(&lock);
}
