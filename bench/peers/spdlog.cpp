// spdlog.cpp - spdlog's two ways that keep writing away from the caller: the backtrace (a ring in memory, shown on demand), and the asynchronous logger.
#include <memory>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "../loop.h"
#include "peer.h"

static std::shared_ptr<spdlog::logger> ring;
static std::shared_ptr<spdlog::logger> async;

static inline void record_w2(spdlog::logger &to, spdlog::level::level_enum level, uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		int state = 3;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(state);
		to.log(level, "conn {} state {}", static_cast<int>(i), state);
	}
}

static inline void record_w4(spdlog::logger &to, spdlog::level::level_enum level, uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		unsigned long long flags = 0x1003;
		double us = 12.5;
		int from = 7;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(from);
		LOOP_OPAQUE(flags);
		LOOP_OPAQUE_MEMORY(us);
		to.log(level, "req {} took {:f} us from {} flags {:#x}", i, us, from, flags);
	}
}

// Below the logger's level: kept in the ring only.
static void ring_w2(uint32_t calls)
{
	record_w2(*ring, spdlog::level::debug, calls);
}

static void ring_w4(uint32_t calls)
{
	record_w4(*ring, spdlog::level::debug, calls);
}

static void async_w2(uint32_t calls)
{
	record_w2(*async, spdlog::level::info, calls);
}

static void async_w4(uint32_t calls)
{
	record_w4(*async, spdlog::level::info, calls);
}

const struct peer peers[] = {
	{ "spdlog, backtrace of 4096", "W2", ring_w2 },
	{ "spdlog, backtrace of 4096", "W4", ring_w4 },
	{ "spdlog, asynchronous to /dev/null", "W2", async_w2 },
	{ "spdlog, asynchronous to /dev/null", "W4", async_w4 },
};
const size_t peer_count = sizeof(peers) / sizeof(peers[0]);
void (*const peer_record)(uint32_t i, uint64_t random) = nullptr;

// As its documentation shows it: a queue of 8192 and one thread, which a full queue waits for.
const char *peer_begin(void)
{
	ring = std::make_shared<spdlog::logger>(
		"ring", std::make_shared<spdlog::sinks::basic_file_sink_mt>("/dev/null"));
	ring->enable_backtrace(4096);
	spdlog::init_thread_pool(8192, 1);
	async = spdlog::basic_logger_mt<spdlog::async_factory>("async", "/dev/null");
	return nullptr;
}
