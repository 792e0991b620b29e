/* weir key: makes, lists and revokes API keys. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "json/json_write.h"
#include "out.h"
#include "repo/key.h"
#include "store/admin.h"
#include "where.h"

enum { LINE_MAX_BYTES = 4096 };

static struct where where;
static bool as_json;
static const char *project;

/* ---- showing ---- */

static void
put_key(const struct repo_key *k, const char *secret)
{
	char iso[CLOCK_ISO_MAX];
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_cstr(&w, "id", k->id);
	json_member_cstr(&w, "project", k->project_name);
	json_member_cstr(&w, "for", repo_dialect_name(k->dialect));
	json_member_cstr(&w, "scope", repo_key_scope_name(k->scope));
	json_member_cstr(&w, "env", repo_key_envs_name(k->envs));
	if (k->public_id[0])
		json_member_cstr(&w, "public_key", k->public_id);
	/* SDK settings call it the key, key stores the secret: scripts of
	 * both kinds find it. */
	if (secret) {
		json_member_cstr(&w, "key", secret);
		json_member_cstr(&w, "secret", secret);
	}
	clock_format_iso(k->created_ms, iso);
	json_member_cstr(&w, "created", iso);
	clock_format_iso(k->revoked_ms, iso);
	if (k->revoked_ms)
		json_member_cstr(&w, "revoked", iso);
	else
		json_member_null(&w, "revoked");
	json_put_object_end(&w);
	if (!json_writer_done(&w))
		BUG("a key of more than %d bytes", LINE_MAX_BYTES);
	out_line(&b);
	buf_fini(&b);
}

static void
show_new(const struct repo_key *k, const char *secret)
{
	if (as_json) {
		put_key(k, secret);
		return;
	}
	if (k->public_id[0])
		printf("public   %s\nsecret   %s\n", k->public_id, secret);
	else
		printf("key      %s\n", secret);
	printf("id       %s\nproject  %s\nfor      %s\nscope    %s\n"
	    "env      %s\n", k->id, k->project_name,
	    repo_dialect_name(k->dialect), repo_key_scope_name(k->scope),
	    repo_key_envs_name(k->envs));
	fprintf(stderr, "This is shown once; weir keeps a hash of it.\n");
}

/* ---- create ---- */

static const char *dialect = "tcc";
static const char *scope = "ingest";
static const char *env = "prod";

static const struct opt create_table[] = {
	WHERE_OPTS(where),
	{ "project", 'p', OPT_TEXT, &project, 0, 0, "NAME",
	    "whose data; made if there is no such project" },
	{ "for", 0, OPT_TEXT, &dialect, 0, 0, "DIALECT",
	    "tcc, langfuse, agentops, agenttrace or kontext (default tcc)" },
	{ "scope", 0, OPT_TEXT, &scope, 0, 0, "SCOPE",
	    "ingest, read or all (default ingest)" },
	{ "env", 'e', OPT_TEXT, &env, 0, 0, "ENV",
	    "dev, prod or all (default prod); with all, ingest is prod" },
	{ "json", 'j', OPT_FLAG, &as_json, 0, 0, NULL,
	    "print one JSON object" },
	{ 0 }
};

static void
read_spec(struct repo_key_spec *spec)
{
	if (!project)
		opts_die("--project is missing");
	spec->project = str_from(project);
	if (!repo_project_is_valid(spec->project))
		opts_die("--project: a name is 1 to %d of A-Z a-z 0-9 . _ -",
		    (int)REPO_PROJECT_MAX);
	if (!repo_dialect_named(str_from(dialect), &spec->dialect))
		opts_die("--for: '%s' is not tcc, langfuse, agentops, "
		    "agenttrace or kontext", dialect);
	if (!repo_key_scope_named(str_from(scope), &spec->scope))
		opts_die("--scope: '%s' is not ingest, read or all", scope);
	if (!repo_key_envs_named(str_from(env), &spec->envs))
		opts_die("--env: '%s' is not dev, prod or all", env);
}

static int
create(int argc, char **argv)
{
	char secret[REPO_SECRET_SIZE];
	struct repo_key_spec spec;
	struct err e = ERR_INIT;
	struct repo_key key;
	int rc;

	if (opts_parse(create_table, "weir key create --data DIR "
	    "--project NAME [options]", argc, argv) != argc)
		opts_die("takes no operands");
	read_spec(&spec);
	where_open(&where, WHERE_MAKE);
	if (where.client)
		rc = store_key_create(where.client, &spec, &key, secret, &e);
	else
		rc = repo_key_create(where.kv, &spec, clock_now_ms(), &key,
		    secret, &e);
	where_close(&where);
	if (rc)
		return where_fail(argv[0], &e);
	show_new(&key, secret);
	explicit_bzero(secret, sizeof(secret));
	return out_finish(argv[0]);
}

/* ---- list ---- */

static const struct opt list_table[] = {
	WHERE_OPTS(where),
	{ "project", 'p', OPT_TEXT, &project, 0, 0, "NAME",
	    "only keys of this project" },
	{ "json", 'j', OPT_FLAG, &as_json, 0, 0, NULL,
	    "print a JSON object a line" },
	{ 0 }
};

static int
list_one(void *arg, const struct repo_key *k, struct err *e)
{
	struct table *t = arg;

	(void)e;
	if (project && strcmp(project, k->project_name) != 0)
		return 0;
	if (as_json) {
		put_key(k, NULL);
		return 0;
	}
	table_addf(t, "%s", k->id);
	table_addf(t, "%s", k->project_name);
	table_addf(t, "%s", repo_dialect_name(k->dialect));
	table_addf(t, "%s", repo_key_scope_name(k->scope));
	table_addf(t, "%s", repo_key_envs_name(k->envs));
	table_add_ms(t, k->created_ms);
	table_add_ms(t, k->revoked_ms);
	return 0;
}

static int
list(int argc, char **argv)
{
	static const char *const heads[] = { "ID", "PROJECT", "FOR", "SCOPE",
		"ENV", "CREATED", "REVOKED" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));
	struct kv_snapshot *s = NULL;
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(list_table, "weir key list --data DIR [options]", argc,
	    argv) != argc)
		opts_die("takes no operands");
	where_open(&where, WHERE_READ);
	rc = kv_snapshot_open(where.kv, &s, &e);
	if (rc == 0)
		rc = repo_key_list(s, list_one, t, &e);
	kv_snapshot_close(s);
	where_close(&where);
	if (rc == 0 && !as_json)
		table_print(t);
	table_free(t);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- revoke ---- */

static const struct opt revoke_table[] = {
	WHERE_OPTS(where),
	{ "json", 'j', OPT_FLAG, &as_json, 0, 0, NULL,
	    "print one JSON object" },
	{ 0 }
};

static int
revoke(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct repo_key key;
	int first, rc;

	first = opts_parse(revoke_table, "weir key revoke --data DIR ID", argc,
	    argv);
	if (first != argc - 1)
		opts_die("takes one operand: the id that weir key list shows");
	where_open(&where, WHERE_WRITE);
	if (where.client)
		rc = store_key_revoke(where.client, str_from(argv[first]),
		    &key, &e);
	else
		rc = repo_key_revoke(where.kv, str_from(argv[first]),
		    clock_now_ms(), &key, &e);
	where_close(&where);
	if (rc)
		return where_fail(argv[0], &e);
	if (as_json)
		put_key(&key, NULL);
	else
		printf("revoked %s of project %s\n", key.id,
		    key.project_name);
	return out_finish(argv[0]);
}

int
cmd_key(int argc, char **argv)
{
	static const struct command table[] = {
		{ "create", create, "make a key; its secret is shown once" },
		{ "list", list, "show the keys, without their secrets" },
		{ "revoke", revoke, "end a key for good" },
		{ 0 }
	};

	return command_run(table, argc, argv);
}
