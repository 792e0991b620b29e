/* weir-store while the wall clock was set: nothing waits by it. */
#include <sys/syscall.h>
#include <time.h>

#include "store_help.h"

enum { HOUR_S = 3600, LEASE_MS = 300 };

/* In place of the C library's: to this program it is an hour later than to
 * the kernel, as after the clock was set back. */
int
clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME)
		t->tv_sec += HOUR_S;
	return (int)rc;
}

static int
lease(int64_t wait_ms, struct store_leases *l)
{
	struct store_lease_ask ask = { .worker = STR("w"), .version = 1,
	    .max_runs = 1, .max_bytes = 1 << 20, .wait_ms = wait_ms };

	return store_lease(client, &ask, l, &e);
}

int
main(void)
{
	struct store_server_options o = { .lease_ms = LEASE_MS };
	struct kv *kv;
	struct store_leases a, b;

	help_setup();
	kv = kv_memory_new();
	start(kv, &o);
	is_int(submit_run(client, "r", "x"), 0, "submit");
	is_int(lease(1000, &a), 0, "a worker leases it");
	is_int(lease(5000, &b), 0, "and is not heard of again");
	ok(a.n == 1 && b.n == 1, "the lease ends by the clock that only runs");
	store_leases_fini(&a);
	store_leases_fini(&b);
	stop();
	kv_close(kv);
	help_end();
	return tap_done();
}
