/* weir search: runs by the words that are in them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/opts.h"
#include "commands.h"
#include "out.h"
#include "repo/search.h"
#include "view.h"

enum { LINE_BYTES = 16 << 20, SNIPPET_CHARS = 200 };

static struct view view;
static const char *agent, *user, *org, *session, *status;
static int64_t limit = 10, offset;
static bool any, newest;

static const struct opt table[] = {
	VIEW_OPTS(view),
	{ "agent", 'a', OPT_TEXT, &agent, 0, 0, "NAME",
	    "only runs of this agent" },
	{ "user", 'u', OPT_TEXT, &user, 0, 0, "ID", "only runs of this user" },
	{ "org", 'o', OPT_TEXT, &org, 0, 0, "ID",
	    "only runs of this organisation" },
	{ "session", 's', OPT_TEXT, &session, 0, 0, "ID",
	    "only runs of this session" },
	{ "status", 0, OPT_TEXT, &status, 0, 0, "STATUS",
	    "only runs that ended so: ok or error" },
	{ "any", 0, OPT_FLAG, &any, 0, 0, NULL,
	    "any of the words will do (default: all of them)" },
	{ "newest", 0, OPT_FLAG, &newest, 0, 0, NULL,
	    "the latest first (default: the best first)" },
	{ "limit", 'n', OPT_INT, &limit, 1, REPO_LIMIT_MAX, "N",
	    "at most so many (default 10)" },
	{ "offset", 0, OPT_INT, &offset, 0, 10000 - REPO_LIMIT_MAX, "N",
	    "leave out so many" },
	{ 0 }
};

/* Blanks at the ends stay: what comes before and behind goes on. */
static void
print_part(struct str s)
{
	if (s.n == 0)
		return;
	if (strchr(" \t\r\n", s.p[0]))
		putchar(' ');
	out_text(s, SNIPPET_CHARS);
	if (str_trim(s).n && strchr(" \t\r\n", s.p[s.n - 1]))
		putchar(' ');
}

/* The text with its marks in bold, where somebody looks. */
static void
print_snippet(const struct repo_snippet *s)
{
	bool colour = isatty(STDOUT_FILENO);
	size_t at = 0;

	printf("  %-9s %s", searchable_field_name(s->field),
	    s->part.is_cut_before ? "..." : "");
	for (size_t i = 0; i <= s->part.nmarks; i++) {
		bool last = i == s->part.nmarks;
		size_t from = last ? s->part.text.n : s->part.marks[i].from;

		print_part(str_of(s->part.text.p + at, from - at));
		if (last)
			break;
		fputs(colour ? "\033[1m" : "", stdout);
		out_text(str_of(s->part.text.p + from,
		    s->part.marks[i].to - from), SNIPPET_CHARS);
		fputs(colour ? "\033[0m" : "", stdout);
		at = s->part.marks[i].to;
	}
	puts(s->part.is_cut_behind ? "..." : "");
}

static void
print(const struct repo_search *found)
{
	char when[32];

	for (size_t i = 0; i < found->n; i++) {
		const struct repo_search_row *r = &found->v[i];

		printf("%s  ", out_ms(r->row.start_ms, when));
		out_text(r->row.run->base.id, 80);
		printf("  %s  ", r->row.totals.is_error ? "error" : "ok");
		out_text(r->row.run->agent, 40);
		putchar('\n');
		for (size_t k = 0; k < r->nsnippets; k++)
			print_snippet(&r->snippets[k]);
	}
	fprintf(stderr, "%llu of %llu runs match %.*s%s\n",
	    (unsigned long long)found->total,
	    (unsigned long long)found->documents,
	    STR_FMT(found->understood), found->is_partial ?
	    " (older ones were not searched: its words are in too many)" : "");
	if ((uint64_t)offset + found->n < found->total)
		fprintf(stderr, "There are more: --offset %zu\n",
		    (size_t)offset + found->n);
}

static void
put_snippets(struct json_writer *w, const struct repo_search_row *r)
{
	json_put_key(w, "snippets");
	json_put_array(w);
	for (size_t i = 0; i < r->nsnippets; i++) {
		const struct repo_snippet *s = &r->snippets[i];

		json_put_object(w);
		json_member_cstr(w, "field", searchable_field_name(s->field));
		json_member_str(w, "text", s->part.text);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
print_json(const struct repo_search *found)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < found->n; i++) {
		const struct repo_search_row *r = &found->v[i];

		json_writer_init(&w, &b);
		json_put_object(&w);
		view_put_run(&w, r->row.run, &r->row.totals);
		json_member_double(&w, "score", r->score);
		put_snippets(&w, r);
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

/* The operands, with blanks between. */
static void
join(struct buf *b, char **words, int n)
{
	for (int i = 0; i < n; i++)
		buf_addf(b, "%s%s", i ? " " : "", words[i]);
}

int
cmd_search(int argc, char **argv)
{
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found;
	struct err e = ERR_INIT;
	struct buf text;
	int first, rc;

	first = opts_parse(table, "weir search --data DIR [options] WORD...",
	    argc, argv);
	if (first == argc)
		opts_die("say what to look for");
	if (status && strcmp(status, "ok") != 0 &&
	    strcmp(status, "error") != 0)
		opts_die("--status: must be ok or error");
	buf_init(&text, LINE_BYTES);
	join(&text, argv + first, argc - first);
	q.text = buf_str(&text);
	view_open(&view, WHERE_READ);
	q.any = any;
	q.newest_first = newest;
	q.filter.agent = str_from(agent);
	q.filter.user_id = str_from(user);
	q.filter.org_id = str_from(org);
	q.filter.session_id = str_from(session);
	q.filter.status = !status ? REPO_ANY :
	    strcmp(status, "ok") == 0 ? REPO_OK : REPO_ERROR;
	q.filter.from_ms = view.from_ms;
	q.filter.to_ms = view.to_ms;
	q.filter.limit = (size_t)limit;
	q.filter.offset = (size_t)offset;
	rc = repo_search(&view.repo, &q, &found, &e);
	if (rc == 0 && view.as_json)
		print_json(&found);
	else if (rc == 0)
		print(&found);
	view_close(&view);
	buf_fini(&text);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
