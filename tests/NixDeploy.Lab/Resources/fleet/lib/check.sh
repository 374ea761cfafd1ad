#!/bin/sh
# check system action: the system's pre-switch checks, and those that a test left on the host.
# shellcheck disable=SC2154
set -u
PATH=/usr/bin:/usr/sbin:/bin:/sbin
export PATH
system=$1 action=$2
# shellcheck source=/dev/null
. "$system/lab/common"
for script in "$system/lab/checks" /var/lib/lab/checks; do
  [ ! -e "$script" ] || sh "$script" "$system" "$action" || exit 1
done
case $action in
  switch | test) [ "$answer" -ne 1 ] || exit 1 ;;
  boot) exit 0 ;;
esac
[ "$inhibited" -eq 1 ] || exit 0
say "There are changes to critical components of the system: dbus"
say "Switching into this system is not recommended."
say "You probably want to run 'nixos-rebuild boot' and reboot your system instead."
exit 1
