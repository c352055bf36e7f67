/* lttng_points.h - the tracepoints of lttng.c. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "lttng_points.h"

#if !defined(BENCH_LTTNG_POINTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_LTTNG_POINTS_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(bench, w2, LTTNG_UST_TP_ARGS(int, connection, int, state),
			   LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, connection, connection)
						       lttng_ust_field_integer(int, state, state)))

LTTNG_UST_TRACEPOINT_EVENT(
	bench, w4, LTTNG_UST_TP_ARGS(unsigned, request, double, us, int, from, unsigned long long, flags),
	LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(unsigned, request, request)
				    lttng_ust_field_float(double, us, us) lttng_ust_field_integer(int, from,
												  from)
					    lttng_ust_field_integer_hex(unsigned long long, flags, flags)))

#endif

#include <lttng/tracepoint-event.h>
