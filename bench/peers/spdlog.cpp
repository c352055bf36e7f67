// spdlog.cpp - spdlog's two ways that keep writing away from the caller: the backtrace (a ring in memory, shown on demand), and the asynchronous logger.
#include <memory>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "peer.h"

static std::shared_ptr<spdlog::logger> ring;
static std::shared_ptr<spdlog::logger> async;

// Below the logger's level: kept in the ring only.
PEER_W2(ring_w2, ring->debug("conn {} state {}", static_cast<int>(i), state))
PEER_W4(ring_w4, ring->debug("req {} took {:f} us from {} flags {:#x}", i, us, from, flags))
PEER_W2(async_w2, async->info("conn {} state {}", static_cast<int>(i), state))
PEER_W4(async_w4, async->info("req {} took {:f} us from {} flags {:#x}", i, us, from, flags))

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
