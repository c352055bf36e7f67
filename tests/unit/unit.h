/*
 * unit.h - the main function of a unit test: runs one suite, the module's.
 *
 * Check's own variables apply (CK_FORK=no under a debugger, CK_RUN_CASE, CK_VERBOSITY).
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

static inline int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
