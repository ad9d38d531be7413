/* SPDX-License-Identifier: ISC */
/* check_print.h: what --check tells, as lines for people or as JSON. */
#ifndef CULVERT_CMD_CHECK_PRINT_H
#define CULVERT_CMD_CHECK_PRINT_H

#include "cmd/probe.h"
#include "net/endpoint.h"
#include "options.h"
#include <stdbool.h>
#include <stddef.h>

/* The results of one target over several rounds. Zeroed: none yet. */
struct check_series {
	int64_t *times_ns; /* of those that stood; owned */
	size_t stood;
	size_t size;
	size_t tries;
};

/* Count a result. */
void check_series_add(struct check_series *series, const struct probe_result *result);

void check_series_free(struct check_series *series);

/* Find out where the output goes: colours are for terminals, unless NO_COLOR says otherwise. */
void check_print_begin(const struct options *options);

/* One line for one result. False: standard output can't be written. */
bool check_print_result(const struct options *options, const struct endpoint *target,
			const struct probe_result *result);

/*
 * What is told of a round as a whole: the metrics of Prometheus's text format, each with all its
 * targets. False: standard output can't be written.
 */
bool check_print_round(const struct options *options, const struct endpoint *targets,
		       const struct probe_result *const *results, size_t count);

/* One line for a series: how many were lost, and the least, the middle and the longest time. */
bool check_print_series(const struct options *options, const struct endpoint *target,
			struct check_series *series);

/* On a terminal: how far it has come. */
void check_print_progress(size_t done, size_t count);

#endif
