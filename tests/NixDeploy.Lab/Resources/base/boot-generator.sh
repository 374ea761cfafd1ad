#!/bin/sh
# The lab's boot loader. systemd runs generators before it reads its units: at boot this hands over to the init of the
# system that switch-to-configuration last noted as the boot default, and at every later daemon-reload it does nothing.
# Only /run can be written to here, and there is no PATH.
PATH=/usr/bin
[ ! -e /run/booted-system ] || exit 0
default=$(readlink -f /boot/default) || exit 0
[ -x "$default/init" ] || exit 0
exec "$default/init"
