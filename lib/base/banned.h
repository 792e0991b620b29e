#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * Functions with a safer relative fail to compile (idea: git's banned.h).
 * System headers are included first so that their own declarations pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(f) banned_function_##f

#undef strcpy
#define strcpy BANNED(strcpy)
#undef strcat
#define strcat BANNED(strcat)
#undef strncpy
#define strncpy BANNED(strncpy)
#undef strncat
#define strncat BANNED(strncat)
#undef sprintf
#define sprintf BANNED(sprintf)
#undef vsprintf
#define vsprintf BANNED(vsprintf)
#undef strtok
#define strtok BANNED(strtok)
#undef gmtime
#define gmtime BANNED(gmtime)
#undef localtime
#define localtime BANNED(localtime)
#undef atoi
#define atoi BANNED(atoi)
#undef atol
#define atol BANNED(atol)

#endif
