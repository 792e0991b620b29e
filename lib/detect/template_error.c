/* Tool results that are errors in disguise. */
#include "detect/message.h"
#include "detect/template.h"

enum {
	HEAD_MAX = 600,         /* bytes of a plain text that are looked at */
	PHRASE_TEXT_MAX = 2000, /* longer texts are content, whatever opens */
	SHORT_MAX = 160,        /* "… not found" is a whole result */
	FEW_MEMBERS = 4         /* of an object that only reports a failure */
};

/* The start of a text in lower case, for phrases to be looked up in. */
struct head {
	char p[HEAD_MAX];
	size_t n;
};

static void
head_of(struct head *h, struct str s)
{
	h->n = MIN_OF(s.n, sizeof(h->p));
	for (size_t i = 0; i < h->n; i++)
		h->p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] + 32) : s.p[i];
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* True if one of the phrases opens s and ends there with a word. */
static bool
opens_with(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str p = str_from(list[i]);

		if (str_has_prefix(s, p) && (s.n == p.n ||
		    !is_letter(s.p[p.n])))
			return true;
	}
	return false;
}

static bool
holds(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(s, str_from(list[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

/* 400 to 599 at i, and no longer number. */
static bool
is_http_error(struct str s, size_t i)
{
	return i + 3 <= s.n && (s.p[i] == '4' || s.p[i] == '5') &&
	    is_digit(s.p[i + 1]) && is_digit(s.p[i + 2]) &&
	    (i + 3 == s.n || (!is_digit(s.p[i + 3]) && s.p[i + 3] != '.'));
}

/* Behind each of these a status of 4xx or 5xx, or an exit code that is not
 * zero, is an error. */
static bool
holds_status(struct str s)
{
	static const char *const before_http[] = {
		"http ", "http/1.1 ", "http/1.0 ", "http/2 ", "http error ",
		"status code ", "status code: ", "with status ", "status: ",
		"error code: ", "error code ", "response code ", "error ",
		"statuscode: "
	}, *const before_exit[] = {
		"exit code ", "exit code: ", "exit status ", "exited with code ",
		"exited with status ", "returned non-zero exit status "
	};
	size_t at, end;

	for (size_t i = 0; i < ARRAY_LEN(before_http); i++) {
		struct str p = str_from(before_http[i]);

		at = str_find(s, p, 0);
		if (at != SIZE_MAX && is_http_error(s, at + p.n))
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(before_exit); i++) {
		struct str p = str_from(before_exit[i]);

		at = str_find(s, p, 0);
		if (at == SIZE_MAX)
			continue;
		end = at + p.n;
		if (end < s.n && (s.p[end] == '-' ||
		    (is_digit(s.p[end]) && s.p[end] != '0')))
			return true;
	}
	return false;
}

/* "404 Not Found", "503 service unavailable". */
static bool
opens_with_reason(struct str s)
{
	static const char *const reasons[] = {
		"bad request", "unauthorized", "payment required", "forbidden",
		"not found", "method not allowed", "request timeout",
		"conflict", "gone", "unprocessable", "too many requests",
		"internal server error", "not implemented", "bad gateway",
		"service unavailable", "service temporarily unavailable",
		"gateway timeout", "gateway time-out", "client error",
		"server error", "error"
	};
	size_t at = 3;

	if (!is_http_error(s, 0))
		return false;
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == ':' ||
	    s.p[at] == '-'))
		at++;
	return opens_with(str_from_index(s, at), reasons, ARRAY_LEN(reasons));
}

/* What stands before the first colon names an error: "ValueError: x",
 * "Error executing tool: x", "request failed: x".  A measured value behind it
 * ("standard error: 0.1", "last error: none") is none. */
static bool
is_announced(struct str s)
{
	static const struct str ends[] = {
		{ "error", 5 }, { "exception", 9 }, { "failure", 7 },
		{ "failed", 6 }, { "fatal", 5 }, { "panic", 5 },
		{ "err", 3 }, { "denied", 6 }, { "violation", 9 },
		{ "fehler", 6 }, { "erreur", 6 }, { "errore", 6 },
		{ "erro", 4 }, { "fout", 4 }, { "hata", 4 },
		{ "\xd0\xbe\xd1\x88\xd0\xb8\xd0\xb1\xd0\xba\xd0\xb0", 12 },
		{ "\xd0\x9e\xd1\x88\xd0\xb8\xd0\xb1\xd0\xba\xd0\xb0", 12 },
		{ "\xe9\x94\x99\xe8\xaf\xaf", 6 },
		{ "\xe9\x8c\xaf\xe8\xaa\xa4", 6 },
		{ "\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc", 9 },
		{ "\xec\x98\xa4\xeb\xa5\x98", 6 }
	};
	static const struct str wide_colon = { "\xef\xbc\x9a", 3 };
	size_t colon = str_find_byte(s, ':', 0);
	size_t wide = str_find(s, wide_colon, 0);
	struct str head, rest;

	rest = str_from_index(s, MIN_OF(colon, wide) +
	    (wide < colon ? wide_colon.n : 1));
	if (colon == SIZE_MAX && wide == SIZE_MAX)
		return false;
	head = str_trim(str_of(s.p, MIN_OF(colon, wide)));
	rest = str_trim(rest);
	if (head.n > 80 || (rest.n && (is_digit(rest.p[0]) ||
	    rest.p[0] == '-') && !is_http_error(rest, 0)) ||
	    str_is(rest, "none") || str_is(rest, "null") ||
	    str_is(rest, "no"))
		return false;
	if (str_has_prefix(head, STR("invalid ")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (!str_has_suffix(head, ends[i]))
			continue;
		/* "terror: x" is none, "valueerror: x" is. */
		if (ends[i].n > 4 || head.n == ends[i].n ||
		    !is_letter(head.p[head.n - ends[i].n - 1]))
			return true;
	}
	return false;
}

static bool
is_error_text(struct str text)
{
	static const char *const openings[] = {
		"error", "errors", "exception", "fatal", "traceback", "panic",
		"failed", "failed to", "failure to", "unable to", "could not",
		"couldn't", "cannot", "can't", "can not", "permission denied",
		"access denied", "access is denied", "not authorized",
		"unauthorized", "forbidden", "authentication failed",
		"no such file", "file not found", "command not found",
		"connection refused", "connection reset", "connection timed",
		"connection closed", "connection aborted", "request timed",
		"request failed", "timed out", "timeout", "operation timed",
		"internal server error", "bad gateway", "bad request",
		"service unavailable", "gateway timeout", "too many requests",
		"rate limit", "rate limited", "quota exceeded",
		"segmentation fault", "out of memory", "an error occurred",
		"an error has occurred", "an unexpected error",
		"an unknown error", "an internal error", "an exception",
		"something went wrong", "there was an error",
		"there was a problem", "unhandled", "uncaught",
		"unknown tool", "no such tool", "tool not found",
		"invalid argument", "invalid arguments", "invalid parameter",
		"invalid parameters", "invalid input", "invalid request",
		"invalid json", "invalid token", "invalid credentials",
		"invalid api key", "invalid value", "insufficient", "missing required", "resource not found",
		"unexpected token", "max retries exceeded",
		"command failed", "execution failed", "not found"
	}, *const anywhere[] = {
		": permission denied", ": command not found",
		"no such file or directory", "is not recognized as an internal",
		"econnrefused", "econnreset", "etimedout", "enotfound:",
		"enoent:", "eacces:", "connection refused", "timed out after",
		"validation error for", "validation errors for",
		": error: ", ": fatal error: ", ": error[", "npm err!",
		"exceeded your current quota", "required positional argument",
		"operation timed out", "request timed out",
		"502 bad gateway", "500 internal server error",
		"503 service unavailable", "504 gateway time",
		"429 too many requests", "404 not found", "403 forbidden",
		"401 unauthorized", "400 bad request"
	}, *const error_then[] = {
		"error rate", "error handling", "error margin", "error bar",
		"error budget", "errors and", "error log", "error logs",
		"error correction", "error analysis", "error message",
		"exception handling", "timeout set", "timeout is",
		"failed attempts", "failed login attempts"
	};
	struct head h;
	struct str s;
	bool brief = text.n <= SHORT_MAX;

	head_of(&h, text);
	s = str_of(h.p, h.n);
	if (is_announced(str_of(s.p, MIN_OF(str_find_byte(s, '\n', 0), s.n))))
		return true;
	if (text.n > PHRASE_TEXT_MAX)
		return false;
	if (opens_with_reason(s) || (opens_with(s, openings,
	    ARRAY_LEN(openings)) &&
	    !opens_with(s, error_then, ARRAY_LEN(error_then))))
		return true;
	if (text.n <= HEAD_MAX && (holds(s, anywhere, ARRAY_LEN(anywhere)) ||
	    holds_status(s)))
		return true;
	while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == '!'))
		s.n--;
	return brief && (str_has_suffix(s, STR(" not found")) ||
	    str_has_suffix(s, STR(" does not exist")) ||
	    str_has_suffix(s, STR(" failed")) ||
	    str_has_suffix(s, STR(" is overloaded")) ||
	    str_has_suffix(s, STR(" is not supported")));
}

static bool
key_in(struct str key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(key, str_from(list[i])))
			return true;
	return false;
}

#define KEY_IN(key, list) key_in(key, list, ARRAY_LEN(list))

/* A value that says that there is something: not null, not false, not empty,
 * not a number. */
static bool
is_telling(struct str v)
{
	static const char *const nothing[] = {
		"", "null", "none", "nil", "no", "no error", "ok", "success",
		"false", "undefined", "n/a"
	};
	struct str in = str_trim(message_unquoted(v));

	if (v.n && (v.p[0] == '{' || v.p[0] == '['))
		return str_trim(str_of(v.p + 1, v.n - 1)).n > 1;
	if (in.n && (is_digit(in.p[0]) || in.p[0] == '-') && in.n == v.n)
		return false;
	return !KEY_IN(in, nothing);
}

/* What the members of an object say. */
struct report {
	bool error;     /* says outright that it is an error */
	bool failed;    /* says "failed": of itself, if there is not much else */
	bool code;      /* has a code of 4xx or 5xx */
	size_t members;
};

static void
member_says(struct report *r, struct str key, struct str value)
{
	static const char *const errors[] = {
		"error", "errors", "err", "exception", "error_message",
		"errorMessage", "error_description", "errmsg", "error_code",
		"errorCode", "traceback"
	}, *const good[] = { "ok", "success", "succeeded", "successful" },
	*const bad[] = { "is_error", "isError", "has_error", "error" },
	*const states[] = { "status", "state", "result", "outcome", "type",
	    "object", "level" },
	*const failures[] = { "failed", "failure", "fail", "timeout",
	    "timed_out", "denied", "unauthorized", "forbidden" },
	*const statuses[] = { "status", "statusCode", "status_code",
	    "http_status", "httpStatus", "httpStatusCode" },
	*const exits[] = { "exit_code", "exitCode", "returncode",
	    "return_code", "exit_status" };
	struct str v = message_unquoted(value);

	r->members++;
	if (KEY_IN(key, errors) && is_telling(value))
		r->error = true;
	if (KEY_IN(key, good) && (str_ieq(v, STR("false")) || str_is(v, "0")))
		r->error = true;
	if (KEY_IN(key, bad) && str_ieq(v, STR("true")))
		r->error = true;
	if (KEY_IN(key, states) && (str_ieq(v, STR("error")) ||
	    str_ieq(v, STR("exception"))))
		r->error = true;
	if (KEY_IN(key, states) && KEY_IN(v, failures))
		r->failed = true;
	if (KEY_IN(key, statuses) && v.n == 3 && is_http_error(v, 0))
		r->error = true;
	if (str_ieq(key, STR("code")) && v.n == 3 && is_http_error(v, 0))
		r->code = true;
	if (KEY_IN(key, exits) && v.n && v.p[0] != '0' &&
	    (is_digit(v.p[0]) || v.p[0] == '-'))
		r->error = true;
}

static bool
is_error_object(struct str s, struct str *message)
{
	struct report r = { false, false, false, 0 };
	struct str key, value, found = message_of_object(s, NULL);
	size_t at = 0;

	while (message_member(s, &at, &key, &value))
		member_says(&r, message_unquoted(key), value);
	if (!r.error && !(r.failed && (found.n || r.members <= FEW_MEMBERS)) &&
	    !(r.code && found.n) && !(r.members > 0 && found.n &&
	    r.members <= 2 && is_error_text(found)))
		return false;
	*message = found.n ? found : s;
	return true;
}

bool
template_is_error(struct str text, struct str *message)
{
	struct str s = str_trim(text), last;

	if (s.n == 0)
		return false;
	if (s.p[0] == '{')
		return is_error_object(s, message);
	if (s.n > 2 && memchr(s.p, ' ', s.n))
		s = str_trim(message_unquoted(s));
	last = message_traceback(s);
	if (last.n) {
		*message = last;
		return true;
	}
	/* Decoration in front: "[Error] x", "**Error**: x", a warning sign. */
	last = s;
	while (last.n && (memchr("[*#>!( -", last.p[0], 8) ||
	    (unsigned char)last.p[0] == 0xe2 ||
	    (unsigned char)last.p[0] == 0xf0))
		last = str_from_index(last, (unsigned char)last.p[0] == 0xe2 ?
		    3 : (unsigned char)last.p[0] == 0xf0 ? 4 : 1);
	if (!is_error_text(last))
		return false;
	*message = s;
	return true;
}
