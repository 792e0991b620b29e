#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* Semantic versioning; printed by --version and served by /health. */
#define WEIR_VERSION "0.1.0"

#endif
