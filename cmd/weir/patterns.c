/* weir patterns: what runs show, and patterns that people define. */
#include "patterns.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "detect/detect.h"
#include "out.h"
#include "repo/custom.h"
#include "view.h"

enum { LINE_BYTES = 16 << 20, FILE_BYTES = 1 << 20, TEXT_SHOWN = 400 };

static struct view view;

/* ---- list ---- */

static const struct opt list_table[] = { VIEW_OPTS(view), { 0 } };

/* A pattern as the list shows it. */
struct row {
	struct str slug, name, description;
	bool is_built_in, is_enabled, is_conversational;
	int64_t runs;
};

static double
share(const struct row *r, const struct repo_patterns *p)
{
	int64_t whole = r->is_conversational ? p->conversational_runs :
	    p->runs;

	return whole ? (double)r->runs / (double)whole : 0;
}

static int64_t
runs_of(const struct repo_patterns *p, struct str slug)
{
	for (size_t i = 0; i < p->m.n; i++)
		if (str_eq(p->m.v[i].name, slug))
			return p->m.v[i].sum.c[COUNT_RUNS];
	return 0;
}

/* The built-in patterns, then the custom ones; false past the budget. */
static bool
rows_of(const struct repo_patterns *p, const struct repo_customs *all,
    struct row **out, size_t *n)
{
	const struct detect_pattern *d;
	struct err e = ERR_INIT;
	struct custom_def def;
	size_t cap = 0;
	struct row *v = NULL;

	*n = 0;
	for (size_t i = 0; (d = detect_pattern(i)) != NULL; i++) {
		if (!(v = arena_more(view.repo.arena, v, *n, &cap,
		    sizeof(*v))))
			return false;
		v[(*n)++] = (struct row){ str_from(d->slug),
		    str_from(d->name), str_from(d->description), true, true,
		    d->is_about_user, runs_of(p, str_from(d->slug)) };
	}
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i].is_deleted || repo_custom_def(&view.repo,
		    &all->v[i], &def, &e))
			continue;
		if (!(v = arena_more(view.repo.arena, v, *n, &cap,
		    sizeof(*v))))
			return false;
		v[(*n)++] = (struct row){ def.slug, def.name, def.description,
		    false, def.enabled, true, runs_of(p, def.slug) };
	}
	*out = v;
	return true;
}

static void
list_print(const struct repo_patterns *p, const struct row *v, size_t n)
{
	static const char *const heads[] = { "PATTERN", "RUNS", "SHARE",
		"KIND", "WHAT IT IS" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));

	for (size_t i = 0; i < n; i++) {
		table_add(t, v[i].slug);
		table_addf(t, "%lld", (long long)v[i].runs);
		table_addf(t, "%.1f %%", 100 * share(&v[i], p));
		table_addf(t, "%s", v[i].is_built_in ? "built in" :
		    v[i].is_enabled ? "custom" : "custom, off");
		table_add(t, v[i].description.n ? v[i].description :
		    v[i].name);
	}
	table_print(t);
	table_free(t);
	fprintf(stderr, "%lld runs, %lld conversational, %lld with a signal\n",
	    (long long)p->runs, (long long)p->conversational_runs,
	    (long long)p->flagged_runs);
}

static void
list_json(const struct repo_patterns *p, const struct row *v, size_t n)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < n; i++) {
		json_writer_init(&w, &b);
		json_put_object(&w);
		json_member_str(&w, "slug", v[i].slug);
		json_member_str(&w, "name", v[i].name);
		json_member_bool(&w, "built_in", v[i].is_built_in);
		json_member_bool(&w, "enabled", v[i].is_enabled);
		json_member_i64(&w, "runs", v[i].runs);
		json_member_double(&w, "share", share(&v[i], p));
		json_member_cstr(&w, "of", v[i].is_conversational ?
		    "conversational runs" : "runs");
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

static int
list(int argc, char **argv)
{
	struct repo_customs all;
	struct repo_patterns p;
	struct err e = ERR_INIT;
	struct row *v = NULL;
	size_t n = 0;
	int rc;

	if (opts_parse(list_table, "weir patterns list --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_READ);
	rc = repo_patterns_list(&view.repo, view.from_ms, view.to_ms, false,
	    &p, &e);
	if (rc == 0)
		rc = repo_custom_list(&view.repo, &all, &e);
	if (rc == 0 && !rows_of(&p, &all, &v, &n))
		rc = err_set(&e, ERR_LIMIT, "too many patterns");
	if (rc == 0 && view.as_json)
		list_json(&p, v, n);
	else if (rc == 0)
		list_print(&p, v, n);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- show ---- */

static const struct opt one_table[] = { VIEW_OPTS_NO_RANGE(view), { 0 } };

/* The one operand of a command on one pattern. */
static struct str
operand(int argc, char **argv, const char *what)
{
	char usage[100];
	int first;

	snprintf(usage, sizeof(usage), "%s --data DIR [options] %s", argv[0],
	    what);
	first = opts_parse(one_table, usage, argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: %s", what);
	return str_from(argv[first]);
}

static void
print_text(const char *name, struct str s)
{
	if (!s.n)
		return;
	printf("%-11s ", name);
	out_text(s, TEXT_SHOWN);
	putchar('\n');
}

static void
print_texts(const char *name, const struct str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_text(i ? "" : name, v[i]);
}

/* What was learned from the examples, before anybody relies on it. */
static void
print_report(const struct custom_report *r)
{
	if (r->n_positive + r->n_negative == 0)
		return;
	printf("examples    %zu positive, %zu negative\n", r->n_positive,
	    r->n_negative);
	if (!r->is_trained) {
		printf("detector    none: it takes %d of either label\n",
		    CUSTOM_EXAMPLES_MIN);
		return;
	}
	printf("detector    cross-validated in %zu parts: found %zu of %zu, "
	    "%zu wrongly", r->folds, r->true_positives, r->n_positive,
	    r->false_positives);
	if (isnan(r->precision))
		printf(" (recall %.2f)\n", r->recall);
	else
		printf(" (precision %.2f, recall %.2f)\n", r->precision,
		    r->recall);
}

static void
print_def(const struct custom_def *d, const struct custom *made)
{
	static const char *const triggers[] = { "all conversational runs",
		"those that call any of", "those that call all of" };
	static const char *const roles[] = { "the user", "the assistant",
		"either" };

	print_text("pattern", d->slug);
	print_text("name", d->name);
	print_text("what it is", d->description);
	printf("state       %s, revision %lld\n", d->enabled ? "enabled" :
	    "off", (long long)d->revision);
	printf("runs        %s\n", triggers[d->trigger]);
	print_texts("tools", d->tools, d->n_tools);
	for (size_t i = 0; i < d->n_filters; i++) {
		printf("%-11s ", i ? "" : "metadata");
		out_text(d->filters[i].key, TEXT_SHOWN);
		printf(" = ");
		out_text(d->filters[i].value, TEXT_SHOWN);
		putchar('\n');
	}
	printf("said by     %s\n", roles[d->role]);
	print_texts("phrases", d->phrases, d->n_phrases);
	print_texts("regexes", d->regexes, d->n_regexes);
	print_report(custom_report(made));
}

/* A definition as the filter and create take it. */
static void
print_def_json(const struct custom_def *d)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	json_writer_init(&w, &b);
	json_put_object(&w);
	custom_def_write(d, &w);
	json_member_bool(&w, "enabled", d->enabled);
	json_member_i64(&w, "revision", d->revision);
	json_put_object_end(&w);
	out_line(&b);
	buf_fini(&b);
}

/* The pattern as it is in the store now. */
static int
print_one(struct str slug, struct err *e)
{
	struct repo_view now = view.repo;
	struct repo_custom c;
	struct custom_def def;
	struct custom *made;

	now.snapshot = kv_latest(view.where.kv);
	if (repo_custom_get(&now, slug, &c, e) ||
	    repo_custom_def(&now, &c, &def, e) ||
	    custom_new(&def, c.revision, &made, e))
		return e->code;
	if (view.as_json)
		print_def_json(&def);
	else
		print_def(&def, made);
	custom_free(made);
	return 0;
}

static int
show(int argc, char **argv)
{
	struct str slug = operand(argc, argv, "PATTERN");
	const struct detect_pattern *d = detect_pattern_by_slug(slug);
	struct err e = ERR_INIT;
	int rc = 0;

	view_open(&view, WHERE_READ);
	if (d && view.as_json)
		rc = err_set(&e, ERR_INVALID, "%s is built in and has no "
		    "definition", d->slug);
	else if (d)
		printf("pattern     %s (built in)\nname        %s\n"
		    "what it is  %s\n", d->slug, d->name, d->description);
	else
		rc = print_one(slug, &e);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- changes ---- */

static int
read_file(const char *path, struct buf *b, struct err *e)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n = 0;

	if (fd < 0)
		return err_sys(e, ERR_INVALID, "%s", path);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(b, part, (size_t)n);
	if (n < 0)
		err_sys(e, ERR_IO, "%s", path);
	else if (b->failed)
		err_set(e, ERR_LIMIT, "%s: over %d bytes", path, FILE_BYTES);
	if (fd != STDIN_FILENO)
		close(fd);
	return e->code;
}

static struct repo_custom_change
changed_by(void)
{
	return (struct repo_custom_change){ view_project(&view), STR("weir"),
	    clock_now_ms() };
}

static int
submit(struct buf *out, int rc, struct err *e)
{
	if (rc == 0)
		rc = where_submit(&view.where, out, e);
	buf_fini(out);
	return rc;
}

static int
create(int argc, char **argv)
{
	struct str path = operand(argc, argv, "FILE.json");
	struct custom_def def = CUSTOM_DEF_INIT;
	struct repo_custom_change by;
	struct err e = ERR_INIT;
	struct buf text, out;
	struct str field;
	int rc;

	buf_init(&text, FILE_BYTES);
	buf_init(&out, EVENT_BYTES_MAX);
	view_open(&view, WHERE_WRITE);
	by = changed_by();
	rc = read_file(path.p, &text, &e);
	if (rc == 0)
		rc = custom_def_parse(&def, buf_str(&text), view.repo.arena,
		    &field, &e);
	if (rc == 0)
		rc = repo_custom_create(&view.repo, &def, &by, &out, &field,
		    &e);
	rc = submit(&out, rc, &e);
	if (rc == 0)
		rc = print_one(def.slug, &e);
	view_close(&view);
	buf_fini(&text);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

static int
change(int argc, char **argv, struct str json)
{
	struct str slug = operand(argc, argv, "PATTERN"), field;
	struct repo_custom_change by;
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	buf_init(&out, EVENT_BYTES_MAX);
	view_open(&view, WHERE_WRITE);
	by = changed_by();
	rc = submit(&out, repo_custom_change(&view.repo, slug, json, &by,
	    &out, &field, &e), &e);
	if (rc == 0)
		rc = print_one(slug, &e);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

static int
enable(int argc, char **argv)
{
	return change(argc, argv, STR("{\"enabled\":true}"));
}

static int
disable(int argc, char **argv)
{
	return change(argc, argv, STR("{\"enabled\":false}"));
}

static int
delete(int argc, char **argv)
{
	struct str slug = operand(argc, argv, "PATTERN");
	struct repo_custom_change by;
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	buf_init(&out, EVENT_BYTES_MAX);
	view_open(&view, WHERE_WRITE);
	by = changed_by();
	rc = submit(&out, repo_custom_delete(&view.repo, slug, &by, &out, &e),
	    &e);
	view_close(&view);
	if (rc)
		return where_fail(argv[0], &e);
	if (view.as_json)
		printf("{\"slug\":\"%s\",\"deleted\":true}\n", slug.p);
	else
		printf("%s is deleted\n", slug.p);
	return out_finish(argv[0]);
}

int
cmd_patterns(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "backfill", patterns_backfill,
		    "look for the patterns in stored runs too" },
		{ "create", create, "make one from a JSON file" },
		{ "delete", delete, "delete one" },
		{ "disable", disable, "look for it no longer" },
		{ "enable", enable, "look for it in new runs" },
		{ "list", list, "how many runs show each" },
		{ "show", show, "what one looks for, and how well" },
		{ 0 }
	};

	return command_run(commands, argc, argv);
}
