#!/bin/bash
# make.sh MACHINE[-VARIANT] TARGET... - make, for another machine. In TARGET, @ stands for its build directory.
#
# Environment: BUILD, CROSS_ROOTS: see machine.sh. CROSS_CC (gcc or clang; default gcc), CROSS_CFLAGS (default: -O2 -g), V.
# shellcheck disable=SC2154 # machine.sh sets them
set -u

. "$(dirname "$0")/machine.sh"
machine_use "$1" || exit 1
shift
"$(dirname "$0")/root.sh" "$machine" || exit 1

case ${CROSS_CC:-gcc} in
gcc) compiler=$triplet-gcc ;;
clang) compiler="clang --target=$triplet" ;;
esac
libraries=$root/usr/lib/$triplet

# The flags of the make that called us are for this machine.
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS CFLAGS LDFLAGS
export PKG_CONFIG_LIBDIR=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cd "$top" || exit 1
exec make --no-print-directory SETUP=: ${V:+V="$V"} BUILD="$out" CC="$compiler" AR="$triplet-ar" OBJCOPY="$triplet-objcopy" \
	CFLAGS="${CROSS_CFLAGS:--O2 -g}" CPPFLAGS="-I$root/usr/include" LDFLAGS="-L$libraries -Wl,-rpath,$libraries" "${@//@/$out}"
