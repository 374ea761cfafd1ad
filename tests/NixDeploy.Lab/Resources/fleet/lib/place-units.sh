#!/bin/sh
# Puts this system's units where systemd finds them, in place of those of the system before.
set -eu
PATH=/usr/bin:/bin
units=$(readlink -f "$0")
units=${units%/lab/place-units}/etc/systemd/system
here=/run/systemd/system
mkdir -p "$here" /run/lab
touch /run/lab/units

while read -r placed; do rm -f "$here/$placed"; done </run/lab/units
(cd "$units" && find . ! -type d) | cut -c3- >/run/lab/units
while read -r unit; do
  case $unit in
    */*) mkdir -p "$here/${unit%/*}"; cp -P "$units/$unit" "$here/$unit" ;;
    *) cp -L "$units/$unit" "$here/$unit" ;;
  esac
done </run/lab/units
