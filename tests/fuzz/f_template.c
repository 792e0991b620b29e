/*
 * Any bytes become a template that is bounded, well-formed and its own
 * template; a message found in a tool's result lies within it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = str_of(data, n), message;
	struct template t, again;

	template_of(s, &t);
	assert(t.n <= TEMPLATE_MAX && t.text[t.n] == '\0');
	assert(str_is_utf8(template_str(&t)));
	for (size_t i = 0; i < t.n; i++)
		assert((unsigned char)t.text[i] >= ' ' && t.text[i] != 0x7f);
	template_of(template_str(&t), &again);
	assert(str_eq(template_str(&t), template_str(&again)));
	if (template_is_error(s, &message)) {
		assert(message.p >= s.p && message.p + message.n <= s.p + s.n);
		template_of(message, &t);
	}
	return 0;
}
