/* Tool results that are errors in disguise. */
#include "detect/template.h"

bool
template_is_error(struct str text, struct str *message)
{
	*message = text;
	return false;
}
