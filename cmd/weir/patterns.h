#ifndef WEIR_PATTERNS_H
#define WEIR_PATTERNS_H

/* weir patterns backfill; in a file of its own. */
int patterns_backfill(int argc, char **argv);

#endif
