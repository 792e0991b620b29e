/* Failure templates: what is masked, what is kept, and the properties that
 * ids rely on. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/template.h"
#include "tap.h"

static const char *
of(const char *message)
{
	static struct template t;

	template_of(str_from(message), &t);
	return t.text;
}

static const struct {
	const char *message, *want;
} table[] = {
	/* numbers, units, times */
	{ "order #W2378156 not found", "order #<*> not found" },
	{ "took 12.5s", "took <*>" },
	{ "took 900 ms", "took <*>" },
	{ "closed, 12 bytes sent", "closed, <*> sent" },
	{ "closed, 1204 bytes (1.2 KB) sent", "closed, <*> sent" },
	{ "lifetime <1 sec", "lifetime <*>" },
	{ "lifetime 00:01", "lifetime <*>" },
	{ "at Tue Jan 02 10:20:30 2024", "at <*>" },
	{ "at 2024-05-01T10:00:00.123Z", "at <*>" },
	{ "Mon, 01 Jul 2024 08:16:53 GMT x", "<*> x" },
	{ "on 3 March 2024 at 10:15 AM", "on <*> at <*>" },
	{ "balance $12.50, needed -3", "balance <*>, needed <*>" },
	{ "42", "<*>" },
	/* identifiers and addresses */
	{ "run 6fa459ea-ee8a-3ca4-894e-db77e160355e", "run <*>" },
	{ "at 0x7ffd deadbeef", "at <*>" },
	{ "from 0A:1B:2C:3D:4E:5F via eth1", "from <*> via <*>" },
	{ "to 10.0.0.1:8080, fe80::1", "to <*>" },
	{ "connect to db:5432 refused", "connect to <*> refused" },
	{ "mail bob.smith@example.com now", "mail <*> now" },
	{ "com.acme.Thing@1f3a is stale", "<*> is stale" },
	{ "host api.example.com is down", "host <*> is down" },
	/* paths and URLs */
	{ "open /var/lib/x.db: permission denied",
	    "open <*>: permission denied" },
	{ "open C:\\Users\\bob\\x.txt failed", "open <*> failed" },
	{ "see https://a.b/c?d=1&e=2.", "see <*>." },
	{ "url: /v1/x?y=1 failed", "url: <*> failed" },
	{ "read src/app/main.py", "read <*>" },
	{ "Input/output error", "Input/output error" },
	{ "load/store and I/O", "load/store and I/O" },
	/* quotes */
	{ "'NoneType' object has no attribute \"x\"",
	    "<*> object has no attribute <*>" },
	{ "can't open it, user's fault", "can't open it, user's fault" },
	{ "said \"this is a sentence, not a value\"",
	    "said \"this is a sentence, not a value\"" },
	{ "\"GET /x/1 HTTP/1.1\" 200", "\"GET <*>\" <*>" },
	/* values */
	{ "uid=0 tty=ssh ruser= rhost=x", "uid=<*> tty=<*> ruser= rhost=<*>" },
	{ "size = 4,name = abc", "size = <*>,name = <*>" },
	{ "ready=true visible: false", "ready=<*> visible: <*>" },
	{ "error=timeout code=E_FOO", "error=timeout code=E_FOO" },
	{ "name = (null)}", "name = <*>}" },
	{ "missing [a, b, c]", "missing [<*>]" },
	{ "got 1, 2, 3", "got <*>" },
	/* names */
	{ "Invalid user bob from 1.2.3.4", "Invalid user <*> from <*>" },
	{ "Failed password for bob from 1.2.3.4",
	    "Failed password for <*> from <*>" },
	{ "Could not find user John Smith", "Could not find user <*>" },
	{ "Error: user not found", "Error: user not found" },
	{ "unknown function get_weather", "unknown function <*>" },
	{ "java.io.IOException: Broken pipe",
	    "java.io.IOException: Broken pipe" },
	{ "psycopg.errors.UniqueViolation: x", "UniqueViolation: x" },
	{ "action: android.intent.SCREEN_ON",
	    "action: android.intent.SCREEN_ON" },
	{ "Unknown tool: bookFlight", "Unknown tool: <*>" },
	{ "error type: TOO_MANY", "error type: TOO_MANY" },
	{ "key sk-ab***yz is bad", "key <*> is bad" },
	{ "Killed process 12 (httpd).", "Killed process <*> (<*>)." },
	{ "nodes:node-[2 64-127] up", "nodes:<*> up" },
	/* any script */
	{ "\xe7\x94\xa8\xe6\x88\xb7" "123" "\xe4\xb8\x8d\xe5\xad\x98\xe5\x9c"
	    "\xa8", "\xe7\x94\xa8\xe6\x88\xb7<*>\xe4\xb8\x8d\xe5\xad\x98\xe5"
	    "\x9c\xa8" },
	{ "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd" "42 \xd0\xbd\xd0\xb5",
	    "<*> \xd0\xbd\xd0\xb5" },
	{ "\xd9\xa1\xd9\xa2\xd9\xa3 x", "<*> x" },
	/* messages inside messages */
	{ "{\"error\":{\"message\":\"Bad key 7\",\"type\":\"t\"}}",
	    "Bad key <*>" },
	{ "Error code: 429 - {'error': {'message': 'Limit 10 hit'}}",
	    "Error code: <*> - Limit <*> hit" },
	{ "{\"status\":\"error\",\"message\":\"User \\\"bob\\\" is gone\"}",
	    "User <*> is gone" },
	{ "{\"error\":\"{\\\"message\\\":\\\"deep 5\\\"}\"}", "deep <*>" },
	{ "bad arguments: {\"city\": \"X\", \"n\": [1, {}]}.",
	    "bad arguments: {<*>}." },
	{ "{\"code\":\"E_FOO\",\"ok\":false}", "{code:E_FOO,ok:<*>}" },
	{ "Traceback (most recent call last):\n  File \"x.py\", line 3\n"
	    "    f()\nKeyError: 'city'\n", "KeyError: <*>" },
	{ "<html><title>502 Bad Gateway</title></html>", "<*> Bad Gateway" },
	{ "Error: boom\n    at f (x.js:3:4)", "Error: boom" },
	{ "Errors were:\n  bad x\n  bad y", "Errors were: bad x" },
	/* nothing */
	{ "", "" },
	{ " \t\n ", "" },
	{ "<*>", "<*>" },
	{ "a  b\tc", "a b c" },
	{ "wait......5", "wait...<*>" }
};

static void
test_table(void)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		is_str(of(table[i].message), table[i].want, "message %zu", i);
}

static void
test_idempotence(void)
{
	struct template t, again;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		template_of(str_from(table[i].message), &t);
		template_of(template_str(&t), &again);
		is_str(again.text, t.text, "template of template %zu", i);
	}
}

/* Each digit replaced by another: same template, whatever the message. */
static void
test_digits(void)
{
	static const char *const more[] = {
		"[2024-05-01 10:00:00,123] job 17 failed in 12.5 s (8 of 9)",
		"run_8f3a2b1c user-77 at /srv/3/a.log:12 (pid 4711)",
		"id=7, 10.2.3.4:99, 0x7f3a, 12:01:05, 3.5 MB, v1.2.3-rc4"
	};
	struct template a, b;
	char *p;

	for (size_t i = 0; i < ARRAY_LEN(table) + ARRAY_LEN(more); i++) {
		const char *m = i < ARRAY_LEN(table) ? table[i].message :
		    more[i - ARRAY_LEN(table)];

		p = mem_strdup(m);
		for (char *q = p; *q; q++)
			if (*q >= '0' && *q <= '8')
				(*q)++;
		template_of(str_from(m), &a);
		template_of(str_from(p), &b);
		is_str(b.text, a.text, "other digits: message %zu", i);
		free(p);
	}
}

static void
test_ids(void)
{
	char a[FAILURE_ID_SIZE], b[FAILURE_ID_SIZE];
	struct template t;

	template_of(STR("order 12 not found"), &t);
	failure_id(STR("tool_call"), template_str(&t), a);
	is_int(strlen(a), 18, "an id has 18 characters");
	ok(strncmp(a, "f_", 2) == 0, "and begins with f_");
	template_of(STR("order 99113 not found"), &t);
	failure_id(STR("tool_call"), template_str(&t), b);
	is_str(b, a, "another order, the same failure");
	failure_id(STR("run"), template_str(&t), b);
	ok(strcmp(a, b) != 0, "another entity type, another failure");
	/* Ids are stored: a change of rules that moves this one has to be a
	 * new classifier version. */
	failure_id(STR("tool_call"), STR("order <*> not found"), a);
	is_str(a, "f_0ae86e88f9d18c80", "the id of a known failure");
}

static void
check_hostile(const char *name, struct str s)
{
	struct template t, again;

	template_of(s, &t);
	ok(t.n <= TEMPLATE_MAX && t.text[t.n] == '\0' &&
	    str_is_utf8(template_str(&t)), "%s: bounded and UTF-8", name);
	template_of(template_str(&t), &again);
	is_str(again.text, t.text, "%s: idempotent", name);
	if (template_is_error(s, &s))
		template_of(s, &t);
}

static char *
repeated(const char *unit, size_t n)
{
	size_t u = strlen(unit);
	char *p = mem_alloc(n, u);

	for (size_t i = 0; i < n; i++)
		memcpy(p + i * u, unit, u);
	return p;
}

static void
test_hostile(void)
{
	static const char *const units[] = {
		"a", " ", "1", "\"", "'", "{", "[", "{\"a\":", "\\", "/a",
		"a/", ":", "a:1,", "= ", "a=", "a=b ", "\xff", "\xe4\xb8\x80",
		"\xf0\x9f\x98\x80", "\n", "\n ", "(", "a.", "a-", "<*>",
		"<*> ", "{'error':", "{\"message\":\"", "Error: ",
		"Traceback (most recent call last)", "ab+", "::", "a1 b "
	};
	enum { BIG = 10 << 20 };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t n = BIG / strlen(units[i]);
		char *p = repeated(units[i], n);

		check_hostile(units[i][0] > ' ' ? units[i] : "space",
		    str_of(p, n * strlen(units[i])));
		free(p);
	}
	check_hostile("absent", STR_NULL);
	check_hostile("NUL", str_of("a\0b 1\0", 6));
	check_hostile("cut UTF-8", str_of("abc \xe4\xb8", 6));
}

static const struct {
	const char *text, *message;
} results[] = {
	{ "Error: user not found", "Error: user not found" },
	{ "{\"error\": \"no such order\"}", "no such order" },
	{ "{\"error\": {\"code\": 5, \"message\": \"bad\"}}", "bad" },
	{ "{\"status\":\"error\",\"message\":\"x y\"}", "x y" },
	{ "{\"ok\":false,\"reason\":\"late\"}", "late" },
	{ "{\"success\": false}", "{\"success\": false}" },
	{ "{\"statusCode\": 503, \"body\": \"down\"}", "down" },
	{ "{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":"
	    "\"boom\"}]}", "boom" },
	{ "{\"detail\":\"Not found.\"}", "Not found." },
	{ "{'error': 'python says'}", "python says" },
	{ "{\"exit_code\": 1, \"stderr\": \"no file\"}", "no file" },
	{ "\"Error: quoted one\"", "Error: quoted one" },
	{ "ValueError: x", "ValueError: x" },
	{ "HTTP 502 Bad Gateway", "HTTP 502 Bad Gateway" },
	{ "Request failed with status code 500",
	    "Request failed with status code 500" },
	{ "bash: foo: command not found", "bash: foo: command not found" },
	{ "Permission denied", "Permission denied" },
	{ "[Error] no", "[Error] no" },
	{ "Invalid date: May 32", "Invalid date: May 32" },
	{ "a.c:1:2: error: no x", "a.c:1:2: error: no x" },
	{ "404 Not Found", "404 Not Found" },
	{ "Traceback (most recent call last):\n  File \"a\"\nKeyError: 'k'",
	    "KeyError: 'k'" },
	{ "Ran.\nTraceback (most recent call last):\n  x\nTypeError: t\n",
	    "TypeError: t" },
	{ "\xe9\x94\x99\xe8\xaf\xaf\xef\xbc\x9a x",
	    "\xe9\x94\x99\xe8\xaf\xaf\xef\xbc\x9a x" }
};

static const char *const fine[] = {
	"", "ok", "42", "-1127.69", "mei_kovacs_8020", "Transfer successful",
	"{}", "[]", "{\"error\": null, \"rows\": [1]}", "{\"error\": \"\"}",
	"{\"errors\": []}", "{\"error\": false, \"n\": 1}",
	"{\"error_count\": 3}", "{\"status\": \"delivered\"}",
	"{\"ok\": true, \"status\": 200}", "{\"error\": 0.05}",
	"{\"order\":\"W1\",\"status\":\"failed\",\"a\":1,\"b\":2,\"c\":3}",
	"Standard error: 0.05", "Last error: none",
	"Error handling in C is done with return codes.",
	"The user asked about a 404 page.", "exit code 0",
	"Flights on May 3: 12 found", "{\"text\": \"all is well\"}"
};

static void
test_is_error(void)
{
	struct str message;

	for (size_t i = 0; i < ARRAY_LEN(results); i++) {
		bool is = template_is_error(str_from(results[i].text),
		    &message);

		ok(is && str_is(message, results[i].message), "error %zu",
		    i);
	}
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		message = STR("untouched");
		ok(!template_is_error(str_from(fine[i]), &message) &&
		    str_is(message, "untouched"), "no error: %zu", i);
	}
}

int
main(void)
{
	hash_setup();
	test_table();
	test_idempotence();
	test_digits();
	test_ids();
	test_hostile();
	test_is_error();
	return tap_done();
}
