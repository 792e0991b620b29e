#ifndef WEIR_TOPICS_H
#define WEIR_TOPICS_H

/* weir topics try; in a file of its own. */
int topics_try(int argc, char **argv);

#endif
