#include "wording/wording.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "insight/reword.h"

enum {
	REQUEST_MAX = 256 << 10,
	CONFIG_MAX = 1 << 20,
	TICK_MS = 200,
	/* curl keeps the deadline itself; this long after it we do. */
	GRACE_MS = 2000,
	STATUS_SIZE = 4                 /* newline and three digits */
};

struct wording {
	char *url, *model, *key;        /* key: NULL if there is none */
	int64_t timeout_ms;
	bool (*stop)(void);
};

extern char **environ;

/* ---- options ---- */

/* May stand in a line of HTTP. */
static bool
is_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static int
read_key(const struct wording_options *o, char **out, struct err *e)
{
	char line[WORDING_KEY_MAX + 2] = "";
	const char *set = getenv("WEIR_WORDING_KEY");
	FILE *f;

	if (o->key_file) {
		f = fopen(o->key_file, "re");
		if (!f)
			return err_sys(e, ERR_INVALID,
			    "--wording-key-file: %s", o->key_file);
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
		fclose(f);
		line[strcspn(line, "\r\n")] = '\0';
		if (!line[0])
			return err_set(e, ERR_INVALID, "--wording-key-file: "
			    "%s: no key in it", o->key_file);
		set = line;
	}
	if (!set || !*set)
		return 0;
	if (strlen(set) > WORDING_KEY_MAX || !is_line(set))
		return err_set(e, ERR_INVALID, "%s: not a key", o->key_file ?
		    "--wording-key-file" : "WEIR_WORDING_KEY");
	*out = mem_strdup(set);
	return 0;
}

/* Completes what OpenAI's clients call the base URL. */
static char *
whole_url(const char *url)
{
	static const char path[] = "/chat/completions";
	struct str s = str_from(url);

	if (str_has_suffix(s, str_from(path)))
		return mem_strdup(url);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return mem_printf("%.*s%s", STR_FMT(s), path);
}

int
wording_open(const struct wording_options *o, bool (*stop)(void),
    struct wording **out, struct err *e)
{
	struct str url = str_from(o->url);
	struct wording *w;
	char *key = NULL;

	*out = NULL;
	if (!o->url) {
		if (o->model || o->key_file)
			return err_set(e, ERR_INVALID, "%s is of no use "
			    "without --wording-url", o->model ?
			    "--wording-model" : "--wording-key-file");
		return 0;
	}
	if ((!str_has_prefix(url, STR("http://")) &&
	    !str_has_prefix(url, STR("https://"))) || !is_line(o->url))
		return err_set(e, ERR_INVALID, "--wording-url: \"%s\" is not "
		    "an address of http or https", o->url);
	if (!o->model)
		return err_set(e, ERR_INVALID, "--wording-model is missing");
	if (strlen(o->model) > REWORD_MODEL_MAX || !*o->model)
		return err_set(e, ERR_INVALID, "--wording-model: 1 to %d "
		    "bytes", REWORD_MODEL_MAX);
	if (read_key(o, &key, e))
		return e->code;
	w = mem_zalloc(1, sizeof(*w));
	w->url = whole_url(o->url);
	w->model = mem_strdup(o->model);
	w->key = key;
	w->timeout_ms = o->timeout_s * MS_PER_SECOND;
	w->stop = stop;
	*out = w;
	return 0;
}

void
wording_close(struct wording *w)
{
	if (!w)
		return;
	free(w->url);
	free(w->model);
	free(w->key);
	free(w);
}

struct str
wording_model(const struct wording *w)
{
	return str_from(w->model);
}

/* ---- curl ---- */

/* A line of curl's configuration. */
static void
setting(struct buf *b, const char *name, const char *prefix, struct str value)
{
	buf_addf(b, "%s = \"%s", name, prefix);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_add_byte(b, '\\');
		buf_add_byte(b, (uint8_t)value.p[i]);
	}
	buf_add_cstr(b, "\"\n");
}

static void
configure(const struct wording *w, struct str request, struct buf *b)
{
	setting(b, "url", "", str_from(w->url));
	setting(b, "proto", "", STR("=http,https"));
	setting(b, "header", "", STR("Content-Type: application/json"));
	setting(b, "header", "", STR("Accept: application/json"));
	/* No question first whether the body is welcome. */
	setting(b, "header", "", STR("Expect:"));
	if (w->key)
		setting(b, "header", "Authorization: Bearer ",
		    str_from(w->key));
	buf_addf(b, "max-time = %lld\nconnect-timeout = %lld\nsilent\n"
	    "show-error\n", (long long)(w->timeout_ms / MS_PER_SECOND),
	    (long long)MIN_OF(w->timeout_ms / MS_PER_SECOND, 10));
	buf_add_cstr(b, "write-out = \"\\n%{http_code}\"\n");
	setting(b, "data-raw", "", request);
}

/* A file in memory with this in it. */
static int
file_of(struct str s, struct err *e)
{
	int fd = memfd_create("weir-wording", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, ERR_IO, "memory file");
	for (size_t at = 0; at < s.n;) {
		ssize_t n = write(fd, s.p + at, s.n - at);

		if (n < 0 && errno != EINTR) {
			err_sys(e, ERR_IO, "memory file");
			close(fd);
			return e->code;
		}
		at += n > 0 ? (size_t)n : 0;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		BUG("lseek: %s", strerror(errno));
	return fd;
}

static int
start(int in, int out, int errors, pid_t *pid, struct err *e)
{
	static char curl[] = "curl", quiet[] = "-q", config[] = "--config",
	    dash[] = "-";
	char *argv[] = { curl, quiet, config, dash, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, errors, 2);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGTERM);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, curl, &files, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	if (rc == 0)
		return 0;
	errno = rc;
	return err_sys(e, ERR_IO, "curl, which asks the language model");
}

/* Reads until curl is done, or it is enough. */
static int
collect(const struct wording *w, int fd, struct buf *out, struct err *e)
{
	int64_t until = clock_mono_ms() + w->timeout_ms + GRACE_MS;
	char chunk[16384];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (w->stop && w->stop())
			return err_set(e, ERR_AGAIN, "asked to end");
		if (clock_mono_ms() >= until)
			return err_set(e, ERR_AGAIN, "no answer within %lld "
			    "s", (long long)(w->timeout_ms / MS_PER_SECOND));
		if (poll(&p, 1, TICK_MS) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, ERR_IO, "curl: read");
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return err_set(e, ERR_LIMIT, "an answer of more than "
			    "%d bytes", WORDING_ANSWER_MAX);
	}
}

/* What curl said on standard error, on one line. */
static int
complain(int errors, int code, struct err *e)
{
	char text[300];
	ssize_t n = pread(errors, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return err_set(e, code == 28 ? ERR_AGAIN : ERR_IO, "%s", text[0] ?
	    text : "curl ended without a word");
}

static int
finish(pid_t pid, int errors, bool kill_it, struct err *e)
{
	int status = 0;

	if (kill_it)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (kill_it)
		return e->code;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return complain(errors, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    e);
}

/* Takes the HTTP status off the end of the answer. */
static int
check_status(struct str *answer, struct err *e)
{
	struct str status;

	if (answer->n < STATUS_SIZE)
		return err_set(e, ERR_IO, "no answer");
	status = str_from_index(*answer, answer->n - STATUS_SIZE + 1);
	answer->n -= STATUS_SIZE;
	return status.p[0] == '2' ? 0 : err_set(e, ERR_IO, "the endpoint "
	    "answered %.*s", STR_FMT(status));
}

static int
run_curl(const struct wording *w, int in, struct buf *answer, struct err *e)
{
	int fds[2], errors = file_of(STR(""), e), rc;
	pid_t pid;

	if (errors < 0)
		return e->code;
	if (pipe2(fds, O_CLOEXEC) != 0) {
		close(errors);
		return err_sys(e, ERR_IO, "pipe");
	}
	rc = start(in, fds[1], errors, &pid, e);
	close(fds[1]);
	if (rc == 0) {
		rc = collect(w, fds[0], answer, e);
		rc = finish(pid, errors, rc != 0, e);
	}
	close(fds[0]);
	close(errors);
	return rc;
}

static int
talk(const struct wording *w, struct str request, struct buf *answer,
    struct err *e)
{
	struct buf config;
	int in, rc;

	buf_init(&config, CONFIG_MAX);
	configure(w, request, &config);
	if (config.failed)
		rc = in = err_set(e, ERR_LIMIT, "too much to ask");
	else
		rc = in = file_of(buf_str(&config), e);
	buf_fini(&config);
	if (in < 0)
		return rc;
	rc = run_curl(w, in, answer, e);
	close(in);
	return rc;
}

int
wording_ask(struct wording *w, struct str body, struct arena *a,
    struct buf *record, struct err *e)
{
	struct reworded words = { .is_shown = false };
	struct buf request, answer;
	struct str said;
	int rc;

	buf_init(&request, REQUEST_MAX);
	buf_init(&answer, WORDING_ANSWER_MAX);
	rc = reword_request(body, str_from(w->model), a, &request, e);
	if (rc == 0)
		rc = talk(w, buf_str(&request), &answer, e);
	said = buf_str(&answer);
	if (rc == 0)
		rc = check_status(&said, e);
	if (rc == 0) {
		rc = reword_reply(body, said, a, &words, e);
		words.is_answered = true;
	}
	words.model = str_from(w->model);
	if (rc)
		words.reason = str_from(e->text);
	reword_record(body, &words, record);
	buf_fini(&request);
	buf_fini(&answer);
	return rc;
}
