/* weir explain: what the classifier found in a run, and why. */
#include <stdio.h>

#include "base/opts.h"
#include "commands.h"
#include "detect/detect.h"
#include "out.h"
#include "repo/topics.h"
#include "view.h"

enum { TEXT_SHOWN = 400, LINE_BYTES = 16 << 20 };

static struct view view;

static const struct opt table[] = { VIEW_OPTS_NO_RANGE(view), { 0 } };

static void
print_text(const char *name, struct str s)
{
	if (!s.n)
		return;
	printf("  %-10s ", name);
	out_text(s, TEXT_SHOWN);
	putchar('\n');
}

static void
explain_signal(const struct signal_hit *s)
{
	const struct detect_pattern *p = detect_pattern_by_slug(s->slug);

	printf("signal ");
	out_text(s->slug, 80);
	printf(": score %.3f, threshold %.3f", s->score, s->threshold);
	if (s->severity.n) {
		printf(", severity ");
		out_text(s->severity, 20);
	}
	putchar('\n');
	if (p)
		print_text("looks for", str_from(p->description));
	if (s->revision)
		printf("  %-10s revision %lld of a custom pattern\n", "defined",
		    (long long)s->revision);
	print_text("because", s->reason);
	print_text("said by", s->role);
	print_text("in span", span_sender_id(s->span_id));
	print_text("evidence", s->evidence);
	if (ENTITY_HAS(s, SIGNAL, evidence_end))
		printf("  %-10s bytes %lld to %lld of the message\n", "where",
		    (long long)s->evidence_start, (long long)s->evidence_end);
}

static void
explain_failure(const struct failure_hit *f)
{
	printf("failure ");
	out_text(f->failure_id, 80);
	printf(" of a ");
	out_text(f->entity_type, 20);
	if (f->name.n) {
		putchar(' ');
		out_text(f->name, 80);
	}
	putchar('\n');
	print_text("in span", span_sender_id(f->span_id));
	print_text("message", f->message);
	print_text("template", f->template);
}

/* What the user asks about; the name is that of the model in force. */
static void
explain_topic(const struct run *run)
{
	struct topic_model *m = NULL;
	const struct topic *t;
	struct err e = ERR_INIT;
	struct str parent, id;

	if (!run_topic(run, &parent, &id))
		return;
	t = repo_topics_model(&view.repo, &m, &e) == 0 && m ?
	    topic_by_id(m, id) : NULL;
	printf("topic %.*s: ", STR_FMT(id));
	out_text(t ? t->name : STR("?"), 80);
	putchar('\n');
	topic_model_free(m);
}

static void
explain(const struct run *run)
{
	const struct verdict *v = run_verdict(run);
	size_t found = 0;

	if (!v) {
		printf("no verdict yet: the run waits for a classifier\n");
		return;
	}
	printf("verdict of classifier version %lld on revision %lld",
	    (long long)v->version, (long long)v->rev);
	if ((uint64_t)v->rev < run->rev)
		printf("; the run is at revision %llu now and waits for the "
		    "next", (unsigned long long)run->rev);
	if (v->version != DETECT_VERSION)
		printf("; this weir has classifier version %d",
		    DETECT_VERSION);
	putchar('\n');
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		if (run_signal_is_current(run, run_signal(run, i))) {
			explain_signal(run_signal(run, i));
			found++;
		}
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (run_failure_is_current(run, run_failure(run, i))) {
			explain_failure(run_failure(run, i));
			found++;
		}
	explain_topic(run);
	if (!run->conversational)
		printf("not conversational: patterns about the user were not "
		    "looked for\n");
	if (!found)
		printf("nothing was found\n");
}

/* ---- JSON ---- */

static void
put_signal(struct json_writer *w, const struct signal_hit *s)
{
	json_put_object(w);
	json_member_str(w, "slug", s->slug);
	json_member_double(w, "score", s->score);
	json_member_double(w, "threshold", s->threshold);
	json_member_str(w, "severity", s->severity);
	if (s->revision)
		json_member_i64(w, "revision", s->revision);
	json_member_str(w, "reason", s->reason);
	json_member_str(w, "role", s->role);
	json_member_str(w, "span_id", span_sender_id(s->span_id));
	json_member_str(w, "evidence", s->evidence);
	json_member_i64(w, "evidence_start", s->evidence_start);
	json_member_i64(w, "evidence_end", s->evidence_end);
	json_put_object_end(w);
}

static void
put_failure(struct json_writer *w, const struct failure_hit *f)
{
	json_put_object(w);
	json_member_str(w, "failure_id", f->failure_id);
	json_member_str(w, "entity_type", f->entity_type);
	json_member_str(w, "span_id", span_sender_id(f->span_id));
	json_member_str(w, "name", f->name);
	json_member_str(w, "message", f->message);
	json_member_str(w, "template", f->template);
	json_put_object_end(w);
}

static void
explain_json(const struct run *run)
{
	const struct verdict *v = run_verdict(run);
	struct str parent, topic = STR_NULL;
	struct json_writer w;
	struct buf b;

	(void)run_topic(run, &parent, &topic);
	buf_init(&b, LINE_BYTES);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_str(&w, "run_id", run->base.id);
	json_member_u64(&w, "rev", run->rev);
	json_member_i64(&w, "verdict_rev", v ? v->rev : 0);
	json_member_i64(&w, "version", v ? v->version : 0);
	json_member_bool(&w, "conversational", run->conversational);
	json_member_str(&w, "topic_id", topic);
	json_put_key(&w, "signals");
	json_put_array(&w);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		if (run_signal_is_current(run, run_signal(run, i)))
			put_signal(&w, run_signal(run, i));
	json_put_array_end(&w);
	json_put_key(&w, "failures");
	json_put_array(&w);
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (run_failure_is_current(run, run_failure(run, i)))
			put_failure(&w, run_failure(run, i));
	json_put_array_end(&w);
	json_put_object_end(&w);
	out_line(&b);
	buf_fini(&b);
}

int
cmd_explain(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct run *run;
	int first, rc;

	first = opts_parse(table, "weir explain --data DIR [options] RUN",
	    argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: a run's id");
	view_open(&view, WHERE_READ);
	rc = repo_run_get(&view.repo, str_from(argv[first]), &run, &e);
	if (rc == 0 && view.as_json)
		explain_json(run);
	else if (rc == 0)
		explain(run);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
