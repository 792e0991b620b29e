#ifndef DETECT_FEATURES_H
#define DETECT_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "detect/score.h"
#include "detect/text.h"

/*
 * What the text model looks at in a conversation: phrase classes, margins of
 * the n-gram heads, and how a turn relates to those before it.  Internal to
 * lib/detect; scripts/train_text reads the same features through a shared
 * object built from these files, so that training and use cannot differ.
 *
 * Memory: a struct features owns one record a turn.  Threads: one object, one
 * thread.
 */

/* Classes of phrases (scripts/text/lexicon*.txt) in a user's message. */
#define FEATURE_USER_CLASSES(X) \
	X(STRONG, "strong", "strong words of complaint") \
	X(PROFANE, "profane", "swearing") \
	X(NEG, "neg", "negative words") \
	X(WAIT, "wait", "complains of waiting") \
	X(AGAIN, "again", "says it happens again or still") \
	X(ALREADY, "already", "says it was already said or promised") \
	X(CORRECT, "correct", "corrects the agent") \
	X(NO_START, "no_start", "begins with no") \
	X(YES_START, "yes_start", "begins with yes or thanks") \
	X(NOHELP, "nohelp", "says it does not help") \
	X(FAILREPORT, "failreport", "reports that something failed") \
	X(HUMAN, "human", "asks for a person or complains formally") \
	X(QUIT, "quit", "gives up or wants to leave") \
	X(CONFUSED, "confused", "does not understand") \
	X(DOUBT, "doubt", "doubts the answer or asks for another") \
	X(DISLIKE, "dislike", "turns the offer down") \
	X(SETTLE, "settle", "settles for something else") \
	X(INTENS, "intens", "intensifiers") \
	X(URGENT, "urgent", "urgency") \
	X(SVCNEG, "svcneg", "names a mishap") \
	X(POLITE, "polite", "polite wording") \
	X(THANKS, "thanks", "thanks") \
	X(PRAISE, "praise", "praise") \
	X(BYE, "bye", "closes the conversation") \
	X(REQUEST, "request", "makes a request") \
	X(INFORM, "inform", "gives details") \
	X(NEGATOR, "negator", "negation")

/* Classes of phrases in what the agent said. */
#define FEATURE_AGENT_CLASSES(X) \
	X(A_APOLOGY, "a_apology", "agent apologised before") \
	X(A_CANNOT, "a_cannot", "agent said it cannot") \
	X(A_NORESULT, "a_noresult", "agent found nothing or failed") \
	X(A_ASKREPEAT, "a_askrepeat", "agent asked to repeat or clarify") \
	X(A_OFFER, "a_offer", "agent made an offer") \
	X(A_SUCCESS, "a_success", "agent reported success") \
	X(A_ANYTHING, "a_anything", "agent asked for anything else") \
	X(A_REFUSE, "a_refuse", "agent refused") \
	X(A_WAIT, "a_wait", "agent asked to wait") \
	X(A_DM, "a_dm", "agent pointed elsewhere") \
	X(A_GREET, "a_greet", "agent greeted") \
	X(A_SOCIAL, "a_social", "agent made small talk")

#define FEATURE_ID_(id, name, text) FEATURE_##id,
#define FEATURE_CLASS_ID_(id, name, text) CLASS_##id,

enum feature_class {
	FEATURE_USER_CLASSES(FEATURE_CLASS_ID_)
	FEATURE_AGENT_CLASSES(FEATURE_CLASS_ID_)
	CLASS_STOPWORD,
	CLASS_N
};

/* Everything else that is measured about a user's turn. */
#define FEATURE_OTHERS(X) \
	X(NEGATED_PRAISE, "negated praise", "negated praise") \
	X(NEGATED_NEG, "negated complaint", "negated complaint") \
	X(SHORT, "short", "only one or two words") \
	X(LENGTH, "length", "length") \
	X(LONG, "long", "long message") \
	X(QUESTION, "question", "asks") \
	X(QUESTIONS, "questions", "several question marks") \
	X(EXCLAIM, "exclaim", "exclamation marks") \
	X(CAPS, "caps", "words in capitals") \
	X(STRETCHED, "stretched", "stretched letters") \
	X(ELLIPSIS, "ellipsis", "trails off") \
	X(NUMBER, "number", "numbers") \
	X(HANDLE, "handle", "handles or addresses") \
	X(ONLY_MARKS, "only marks", "nothing but punctuation") \
	X(EMOTION, "emotion", "wording of annoyance") \
	X(CONFUSION, "confusion", "wording of confusion") \
	X(SERVICE, "service", "wording of complaints about service") \
	X(GOOD, "good", "wording of satisfaction") \
	X(FIRST, "first", "first word of the user") \
	X(ALONE, "alone", "nothing was said before") \
	X(TURNS, "turns", "turns so far") \
	X(REPEAT_LAST, "repeat last", "repeats the request before") \
	X(REPEAT_ANY, "repeat any", "repeats an earlier request") \
	X(REPEAT_EXACT, "repeat exact", "same words as before") \
	X(CONTAINED, "contained", "says nothing that was not said before") \
	X(ECHO, "echo", "takes up the agent's words") \
	X(AGENT_REPEATS, "agent repeats", "agent repeats itself") \
	X(AGENT_SAME, "agent same", "agent gave the same answer") \
	X(AGENT_ASKS, "agent asks", "agent asked") \
	X(AGENT_WORDING, "agent wording", "wording of an agent in trouble") \
	X(AGENT_LENGTH, "agent length", "length of the agent's answer") \
	X(AGENT_EMPTY, "agent empty", "agent answered nothing") \
	X(AGENT_OFF, "agent off", "agent's answer is off topic") \
	X(MOOD, "mood", "earlier turns were negative") \
	X(MOOD_MAX, "mood max", "an earlier turn was very negative") \
	X(TROUBLE, "trouble", "corrections and repeats before") \
	X(AGENT_TROUBLE, "agent trouble", "agent failed before") \
	X(NO_AFTER_OFFER, "no after offer", "says no to an offer") \
	X(NO_AFTER_ASK, "no after ask", "says no to a question") \
	X(NO_AFTER_SAY, "no after say", "says no to a statement") \
	X(NO_CLOSING, "no closing", "says no to anything else") \
	X(ANSWERS, "answers", "short answer to a question") \
	X(AFTER_NORESULT, "after no result", "tries on after a failure") \
	X(NEG_AFTER_SORRY, "neg after sorry", "negative after an apology") \
	X(REPEAT_ASKED, "repeat asked", "repeats because asked to") \
	X(CORRECT_DONE, "correct done", "corrects what was done") \
	X(THANKS_NEG, "thanks neg", "thanks with a complaint") \
	X(THANKS_ONLY, "thanks only", "thanks and nothing bad") \
	X(REQUEST_ONLY, "request only", "plain request") \
	X(EMOTION_ALONE, "emotion alone", "annoyance without context") \
	X(CONFUSION_ALONE, "confusion alone", "confusion without context") \
	X(GOOD_ALONE, "good alone", "satisfaction without context") \
	X(SERVICE_ALONE, "service alone", "complaint without context") \
	X(SHORT_ASK, "short ask", "short question") \
	X(ASKS_BACK, "asks back", "answers a question with a question") \
	X(FIRST_FAIL, "first failure", "opens with a failure to look into") \
	X(NEG_COUNT, "neg count", "kinds of complaint together")

enum feature_id {
	FEATURE_USER_CLASSES(FEATURE_ID_)
	FEATURE_AGENT_CLASSES(FEATURE_ID_)
	FEATURE_OTHERS(FEATURE_ID_)
	FEATURE_N
};

/* The n-gram heads: four weights a bucket. */
enum feature_head {
	HEAD_EMOTION,
	HEAD_CONFUSION,
	HEAD_SERVICE,
	HEAD_GOOD,
	HEAD_N
};

/* Patterns about a user's message have the lowest numbers. */
enum { FEATURE_USER_PATTERNS = SCORE_USER_PRAISES + 1 };

#define FEATURE_GROUND(X) \
	X(NEW_WORDS, "words that no source has") \
	X(NEW_PAIRS, "word pairs that no source has") \
	X(NEW_TRIPLES, "word triples that no source has") \
	X(NEW_NUMBERS, "numbers that no source has") \
	X(NEW_NAMES, "names that no source has") \
	X(LENGTH, "length of the answer") \
	X(OPINION, "opinion or small talk") \
	X(ASKS, "asks a question") \
	X(RUN, "longest stretch taken from a source") \
	X(ECHO, "words taken from the user") \
	X(CONTENT, "density of content words") \
	X(SHORT, "very short answer")

#define FEATURE_GROUND_ID_(id, text) GROUND_##id,
enum ground_id { FEATURE_GROUND(FEATURE_GROUND_ID_) GROUND_N };

/* Tokens of an agent's message that its n-gram head reads. */
enum { FEATURE_AGENT_TOKENS = 40 };

enum { FEATURE_CONTENT_MAX = 40, FEATURE_MATCHES_MAX = 256 };

/* One phrase found: tokens [from, to). */
struct feature_match {
	uint16_t from, to;
	uint8_t class;          /* enum feature_class */
	bool negated;           /* praise or complaint after a negation */
};

/* What is kept of a turn. */
struct feature_turn {
	enum turn_role role;
	uint8_t count[CLASS_N];
	uint8_t negated_praise, negated_neg;
	uint8_t n_question, n_exclaim, n_caps, n_stretched, n_ellipsis;
	uint8_t n_number, n_handle;
	bool asks;              /* a question mark near the end */
	uint16_t n_words, n_tokens, n_content;
	uint32_t n_users;       /* user turns before */
	float head[HEAD_N];     /* of a user's turn */
	float agent;            /* margin of an agent's turn */
	float refusal;          /* score of an agent's turn */
	uint32_t content[FEATURE_CONTENT_MAX];
};

struct features {
	struct feature_turn *turn;
	size_t n, cap;
	struct text *text;      /* scratch */
	struct feature_match match[FEATURE_MATCHES_MAX];
	uint32_t gram[TEXT_GRAMS_MAX];
};

void features_init(struct features *f) CC_NONNULL(1);
void features_fini(struct features *f) CC_NONNULL(1);

/* Scans a conversation; at most SCORE_TURNS_MAX turns. */
void features_load(struct features *f, const struct turn *turns, size_t n)
    CC_NONNULL(1);

/* The features of user turn i into x[FEATURE_N]. */
void features_user(const struct features *f, size_t i, float *x)
    CC_NONNULL(1, 3);

/* Phrases of a scanned text: the user's classes, or the agent's. */
size_t features_match(const struct text *t, bool agent,
    struct feature_match *out, size_t max) CC_NONNULL(1, 3);

/* Margins of the n-gram heads of tokens [from, to). */
void features_heads(const struct text *t, size_t from, size_t to,
    uint32_t *scratch, float *head) CC_NONNULL(1, 4, 5);

/* The margin of the agent's head over the beginning of a text. */
float features_agent(const struct text *t, uint32_t *scratch)
    CC_NONNULL(1, 2);

/* For people: "repeats an earlier request"; for training: "repeat any". */
const char *features_text(size_t id);
const char *features_name(size_t id);
const char *features_ground_text(size_t id);

/* The name of a class as the lexicon writes it, or NULL. */
const char *features_class_name(size_t class);

/*
 * Words seen in the sources of an answer, each with the first turn it was in,
 * so that one pass over a run serves all its answers.  Bounded: words beyond
 * GROUND_SLOTS / 2 are not kept.
 */
enum { GROUND_SLOTS = 1 << 15, GROUND_BYTES_MAX = 32768 };

struct ground {
	uint32_t key[GROUND_SLOTS];
	uint32_t stamp[GROUND_SLOTS];   /* conversation */
	uint16_t source[GROUND_SLOTS];  /* first tool or system turn */
	uint16_t user[GROUND_SLOTS];    /* first user turn */
	uint32_t now;
	size_t n;
};

/* Forgets the conversation before and reads the turns of this one. */
void ground_load(struct ground *g, struct text *scratch,
    const struct turn *turns, size_t n) CC_NONNULL(1, 2);

/* Features of assistant turn i into x[GROUND_N]; false without sources. */
bool ground_features(const struct ground *g, struct text *scratch,
    const struct turn *turns, size_t i, float *x) CC_NONNULL(1, 2, 3, 5);

#endif
