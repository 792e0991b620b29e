/*
 * weir-store killed at random moments under load: what it acknowledged is
 * there afterwards, once, and its work is handed out again.  Also how the
 * process starts, is refused, and stops.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/map.h"
#include "repo/work.h"
#include "store_help.h"

enum { ROUNDS = 12, IN_FLIGHT = 64, ALIVE_MS = 120 };

static char program[PATH_MAX], data[128];

/* Runs weir-store on the data directory; stderr goes to a file. */
static pid_t
spawn(const char *extra)
{
	char log[160];
	pid_t pid;
	int fd;

	snprintf(log, sizeof(log), "%s/log", top);
	pid = fork();
	if (pid)
		return pid;
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	execl(program, program, "--data", data, "--die-with-parent", extra,
	    (char *)NULL);
	_exit(127);
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool
log_says(const char *text)
{
	char path[160], line[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", top);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	line[n] = '\0';
	fclose(f);
	return strstr(line, text) != NULL;
}

/* ---- load ---- */

enum state { IDLE, SENT, ACKED, REFUSED };

/* One of the submits that are under way. */
struct slot {
	atomic_int state;
	char run[32];
	struct buf events;      /* kept, to be sent again the same */
};

static struct slot slots[IN_FLIGHT];

static void
slot_done(void *arg, int code, const char *text)
{
	struct slot *s = arg;

	if (code && code != ERR_AGAIN)
		printf("# refused: %s\n", text);
	atomic_store(&s->state, code ? REFUSED : ACKED);
}

static void
slot_send(struct slot *s)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_add_str(&b, buf_str(&s->events));
	atomic_store(&s->state, SENT);
	if (store_submit(client, &b, 1000, slot_done, s, &e))
		atomic_store(&s->state, REFUSED);
	buf_fini(&b);
}

static void
note_acked(struct slot *s, struct map *acked)
{
	*map_put(acked, str_from(s->run)) = acked;
	atomic_store(&s->state, IDLE);
}

/*
 * Keeps submitting new runs for so long.  What was refused is sent again,
 * byte for byte.
 */
static void
load_for(int64_t ms, int *started, struct map *acked)
{
	int64_t end_ms = clock_mono_ms() + ms;

	for (; clock_mono_ms() < end_ms; clock_sleep_ms(1)) {
		for (struct slot *s = slots; s < slots + IN_FLIGHT; s++) {
			if (s->state == SENT)
				continue;
			if (s->state == ACKED)
				note_acked(s, acked);
			if (s->state == IDLE) {
				snprintf(s->run, sizeof(s->run), "run-%d",
				    ++*started);
				buf_reset(&s->events);
				add_run(&s->events, s->run, "x");
			}
			slot_send(s);
		}
	}
}

static void
settle_load(struct map *acked)
{
	int open = 0;

	for (int i = 0; i < IN_FLIGHT; i++) {
		for (int n = 0; n < 500 && slots[i].state == SENT; n++)
			clock_sleep_ms(10);
		open += slots[i].state == SENT;
		if (slots[i].state == ACKED)
			note_acked(&slots[i], acked);
		buf_fini(&slots[i].events);
	}
	is_int(open, 0, "every submit has ended");
}

/* ---- checks ---- */

struct seen {
	struct map *acked;
	size_t n, known;
};

/* A run's row begins with its id: u16 length, bytes. */
static int
see_run(void *arg, struct str key, struct str value, struct err *err)
{
	struct seen *s = arg;

	(void)key, (void)err;
	s->n++;
	if (value.n > 2 && map_get(s->acked,
	    str_of(value.p + 2, be16_get(value.p))))
		s->known++;
	return 0;
}

static void
check_all_there(struct map *acked)
{
	struct kv_range r = { .family = KV_RUNS };
	struct seen s = { .acked = acked };
	size_t work = 0;
	struct kv *kv;
	char db[160];

	snprintf(db, sizeof(db), "%s/db", data);
	if (kv_rocks_open_readonly(db, NULL, &kv, &e)) {
		ok(0, "%s", e.text);
		return;
	}
	is_int(kv_scan(kv_latest(kv), &r, see_run, &s, NULL, &e), 0, "scan");
	is_int(s.known, (long long)map_count(acked),
	    "every acknowledged run is there");
	is_int(rows_of(kv, KV_EVENTS), (long long)s.n,
	    "each run's event is there once (%zu runs)", s.n);
	is_int(repo_work_depth(kv_latest(kv), 1 << 20, &work, &e), 0,
	    "work queue");
	is_int(work, (long long)s.n, "and each is to be classified");
	kv_close(kv);
}

static void
test_crash(void)
{
	struct map *acked = map_new();
	int started = 0;
	unsigned dice;
	pid_t pid;

	for (int i = 0; i < IN_FLIGHT; i++)
		buf_init(&slots[i].events, 1 << 16);
	client = connect_client();
	for (int round = 0; round < ROUNDS; round++) {
		pid = spawn(NULL);
		hash_random(&dice, sizeof(dice));
		load_for(ALIVE_MS + dice % ALIVE_MS, &started, acked);
		kill(pid, SIGKILL);
		if (wait_for(pid) != -SIGKILL)
			ok(0, "round %d: it ended by itself", round);
	}
	pid = spawn(NULL);
	is_int(store_ping(client, 10000, &e), 0, "it starts once more");
	load_for(ALIVE_MS, &started, acked);
	settle_load(acked);
	store_client_close(client);
	kill(pid, SIGTERM);
	is_int(wait_for(pid), 0, "SIGTERM: exit 0");
	ok(map_count(acked) > ROUNDS, "%zu runs acknowledged over %d kills",
	    map_count(acked), ROUNDS);
	check_all_there(acked);
	map_free(acked, NULL);
}

static void
test_process(void)
{
	pid_t first, second;

	first = spawn(NULL);
	client = connect_client();
	is_int(store_ping(client, 10000, &e), 0, "started");
	second = spawn(NULL);
	is_int(wait_for(second), 111, "a second one on the data: exit 111");
	ok(log_says("is in use by another weir-store"), "in words");
	is_int(store_ping(client, 10000, &e), 0, "the first one lives on");
	second = spawn("--no-such-option");
	is_int(wait_for(second), 100, "a wrong option: exit 100");
	second = spawn("--listen=tcp://0.0.0.0:1");
	is_int(wait_for(second), 111, "the data directory comes first");
	is_int(submit_run(client, "last", "x"), 0, "submit");
	kill(first, SIGTERM);
	is_int(wait_for(first), 0, "SIGTERM: exit 0");
	second = spawn("--listen=tcp://0.0.0.0:1");
	is_int(wait_for(second), 100, "tcp without a key: exit 100");
	second = spawn("--prices=/dev/zero/no");
	is_int(wait_for(second), 1, "no price table: exit 1");
	store_client_close(client);
}

int
main(int argc, char **argv)
{
	char *slash;

	(void)argc;
	snprintf(program, sizeof(program), "%s", argv[0]);
	slash = strrchr(program, '/');
	snprintf(slash ? slash : program, 64, "/../bin/weir-store");
	if (access(program, X_OK)) {
		printf("1..0 # SKIP weir-store is not built\n");
		return 0;
	}
	help_setup();
	snprintf(data, sizeof(data), "%s/data", top);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/run/store.sock", data);
	test_process();
	test_crash();
	help_end();
	return tap_done();
}
