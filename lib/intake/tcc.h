#ifndef INTAKE_TCC_H
#define INTAKE_TCC_H

#include "intake/intake.h"

/*
 * The Context Company's own endpoints.
 *
 * POST /v1/custom: one run, step or tool call, or a batch of them (contract
 * A4).  A batch is taken whole or not at all, since its sender repeats the
 * whole and drops it on a 4xx: the first member that is wrong is named.
 * status_code 2 is an error, every other is not (and is kept as the attribute
 * status_code unless 0); tokens and costs may not be negative; times are ISO
 * 8601 or ms since 1970; members that are null are absent, unknown members
 * become attributes.
 *
 * POST /v1/feedback: {runId, score?, text?} (contract A6): a score named
 * "feedback" on the run; a later one overlays what it speaks about.
 *
 * Both answer 200 {"accepted":N}: the objects taken.
 */
enum { TCC_ITEMS_MAX = 10000, TCC_FEEDBACK_TEXT_MAX = 2000 };

intake_parse tcc_custom_parse;
intake_parse tcc_feedback_parse;
intake_answer tcc_answer;

#endif
