#!/bin/sh
# install-boot-loader system: the system is what the host boots from now on.
# shellcheck disable=SC2154
set -u
PATH=/usr/bin:/usr/sbin:/bin:/sbin
export PATH
system=$1
# shellcheck source=/dev/null
. "$system/lab/common"
[ "$answer_boot" -eq 0 ] || exit "$answer_boot"
say "updating the boot default..."
moment boot-loader
ln -sfn "$system" /boot/default.new && mv -T /boot/default.new /boot/default || exit 1
moment boot-default
