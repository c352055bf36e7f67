/*
 * module.h - what soak.c calls in the module that it loads.
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdint.h>

/* Says the events `from` to `from + count`. */
__attribute__((visibility("default"))) void module_say(uint32_t sequence, uint64_t from, uint64_t count);

typedef void module_say_function(uint32_t sequence, uint64_t from, uint64_t count);

#endif
