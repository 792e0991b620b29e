/* weir insights: those that the store has. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "insight/render.h"
#include "insight/reword.h"
#include "insight_show.h"
#include "out.h"
#include "view.h"

enum { PAGE_BYTES = 32 << 20, PAGE_ARENA = 64 << 20, LINE_BYTES = 16 << 20 };

static struct view view;
static int64_t limit = 50, offset;
static const char *format = "markdown";

/* ---- printing, also for weir insight ---- */

bool
insight_is_format(const char *f)
{
	return strcmp(f, "markdown") == 0 || strcmp(f, "html") == 0 ||
	    strcmp(f, "json") == 0;
}

int
insight_show(struct str body, struct str wording, const char *f,
    struct err *e)
{
	struct insight_page page = { .body = body, .wording = wording,
		.format = strcmp(f, "html") == 0 ? RENDER_HTML :
		RENDER_MARKDOWN };
	struct arena *a;
	struct buf b;
	int rc = 0;

	buf_init(&b, PAGE_BYTES);
	a = arena_new(PAGE_ARENA);
	if (strcmp(f, "json") == 0) {
		buf_add_str(&b, body);
		buf_add_byte(&b, '\n');
	} else {
		rc = insight_render(&page, a, &b, e);
	}
	if (rc == 0 && fwrite(b.p, 1, b.n, stdout) != b.n)
		rc = err_sys(e, ERR_IO, "output: write");
	arena_free(a);
	buf_fini(&b);
	return rc;
}

/* ---- list ---- */

static const struct opt list_table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "limit", 'n', OPT_INT, &limit, 1, REPO_LIMIT_MAX, "N",
	    "at most so many (default 50)" },
	{ "offset", 0, OPT_INT, &offset, 0, REPO_OFFSET_MAX, "N",
	    "leave out so many" },
	{ 0 }
};

/* The title in the words that are shown; *model if those are a model's. */
static struct str
title_of(const struct insight *v, bool *model)
{
	struct reworded r = { .is_shown = false };

	*model = v->body.type == VALUE_JSON && v->wording.type == VALUE_JSON &&
	    reword_read(v->body.s, v->wording.s, view.repo.arena, &r) &&
	    r.is_shown;
	return *model ? r.title : v->title;
}

static void
list_json(const struct repo_insights *all)
{
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < all->n; i++) {
		const struct insight *v = all->v[i];
		struct json_writer w;
		bool model;
		struct str title = title_of(v, &model);

		json_writer_init(&w, &b);
		json_put_object(&w);
		json_member_str(&w, "id", v->base.id);
		json_member_str(&w, "period", v->period);
		view_put_ms(&w, "from", floor_div(v->from_ns, NS_PER_MS));
		view_put_ms(&w, "to", floor_div(v->to_ns, NS_PER_MS));
		json_member_str(&w, "severity", v->severity);
		json_member_str(&w, "title", title);
		json_member_cstr(&w, "wording", model ? "model" : "own");
		view_put_ms(&w, "created", floor_div(v->created_ns,
		    NS_PER_MS));
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

static void
list_print(const struct repo_insights *all)
{
	static const char *const heads[] = { "INSIGHT", "SEVERITY", "TO",
		"TITLE" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));

	for (size_t i = 0; i < all->n; i++) {
		const struct insight *v = all->v[i];
		bool model;

		table_add(t, v->base.id);
		table_add(t, v->severity);
		table_add_ms(t, floor_div(v->to_ns, NS_PER_MS));
		table_add(t, title_of(v, &model));
	}
	table_print(t);
	table_free(t);
}

static int
list(int argc, char **argv)
{
	struct repo_insights all = { 0 };
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(list_table, "weir insights list --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_READ);
	rc = repo_insights_list(&view.repo, (size_t)limit, (size_t)offset,
	    &all, &e);
	if (rc == 0 && view.as_json)
		list_json(&all);
	else if (rc == 0)
		list_print(&all);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- show ---- */

static const struct opt show_table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "format", 0, OPT_TEXT, &format, 0, 0, "FORMAT",
	    "markdown, html or json (default markdown)" },
	{ 0 }
};

static int
show(int argc, char **argv)
{
	struct insight *v = NULL;
	struct err e = ERR_INIT;
	int first = opts_parse(show_table,
	    "weir insights show --data DIR ID", argc, argv), rc;

	if (argc - first != 1)
		opts_die("takes the id of one insight, like weekly-2026-W47");
	if (view.as_json)
		format = "json";
	if (!insight_is_format(format))
		opts_die("--format: '%s' is not markdown, html or json",
		    format);
	view_open(&view, WHERE_READ);
	rc = repo_insight_get(&view.repo, str_from(argv[first]), &v, &e);
	if (rc == 0)
		rc = insight_show(v->body.s, v->wording.type == VALUE_JSON ?
		    v->wording.s : STR_NULL, format, &e);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

static const struct command commands[] = {
	{ "list", list, "the latest first" },
	{ "show", show, "one of them as a page" },
	{ 0 }
};

int
cmd_insights(int argc, char **argv)
{
	return command_run(commands, argc, argv);
}
