/*
 * view.h - a bounded cursor over hostile bytes that remembers its first error.
 *
 * A read past the end yields zero (or an empty text) and sets `failed`; the caller checks once, at the end. The
 * idea is libbacktrace's dwarf_buf.
 */
#ifndef TTDECODE_VIEW_H
#define TTDECODE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format-spec/twin/bytes.h"
#include "event.h"

struct view {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline struct view view_of(const void *bytes, size_t count)
{
	return (struct view){ .at = bytes, .left = count };
}

/* The next `bytes` bytes, or NULL. */
static inline const uint8_t *view_take(struct view *view, size_t bytes)
{
	const uint8_t *taken = view->at;

	if (view->failed || bytes > view->left) {
		view->failed = true;
		return NULL;
	}
	view->at += bytes;
	view->left -= bytes;
	return taken;
}

static inline uint8_t view_u8(struct view *view)
{
	const uint8_t *from = view_take(view, 1);

	return from != NULL ? *from : 0;
}

static inline uint16_t view_u16(struct view *view)
{
	const uint8_t *from = view_take(view, 2);

	return from != NULL ? ttf_load16(from) : 0;
}

static inline uint32_t view_u32(struct view *view)
{
	const uint8_t *from = view_take(view, 4);

	return from != NULL ? ttf_load32(from) : 0;
}

static inline uint64_t view_u64(struct view *view)
{
	const uint8_t *from = view_take(view, 8);

	return from != NULL ? ttf_load64(from) : 0;
}

static inline void view_u64s(struct view *view, uint64_t *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = view_u64(view);
}

/* Copies, or leaves *to as it is. */
static inline void view_copy(struct view *view, void *to, size_t bytes)
{
	const uint8_t *from = view_take(view, bytes);

	if (from != NULL)
		memcpy(to, from, bytes);
}

static inline struct text view_text(struct view *view, size_t bytes)
{
	const uint8_t *from = view_take(view, bytes);

	return from != NULL ? (struct text){ (const char *)from, bytes } : (struct text){ "", 0 };
}

/* A string of snapshot.md: its length, then its bytes. */
static inline struct text view_string(struct view *view)
{
	return view_text(view, view_u16(view));
}

#endif
