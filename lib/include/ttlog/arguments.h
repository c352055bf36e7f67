/*
 * ttlog/arguments.h - the arguments of a call place, one by one: how many there are, of which type, and their values. Part of
 * <ttlog.h>: include that.
 *
 * The types are told by _Generic, after the promotions that printf's arguments undergo; the counting and mapping of
 * macro arguments is the usual shifting of a list of numbers.
 */
#ifndef TTLOG_ARGUMENTS_H
#define TTLOG_ARGUMENTS_H

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_signed(long long x)
{
	return (struct tt_impl_value){ (uint64_t)x, 0 };
}

/* The upper half of what takes 32 bits in the record is nothing, so that it costs nothing. */
TT_IMPL_INLINE struct tt_impl_value tt_impl_from_int(int x)
{
	return (struct tt_impl_value){ (uint32_t)x, 0 };
}

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_unsigned(unsigned long long x)
{
	return (struct tt_impl_value){ x, 0 };
}

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_double(double x)
{
	struct tt_impl_value value = { 0, 0 };

	memcpy(&value.bits, &x, sizeof(x));
	return value;
}

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_float(float x)
{
	return tt_impl_from_double((double)x);
}

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_long_double(long double x)
{
	struct tt_impl_value value = { 0, 0 };

	/* Of an x87 extended only ten bytes are the value; the rest stays zero. */
	memcpy(&value, &x, TT_IMPL_LONG_DOUBLE == TT_IMPL_F80 ? 10 : sizeof(x));
	return value;
}

TT_IMPL_INLINE struct tt_impl_value tt_impl_from_pointer(const volatile void *x)
{
	return (struct tt_impl_value){ (uintptr_t)x, 0 };
}

/* A thing of the argument's type after the usual promotions, for _Generic, without naming its side effects. */
#define TT_IMPL_PROMOTED(x) (*(__typeof__(1 ? (x) : (x)) *)0)

#define TT_IMPL_TYPE(x)                                                                                      \
	_Generic(TT_IMPL_PROMOTED(x),                                                                        \
		int: TT_IMPL_I32,                                                                            \
		unsigned int: TT_IMPL_U32,                                                                   \
		long: TT_IMPL_LONG,                                                                          \
		unsigned long: TT_IMPL_ULONG,                                                                \
		long long: TT_IMPL_I64,                                                                      \
		unsigned long long: TT_IMPL_U64,                                                             \
		float: TT_IMPL_F64,                                                                          \
		double: TT_IMPL_F64,                                                                         \
		long double: TT_IMPL_LONG_DOUBLE,                                                            \
		char *: TT_IMPL_STR,                                                                         \
		const char *: TT_IMPL_STR,                                                                   \
		volatile char *: TT_IMPL_STR,                                                                \
		const volatile char *: TT_IMPL_STR,                                                          \
		signed char *: TT_IMPL_STR,                                                                  \
		const signed char *: TT_IMPL_STR,                                                            \
		volatile signed char *: TT_IMPL_STR,                                                         \
		const volatile signed char *: TT_IMPL_STR,                                                   \
		unsigned char *: TT_IMPL_STR,                                                                \
		const unsigned char *: TT_IMPL_STR,                                                          \
		volatile unsigned char *: TT_IMPL_STR,                                                       \
		const volatile unsigned char *: TT_IMPL_STR,                                                 \
		wchar_t *: TT_IMPL_WSTR,                                                                     \
		const wchar_t *: TT_IMPL_WSTR,                                                               \
		volatile wchar_t *: TT_IMPL_WSTR,                                                            \
		const volatile wchar_t *: TT_IMPL_WSTR,                                                      \
		default: TT_IMPL_PTR)

#define TT_IMPL_VALUE(x)                                                                                     \
	_Generic(TT_IMPL_PROMOTED(x),                                                                        \
		int: tt_impl_from_int,                                                                       \
		unsigned int: tt_impl_from_unsigned,                                                         \
		long: tt_impl_from_signed,                                                                   \
		unsigned long: tt_impl_from_unsigned,                                                        \
		long long: tt_impl_from_signed,                                                              \
		unsigned long long: tt_impl_from_unsigned,                                                   \
		float: tt_impl_from_float,                                                                   \
		double: tt_impl_from_double,                                                                 \
		long double: tt_impl_from_long_double,                                                       \
		default: tt_impl_from_pointer)(x)

/* What an empty list has in place of an element. */
#define TT_IMPL_TYPE_NONE 0
#define TT_IMPL_VALUE_NONE                                                                                   \
	{                                                                                                    \
		0, 0                                                                                         \
	}

/* TT_IMPL_COUNT(format, ...): how many arguments follow the format. */
#define TT_IMPL_COUNT(...)                                                                                   \
	TT_IMPL_COUNT_(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, \
		       2, 1, 0, 0)
#define TT_IMPL_COUNT_(f, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, \
		       a21, a22, a23, a24, n, ...)                                                           \
	n

#define TT_IMPL_FORMAT(...) TT_IMPL_FORMAT_(__VA_ARGS__, 0)
#define TT_IMPL_FORMAT_(format, ...) format

#define TT_IMPL_PASTE(a, b) TT_IMPL_PASTE_(a, b)
#define TT_IMPL_PASTE_(a, b) a##b

/* TT_IMPL_MAP(F, format, ...): F(argument), for each argument. */
#define TT_IMPL_MAP(F, ...) TT_IMPL_PASTE(TT_IMPL_MAP_, TT_IMPL_COUNT(__VA_ARGS__))(F, __VA_ARGS__)
#define TT_IMPL_MAP_0(F, f) F##_NONE
#define TT_IMPL_MAP_1(F, f, a) F(a),
#define TT_IMPL_MAP_2(F, f, a, ...) F(a), TT_IMPL_MAP_1(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_3(F, f, a, ...) F(a), TT_IMPL_MAP_2(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_4(F, f, a, ...) F(a), TT_IMPL_MAP_3(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_5(F, f, a, ...) F(a), TT_IMPL_MAP_4(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_6(F, f, a, ...) F(a), TT_IMPL_MAP_5(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_7(F, f, a, ...) F(a), TT_IMPL_MAP_6(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_8(F, f, a, ...) F(a), TT_IMPL_MAP_7(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_9(F, f, a, ...) F(a), TT_IMPL_MAP_8(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_10(F, f, a, ...) F(a), TT_IMPL_MAP_9(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_11(F, f, a, ...) F(a), TT_IMPL_MAP_10(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_12(F, f, a, ...) F(a), TT_IMPL_MAP_11(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_13(F, f, a, ...) F(a), TT_IMPL_MAP_12(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_14(F, f, a, ...) F(a), TT_IMPL_MAP_13(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_15(F, f, a, ...) F(a), TT_IMPL_MAP_14(F, f, __VA_ARGS__)
#define TT_IMPL_MAP_16(F, f, a, ...) F(a), TT_IMPL_MAP_15(F, f, __VA_ARGS__)
/* More than 16: the first is enough to reach the assertion that says so. */
#define TT_IMPL_MAP_17(F, f, a, ...) F(a),
#define TT_IMPL_MAP_18 TT_IMPL_MAP_17
#define TT_IMPL_MAP_19 TT_IMPL_MAP_17
#define TT_IMPL_MAP_20 TT_IMPL_MAP_17
#define TT_IMPL_MAP_21 TT_IMPL_MAP_17
#define TT_IMPL_MAP_22 TT_IMPL_MAP_17
#define TT_IMPL_MAP_23 TT_IMPL_MAP_17
#define TT_IMPL_MAP_24 TT_IMPL_MAP_17

#endif
