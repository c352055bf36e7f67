// header.cpp - the public header compiles as C++17, and its functions can be called; the macros are for C.
#include <ttlog.h>

#include <cstdio>

int main()
{
	struct tt_options options = {};
	struct tt_stats stats = {};

	options.size = sizeof(options);
	stats.size = sizeof(stats);
	if (tt_init(&options) != 0 || tt_thread_name("c++") != 0 || tt_filter("info") != 0 || tt_stats(&stats) != 0)
		return 1;
	tt_shutdown();
	std::puts("c++");
	return 0;
}
