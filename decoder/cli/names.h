/*
 * names.h - what numbers of Linux and ELF are called. Pure; NULL for what has no name here.
 */
#ifndef TTDECODE_NAMES_H
#define TTDECODE_NAMES_H

#include <stdint.h>

const char *names_signal(int32_t signal);
const char *names_signal_code(int32_t signal, int32_t code);
const char *names_machine(uint32_t machine);
const char *names_register(uint32_t machine, uint32_t index);
const char *names_clock(uint32_t clock);
const char *names_drop(unsigned cause);

#endif
