#!/bin/bash
# root.sh MACHINE - fetches the libraries that the programs for MACHINE link with, and unpacks them in its root.
#
# Compilers, C libraries and the emulator are ordinary packages of this machine (tools/setup.sh cross). liblz4 and check are only there
# as packages of the other machine. Adding its architecture to dpkg would change the whole system, and installing needs root; so apt gets
# directories, lists and a package database of its own, and what it downloads is unpacked here. Nothing of it is ever run by us but
# in the emulator. apt verifies the packages as always, and takes them from the mirrors that it is configured with.
#
# CROSS_ROOTS: see machine.sh. Exit status: 0 all is there, 1 it cannot be fetched.
# shellcheck disable=SC2154 # machine.sh sets them
set -u

. "$(dirname "$0")/machine.sh"
packages=(check libsubunit-dev libsubunit0 liblz4-dev liblz4-1 libc-bin)

[ $# -eq 1 ] || {
	echo "usage: tests/cross/root.sh MACHINE" >&2
	exit 1
}
machine_use "$1" || exit 1
[ ! -e "$root/.complete" ] || exit 0

apt() {
	apt-get -qq -o APT::Architecture="$debian" -o APT::Architectures="$debian" -o Dir::State="$new/apt/state" \
		-o Dir::State::status="$new/apt/status" -o Dir::Cache="$new/apt/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

fetch() {
	mkdir -p "$new/apt/state/lists/partial" "$new/apt/cache/archives/partial" "$new/packages" || return
	: >"$new/apt/status"
	# Sources that know nothing of this machine make this fail; whether enough was found the download shows.
	apt update || true
	(cd "$new/packages" && apt download "${packages[@]}")
}

new=$root.new
rm -rf "$root" "$new"
mkdir -p "$new" || exit 1
if ! fetch >"$new/report" 2>&1; then
	sed 's/^/  /' "$new/report" >&2
	echo "cross: cannot fetch ${packages[*]} for $machine, see above; without a network, unpack them in $root and make $root/.complete" >&2
	exit 1
fi
for package in "$new"/packages/*.deb; do
	dpkg-deb -x "$package" "$new" || exit 1
done
# Only what is linked with, and the locales. (A directory such as ld.so.conf.d would look to make like its own lists of headers.)
rm -rf "${new:?}"/{apt,packages,report,etc,sbin,var} "${new:?}"/usr/{bin,sbin,share}
: >"$new/.complete"
mv "$new" "$root"
