/*
 * types.c SNAPSHOT - every type of argument that C and printf have, one event each or several.
 */
#include <inttypes.h>
#include <limits.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define TT_TARGET "api.types"
#include "api.h"

enum signed_enum { MINUS = -5, PLUS = 5 };
enum unsigned_enum { HUGE_ONE = INT_MAX };
enum __attribute__((packed)) small_enum { SMALL = 200 };

struct bits {
	signed int narrow : 5;
	unsigned int wide : 31;
	unsigned int full : 32;
	bool flag : 1;
	unsigned long long far : 40;
};

static void integers(void)
{
	char c = 'x';
	signed char sc = SCHAR_MIN;
	unsigned char uc = UCHAR_MAX;
	short s = SHRT_MIN;
	unsigned short us = USHRT_MAX;
	const volatile int ci = -7;
	bool yes = true;

	SAY("%c %c %c", c, 'A', uc % 64 + 64);
	SAY("%hhd %hhu %hhx", sc, uc, uc);
	SAY("%d %u", sc, uc);
	SAY("%hd %hu %ho", s, us, us);
	SAY("%d %i %u %x %X %o", INT_MIN, INT_MAX, UINT_MAX, UINT_MAX, 0xabcu, 0777u);
	SAY("%ld %lu %lx", LONG_MIN, ULONG_MAX, LONG_MAX);
	SAY("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
	SAY("%d %d", yes, !yes);
	SAY("%d", ci);
	SAY("%d", (setlocale(LC_ALL, NULL), 4) + 1);
}

static void named_integers(void)
{
	SAY("%zu %zd %zx", SIZE_MAX, (ptrdiff_t)-1, sizeof(int));
	SAY("%td", (ptrdiff_t)PTRDIFF_MIN);
	SAY("%jd %ju", INTMAX_MIN, UINTMAX_MAX);
	SAY("%" PRId8 " %" PRIu16 " %" PRId32 " %" PRIu64, (int8_t)-1, (uint16_t)65535, (int32_t)-1,
	    UINT64_MAX);
	SAY("%" PRIxPTR " %" PRIdFAST16 " %" PRIuLEAST32, (uintptr_t)0xbeef, (int_fast16_t)-3,
	    (uint_least32_t)9);
}

static void enums_and_bits(void)
{
	struct bits bits = { -9, 0x7fffffff, 0xffffffff, true, (1ull << 40) - 1 };
	enum signed_enum minus = MINUS;
	enum unsigned_enum huge = HUGE_ONE;
	enum small_enum small = SMALL;

	SAY("%d %d", minus, PLUS);
	SAY("%u", huge);
	SAY("%u", small);
	SAY("%d %u %u %d", bits.narrow, bits.wide, bits.full, bits.flag);
	SAY("%llu", (unsigned long long)bits.far); /* without the cast printf warns, too */
}

static void reals(void)
{
	float f = 0.1f;
	volatile double d = -0.0;

	SAY("%f %g %e %a", f, f, f, f);
	SAY("%f %.17g %a", 0.1, 0.1, 0.1);
	SAY("%f %e %g %G", d, DBL_MAX, DBL_MIN, DBL_EPSILON);
	SAY("%f %F %e %g %a", INFINITY, -INFINITY, (double)NAN, -HUGE_VAL, (double)INFINITY);
	SAY("%Lf %Lg %La", 0.1L, LDBL_MAX, LDBL_MIN);
	SAY("%Lf %LF", (long double)INFINITY, -(long double)NAN);
	SAY("%d %f %Lg %s %c %Lg %f %d", 1, 2.5, 3.25L, "four", '5', 6.5L, 7.75, 8);
	SAY("%+.3e|%-12.2f|%012.4f|% g|%#g", 12345.678, 1.5, -1.5, 2.0, 2.0);
}

static void strings(void)
{
	char array[16] = "array";
	const char cut[4] = { 'f', 'o', 'u', 'r' };
	char *const fixed = array;
	char *volatile moving = array;
	const volatile char *odd = array;
	volatile char odd_array[] = "odd array";
	signed char signed_text[] = "signed";
	unsigned char unsigned_text[] = "unsigned";
	char *volatile null = NULL;
	int precision = 3;

	SAY("%s %s %s", "literal", array, array + 2);
	SAY("%s %s %s %s", fixed, moving, odd, odd_array);
	SAY("%s %s", (char *)signed_text, (char *)unsigned_text);
	SAY("%.4s|%.3s|%.0s|%.*s|%.*s", cut, cut, cut, precision, cut, 0, cut);
	SAY("%.*s|%.*s", -1, "all of it", 100, "all of it too");
	SAY("%10s|%-10s|%10.2s|%*s|%-*s", "right", "left", "cut", 8, "star", 8, "minus");
	SAY("%s", "");
	SAY("%s %10s|%.3s|%.10s", null, null, null, null);
	SAY("%s", __func__);
	SAY("%s", (array[0] = 'A', array));
	SAY("%s", precision > 2 ? "more" : "less");
	SAY("%s", "1234567"
		  "8");
	SAY("%s", "12345678"
		  "9");
	SAY("%s", "12345678"
		  "12345678");
	SAY("%s", "12345678"
		  "12345678"
		  "1");
	SAY("%s|%s|%s|%s|%s", "1", "12", "123", "1234", "12345");
}

static void wide_strings(void)
{
	wchar_t array[] = L"wide \u00e4\u20ac";
	const wchar_t cut[3] = { L'a', L'b', L'c' };
	wchar_t *volatile null = NULL;
	volatile wchar_t odd[] = L"odd";

	SAY("%ls|%.7ls|%10ls|%-10ls|", array, array, L"x", L"y");
	SAY("%.3ls|%.*ls", cut, 2, cut);
	SAY("%ls %S", null, L"S");
	SAY("%ls", odd);
	SAY("%lc %lc %C", (wint_t)L'\u20ac', (wint_t)L'x', (wint_t)L'y');
}

static void pointers(void)
{
	int i = 0;
	const int *const_pointer = &i;
	int *volatile volatile_pointer = &i;
	const volatile void *both = &i;
	int **twice = (int **)(uintptr_t)&volatile_pointer;
	char text[] = "x";

	SAY("%p %p %p %p", (void *)&i, (const void *)const_pointer, (void *)volatile_pointer, both);
	SAY("%p %p", (void *)twice, (void *)text);
	SAY("%p %p", NULL, (void *)0);
	SAY("%p %p", (void *)"not read", (void *)L"not read");
	SAY("%20p|%-20p|", (void *)&i, NULL);
	TT_INFO("%p %p %p", text, (unsigned char *)text,
		L"wide"); /* char and wchar_t pointers, printed as pointers */
	TT_INFO("%p %p", (char *)1, (char *)NULL);
	printf("%p %p %p\n", (void *)text, (void *)text, (const void *)L"wide");
	printf("%p %p\n", (void *)1, (void *)NULL);
}

static void many(void)
{
	SAY("none");
	SAY("%%");
	SAY("100%% of %d", 1);
	SAY("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
	SAY("%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s", "a", "bb", "ccc", "d", "e", "f", "g", "h", "i", "j", "k", "l",
	    "m", "n", "o", "p");
	SAY("%d %s %f %ld %c %Lf %p %hd %s %u %llu %zu %g %s %x %ls", 1, "two", 3.0, 4l, '5', 6.0L, (void *)7,
	    (short)8, "nine", 10u, 11ull, (size_t)12, 13.0, "fourteen", 15u, L"sixteen");
	SAY("%2$s %1$d %2$s", 1, "two");
	SAY("%1$.2s %1$s", "twice");
	SAY("%2$.*1$s", 3, "positional");
}

static void errnos(void)
{
	errno = ENOENT;
	SAY("%m");
	errno = EACCES;
	SAY("open %s: %m (%d)", "file", 5);
	errno = 0;
	SAY("%m|%30m|%-30m|%.3m");
	errno = ENOSPC;
	SAY("%d %m %s %m", 5, "x");
	errno = 0;
}

/* What has no effect must not be said twice: recorded and printed apart. */
static void effects(void)
{
	int count = 0, other = 5;
	const char *text = "abc";

	TT_INFO("%d %d %s", count++, (other += 10), text++);
	MUST(count == 1 && other == 15);
	MUST(*text == 'b');
	printf("0 15 abc\n");
}

int main(int argc, char **argv)
{
	MUST(argc == 2);
	MUST(setlocale(LC_ALL, "C.UTF-8") != NULL);
	integers();
	named_integers();
	enums_and_bits();
	reals();
	strings();
	wide_strings();
	pointers();
	many();
	errnos();
	effects();
	MUST(tt_snapshot(argv[1], NULL) == 0);
	return 0;
}
