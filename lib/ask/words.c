/* The vocabulary. */
#include "ask/words.h"

static const struct entry {
	const char *word;
	enum word_kind kind;
	int64_t value;
	const char *slug;
} table[] = {
	{ "run", WORD_SUBJECT, ASK_RUNS, NULL },
	{ "trace", WORD_SUBJECT, ASK_RUNS, NULL },
	{ "request", WORD_SUBJECT, ASK_RUNS, NULL },
	{ "execution", WORD_SUBJECT, ASK_RUNS, NULL },
	{ "volume", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "traffic", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "metric", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "summary", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "overview", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "doing", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "going", WORD_SUBJECT, ASK_TOTALS, NULL },
	{ "tool", WORD_SUBJECT, ASK_TOOLS, NULL },
	{ "function", WORD_SUBJECT, ASK_TOOLS, NULL },
	{ "model", WORD_SUBJECT, ASK_MODELS, NULL },
	{ "llm", WORD_SUBJECT, ASK_MODELS, NULL },
	{ "agent", WORD_SUBJECT, ASK_AGENTS, NULL },
	{ "bot", WORD_SUBJECT, ASK_AGENTS, NULL },
	{ "assistant", WORD_SUBJECT, ASK_AGENTS, NULL },
	{ "user", WORD_SUBJECT, ASK_USERS, NULL },
	{ "who", WORD_SUBJECT, ASK_USERS, NULL },
	{ "people", WORD_SUBJECT, ASK_USERS, NULL },
	{ "customer", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "org", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "organisation", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "organization", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "company", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "companies", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "tenant", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "account", WORD_SUBJECT, ASK_ORGS, NULL },
	{ "session", WORD_SUBJECT, ASK_SESSIONS, NULL },
	{ "conversation", WORD_SUBJECT, ASK_SESSIONS, NULL },
	{ "chat", WORD_SUBJECT, ASK_SESSIONS, NULL },
	{ "pattern", WORD_SUBJECT, ASK_PATTERNS, NULL },
	{ "signal", WORD_SUBJECT, ASK_PATTERNS, NULL },
	{ "behavior", WORD_SUBJECT, ASK_PATTERNS, NULL },
	{ "behaviour", WORD_SUBJECT, ASK_PATTERNS, NULL },
	{ "feedback", WORD_SUBJECT, ASK_FEEDBACK, NULL },
	{ "thumb", WORD_SUBJECT, ASK_FEEDBACK, NULL },
	{ "rating", WORD_SUBJECT, ASK_FEEDBACK, NULL },
	{ "satisfaction", WORD_SUBJECT, ASK_FEEDBACK, NULL },
	{ "insight", WORD_SUBJECT, ASK_INSIGHTS, NULL },
	{ "recap", WORD_SUBJECT, ASK_INSIGHTS, NULL },

	{ "failure", WORD_FAIL, 0, NULL }, { "fail", WORD_FAIL, 0, NULL },
	{ "failed", WORD_FAIL, 0, NULL }, { "failing", WORD_FAIL, 0, NULL },
	{ "error", WORD_FAIL, 0, NULL }, { "erroring", WORD_FAIL, 0, NULL },
	{ "exception", WORD_FAIL, 0, NULL }, { "crash", WORD_FAIL, 0, NULL },
	{ "crashes", WORD_FAIL, 0, NULL }, { "crashed", WORD_FAIL, 0, NULL },
	{ "broke", WORD_FAIL, 0, NULL }, { "broken", WORD_FAIL, 0, NULL },
	{ "breaking", WORD_FAIL, 0, NULL }, { "bad", WORD_FAIL, 0, NULL },
	{ "wrong", WORD_FAIL, 0, NULL }, { "problem", WORD_FAIL, 0, NULL },
	{ "issue", WORD_FAIL, 0, NULL }, { "bug", WORD_FAIL, 0, NULL },
	{ "unreliable", WORD_FAIL, 0, NULL },
	{ "unsuccessful", WORD_FAIL, 0, NULL },

	{ "cost", WORD_MEASURE, ASK_COST, NULL },
	{ "spend", WORD_MEASURE, ASK_COST, NULL },
	{ "spent", WORD_MEASURE, ASK_COST, NULL },
	{ "spending", WORD_MEASURE, ASK_COST, NULL },
	{ "money", WORD_MEASURE, ASK_COST, NULL },
	{ "bill", WORD_MEASURE, ASK_COST, NULL },
	{ "price", WORD_MEASURE, ASK_COST, NULL },
	{ "dollar", WORD_MEASURE, ASK_COST, NULL },
	{ "usd", WORD_MEASURE, ASK_COST, NULL },
	{ "pay", WORD_MEASURE, ASK_COST, NULL },
	{ "token", WORD_MEASURE, ASK_TOKENS, NULL },
	{ "latency", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "duration", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "speed", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "long", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "take", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "took", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "p50", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "p95", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "p99", WORD_MEASURE, ASK_LATENCY, NULL },
	{ "used", WORD_MEASURE, ASK_COUNT, NULL },
	{ "use", WORD_MEASURE, ASK_COUNT, NULL },
	{ "usage", WORD_MEASURE, ASK_COUNT, NULL },
	{ "popular", WORD_MEASURE, ASK_COUNT, NULL },
	{ "active", WORD_MEASURE, ASK_COUNT, NULL },
	{ "busy", WORD_MEASURE, ASK_COUNT, NULL },
	{ "called", WORD_MEASURE, ASK_COUNT, NULL },

	{ "expensive", WORD_EXTREME, ASK_COST, NULL },
	{ "priciest", WORD_EXTREME, ASK_COST, NULL },
	{ "costliest", WORD_EXTREME, ASK_COST, NULL },
	{ "slow", WORD_EXTREME, ASK_LATENCY, NULL },
	{ "slower", WORD_EXTREME, ASK_LATENCY, NULL },
	{ "slowest", WORD_EXTREME, ASK_LATENCY, NULL },
	{ "longest", WORD_EXTREME, ASK_LATENCY, NULL },
	{ "busiest", WORD_EXTREME, ASK_COUNT, NULL },
	{ "cheap", WORD_EXTREME_LEAST, ASK_COST, NULL },
	{ "cheapest", WORD_EXTREME_LEAST, ASK_COST, NULL },
	{ "fast", WORD_EXTREME_LEAST, ASK_LATENCY, NULL },
	{ "fastest", WORD_EXTREME_LEAST, ASK_LATENCY, NULL },
	{ "quickest", WORD_EXTREME_LEAST, ASK_LATENCY, NULL },
	{ "shortest", WORD_EXTREME_LEAST, ASK_LATENCY, NULL },
	{ "reliable", WORD_EXTREME_LEAST, ASK_ERROR_RATE, NULL },

	{ "most", WORD_MOST, 0, NULL }, { "top", WORD_MOST, 0, NULL },
	{ "highest", WORD_MOST, 0, NULL }, { "common", WORD_MOST, 0, NULL },
	{ "frequent", WORD_MOST, 0, NULL }, { "often", WORD_MOST, 0, NULL },
	{ "frequently", WORD_MOST, 0, NULL },
	{ "biggest", WORD_MOST, 0, NULL }, { "largest", WORD_MOST, 0, NULL },
	{ "worst", WORD_MOST, 0, NULL }, { "main", WORD_MOST, 0, NULL },
	{ "least", WORD_LEAST, 0, NULL }, { "lowest", WORD_LEAST, 0, NULL },
	{ "fewest", WORD_LEAST, 0, NULL }, { "rarest", WORD_LEAST, 0, NULL },
	{ "smallest", WORD_LEAST, 0, NULL },

	{ "frustrated", WORD_PATTERN, 0, "user-frustration" },
	{ "frustration", WORD_PATTERN, 0, "user-frustration" },
	{ "frustrating", WORD_PATTERN, 0, "user-frustration" },
	{ "angry", WORD_PATTERN, 0, "user-frustration" },
	{ "annoyed", WORD_PATTERN, 0, "user-frustration" },
	{ "unhappy", WORD_PATTERN, 0, "user-frustration" },
	{ "dissatisfied", WORD_PATTERN, 0, "user-frustration" },
	{ "upset", WORD_PATTERN, 0, "user-frustration" },
	{ "confused", WORD_PATTERN, 0, "user-confusion" },
	{ "confusion", WORD_PATTERN, 0, "user-confusion" },
	{ "confusing", WORD_PATTERN, 0, "user-confusion" },
	{ "lost", WORD_PATTERN, 0, "user-confusion" },
	{ "unsolved", WORD_PATTERN, 0, "task-failure-reported" },
	{ "repeat", WORD_PATTERN, 0, "user-repeats-request" },
	{ "repeated", WORD_PATTERN, 0, "user-repeats-request" },
	{ "repeating", WORD_PATTERN, 0, "user-repeats-request" },
	{ "corrected", WORD_PATTERN, 0, "user-corrects-agent" },
	{ "correct", WORD_PATTERN, 0, "user-corrects-agent" },
	{ "correction", WORD_PATTERN, 0, "user-corrects-agent" },
	{ "praise", WORD_PATTERN, 0, "user-praises" },
	{ "praised", WORD_PATTERN, 0, "user-praises" },
	{ "happy", WORD_PATTERN, 0, "user-praises" },
	{ "thanked", WORD_PATTERN, 0, "user-praises" },
	{ "refusal", WORD_PATTERN, 0, "refusal" },
	{ "refuse", WORD_PATTERN, 0, "refusal" },
	{ "refused", WORD_PATTERN, 0, "refusal" },
	{ "refusing", WORD_PATTERN, 0, "refusal" },
	{ "declined", WORD_PATTERN, 0, "refusal" },
	{ "loop", WORD_PATTERN, 0, "tool-loop" },
	{ "looping", WORD_PATTERN, 0, "tool-loop" },
	{ "looped", WORD_PATTERN, 0, "tool-loop" },
	{ "stuck", WORD_PATTERN, 0, "tool-loop" },
	{ "twice", WORD_PATTERN, 0, "tool-loop" },
	{ "swallowed", WORD_PATTERN, 0, "tool-error-ignored" },
	{ "silent", WORD_PATTERN, 0, "tool-error-ignored" },
	{ "silently", WORD_PATTERN, 0, "tool-error-ignored" },
	{ "hallucination", WORD_PATTERN, 0, "ungrounded-answer" },
	{ "hallucinated", WORD_PATTERN, 0, "ungrounded-answer" },
	{ "hallucinating", WORD_PATTERN, 0, "ungrounded-answer" },
	{ "hallucinate", WORD_PATTERN, 0, "ungrounded-answer" },
	{ "ungrounded", WORD_PATTERN, 0, "ungrounded-answer" },
	{ "empty", WORD_PATTERN, 0, "empty-or-truncated-answer" },
	{ "truncated", WORD_PATTERN, 0, "empty-or-truncated-answer" },

	{ "compare", WORD_COMPARE, 0, NULL },
	{ "compared", WORD_COMPARE, 0, NULL },
	{ "comparison", WORD_COMPARE, 0, NULL },
	{ "versus", WORD_COMPARE, 0, NULL }, { "vs", WORD_COMPARE, 0, NULL },
	{ "change", WORD_COMPARE, 0, NULL },
	{ "changed", WORD_COMPARE, 0, NULL },
	{ "rose", WORD_COMPARE, 0, NULL }, { "rise", WORD_COMPARE, 0, NULL },
	{ "risen", WORD_COMPARE, 0, NULL },
	{ "rising", WORD_COMPARE, 0, NULL },
	{ "increase", WORD_COMPARE, 0, NULL },
	{ "increased", WORD_COMPARE, 0, NULL },
	{ "increasing", WORD_COMPARE, 0, NULL },
	{ "decrease", WORD_COMPARE, 0, NULL },
	{ "decreased", WORD_COMPARE, 0, NULL },
	{ "drop", WORD_COMPARE, 0, NULL },
	{ "dropped", WORD_COMPARE, 0, NULL },
	{ "fell", WORD_COMPARE, 0, NULL }, { "grew", WORD_COMPARE, 0, NULL },
	{ "growing", WORD_COMPARE, 0, NULL },
	{ "trend", WORD_COMPARE, 0, NULL },
	{ "worse", WORD_COMPARE, 0, NULL }, { "better", WORD_COMPARE, 0, NULL },
	{ "why", WORD_WHY, 0, NULL }, { "explain", WORD_WHY, 0, NULL },
	{ "new", WORD_NEW, 0, NULL }, { "rate", WORD_RATE, 0, NULL },
	{ "share", WORD_RATE, 0, NULL }, { "percentage", WORD_RATE, 0, NULL },
	{ "ratio", WORD_RATE, 0, NULL }, { "show", WORD_LIST, 0, NULL },
	{ "list", WORD_LIST, 0, NULL }, { "find", WORD_LIST, 0, NULL },
	{ "recent", WORD_LIST, 0, NULL }, { "latest", WORD_LIST, 0, NULL },
	{ "many", WORD_HOW_MANY, 0, NULL },
	{ "number", WORD_HOW_MANY, 0, NULL },
	{ "count", WORD_HOW_MANY, 0, NULL },
	{ "total", WORD_HOW_MANY, 0, NULL },
	{ "much", WORD_HOW_MANY, 0, NULL },
};

static const char stops[] =
    " a about across all also an and any are as at average be been being"
    " between but by call called calls can could creating day days did do"
    " does down during each every fewer for from get give given go got had"
    " happen happened happening has have having hit how i in into is it its"
    " kind kinds last less like look made make making me mean month months"
    " more my of on only or our out outcome outcomes over per please prod"
    " production re report reported reports s said same say see seen should"
    " some t tell than that the their them there these they this those to"
    " type types under up us was we week weeks went were what what's whats"
    " when where which while with within would year you your ";

static bool
is_stop(const char *low)
{
	char needle[32];

	snprintf(needle, sizeof(needle), " %s ", low);
	return strstr(stops, needle) != NULL;
}

static const struct entry *
look_up(const char *low)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(low, table[i].word) == 0)
			return &table[i];
	return NULL;
}

static void
classify(struct word *w)
{
	const struct entry *t = look_up(w->low);
	size_t n = strlen(w->low);
	char single[sizeof(w->low)];

	if (!t && n > 3 && w->low[n - 1] == 's') {
		memcpy(single, w->low, n - 1);
		single[n - 1] = '\0';
		t = look_up(single);
	}
	if (t) {
		w->kind = t->kind;
		w->value = t->value;
		w->slug = t->slug;
	} else if (str_to_i64(str_from(w->low), &w->value)) {
		w->kind = WORD_NUMBER;
	} else if (is_stop(w->low)) {
		w->kind = WORD_STOP;
	}
}

/* Names may hold dots, dashes and underscores; any byte past ASCII is a
 * letter of some script. */
static bool
is_word_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.' ||
	    c >= 0x80;
}

static void
add_word(struct words *w, struct str text)
{
	struct word *x = &w->v[w->n];
	size_t i;

	while (text.n && (text.p[text.n - 1] == '.' ||
	    text.p[text.n - 1] == '-'))
		text.n--;
	if (!text.n)
		return;
	*x = (struct word){ .text = text };
	for (i = 0; i < text.n && i + 1 < sizeof(x->low); i++)
		x->low[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ?
		    text.p[i] | 0x20 : text.p[i]);
	classify(x);
	w->n++;
}

void
words_split(struct words *w, struct str q)
{
	w->n = 0;
	for (size_t i = 0; i < q.n && w->n < ASK_WORDS_MAX;) {
		size_t from = i;

		while (i < q.n && is_word_byte((unsigned char)q.p[i]))
			i++;
		if (i > from)
			add_word(w, str_of(q.p + from, i - from));
		else
			i++;
	}
}

bool
words_are(const struct words *w, size_t i, const char *phrase)
{
	struct str rest = str_from(phrase);

	for (; rest.p; i++)
		if (i >= w->n || !str_is(str_cut(&rest, ' '), w->v[i].low))
			return false;
	return true;
}
