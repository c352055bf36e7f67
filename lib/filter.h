/*
 * filter.h - which sites record: rules of levels for targets, `info,net=debug,db.*=off`.
 *
 * Pure but for the one current filter, which is changed under the registry's lock. CONTROL.
 */
#ifndef TTLOG_FILTER_H
#define TTLOG_FILTER_H

/* 0 if `spec` is a filter, else -EINVAL. */
int filter_check(const char *spec);

/* Makes `spec` (checked) the current filter. */
void filter_set(const char *spec);

/* The lowest level at which a site of this target records; above every level when the target is off. */
unsigned filter_minimum(const char *target);

#endif
