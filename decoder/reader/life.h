/*
 * life.h - whether the process that wrote a region still runs on this machine.
 */
#ifndef TTDECODE_LIFE_H
#define TTDECODE_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/*
 * `start_time` is field 22 of /proc/<pid>/stat, which tells a process from a later one of its number; `boot_id`
 * the kernel's, which tells this boot from earlier ones and other machines.
 */
bool life_is_running(uint32_t pid, uint64_t start_time, struct text boot_id);

#endif
