/*
 * string_rule.h - how far a string argument may be read, as its conversion says: `%s`, `%.16s`, `%.*s`, `%ls`, `%p`.
 *
 * The rule is put into the site when it is registered; measuring follows it at each event.
 */
#ifndef TTLOG_STRING_RULE_H
#define TTLOG_STRING_RULE_H

#include <stdint.h>

#include "include/ttlog/impl.h"

/*
 * Sets the rules of the site's string arguments, and whether it wants errno. -EINVAL: the format cannot be recorded: `%n`, or
 * a precision in an argument that does not stand right before its string. CONTROL.
 */
int string_rule_set(struct tt_impl_site *site);

/* The types by which the arguments go: a string that is not read goes as the pointer it is. SIGNAL. */
void string_rule_types(const struct tt_impl_site *site, uint8_t types[TT_IMPL_ARGUMENTS_MAX]);

/* Measures a string that the inline path leaves to us: NULL, a precision, wide, or a pointer. HOT. */
struct tt_impl_string string_rule_measure(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left);

#endif
