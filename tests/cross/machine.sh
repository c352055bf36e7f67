# shellcheck shell=bash disable=SC2034
# machine.sh - sourced: what the scripts of this room know of the machines that they build for.
#
# machine_use MACHINE[-VARIANT] sets, or fails (a variant, of compiler or level, has a build directory of its own and nothing else):
#   debian      Debian's name of it, for the packages of libraries
#   triplet     what stands before the cross compiler's name
#   root        where libraries of that machine are unpacked
#   out         the build directory for it
#   emulator    the command that runs programs of it
# and exports what the emulator and the programs in it need. BUILD (default: build) is the directory of all builds; CROSS_ROOTS (default:
# $BUILD/cross/roots) that of the unpacked libraries, which may be shared between trees.

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
build=$(realpath -m "${BUILD:-build}")
roots=$(realpath -m "${CROSS_ROOTS:-$build/cross/roots}")

machine_use() {
	machine=${1%%-*}
	case $machine in
	aarch64) debian=arm64 triplet=aarch64-linux-gnu ;;
	s390x) debian=s390x triplet=s390x-linux-gnu ;;
	*)
		echo "cross: unknown machine: $machine" >&2
		return 1
		;;
	esac
	root=$roots/$machine
	out=$build/cross/$1
	emulator=qemu-$machine
	export QEMU_LD_PREFIX=/usr/$triplet # where Debian's cross compilers have the C library
	export LOCPATH=$root/usr/lib/locale # the machine's own: their bytes depend on its byte order
	for tool in "$triplet-gcc" "$emulator"; do
		command -v "$tool" >/dev/null || {
			echo "cross: $tool is missing: tools/setup.sh cross installs it" >&2
			return 1
		}
	done
}
