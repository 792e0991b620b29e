/* Messages to templates, templates to failure ids. */
#include "detect/template.h"

#include <stdio.h>

#include "base/hash.h"
#include "detect/mask.h"
#include "detect/message.h"
#include "detect/token.h"

/* A template is masked again until it stays as it is; each round masks or
 * folds at least one token more, and few messages need a second. */
enum { ROUNDS_MAX = 8 };

/* Appends whole or not at all; false once it is full. */
static bool
put(struct template *t, struct str s)
{
	if (t->n + s.n > TEMPLATE_MAX)
		return false;
	memcpy(t->text + t->n, s.p, s.n);
	t->n += s.n;
	return true;
}

static void
render(const struct token_list *l, struct template *out)
{
	out->n = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct token *t = &l->t[i];
		struct str s = t->kind == TOKEN_MASK ? STR("<*>") : t->s;
		size_t before = out->n;

		if ((t->space && !put(out, STR(" "))) || !put(out, s)) {
			out->n = before;
			break;
		}
	}
	out->text[out->n] = '\0';
}

static void
mask_once(struct str s, struct template *out)
{
	struct token_list l;

	token_split(s, &l);
	mask_context(&l);
	render(&l, out);
}

void
template_of(struct str message, struct template *out)
{
	char space[MESSAGE_MAX];
	struct template last;

	mask_once(message_pick(message, space), out);
	for (int i = 0; i < ROUNDS_MAX; i++) {
		last = *out;
		mask_once(message_pick(template_str(&last), space), out);
		if (str_eq(template_str(&last), template_str(out)))
			break;
	}
}

void
failure_id(struct str entity_type, struct str template,
    char out[FAILURE_ID_SIZE])
{
	char key[64 + 1 + TEMPLATE_MAX];
	struct str type = str_utf8_prefix(entity_type, 64);
	struct str text = str_utf8_prefix(template, TEMPLATE_MAX);

	memcpy(key, type.p ? type.p : "", type.n);
	key[type.n] = '\0';
	memcpy(key + type.n + 1, text.p ? text.p : "", text.n);
	snprintf(out, FAILURE_ID_SIZE, "f_%016llx", (unsigned long long)
	    hash64(str_of(key, type.n + 1 + text.n)));
}
