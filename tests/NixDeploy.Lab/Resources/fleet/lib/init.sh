#!/bin/sh
# What the boot loader starts: this system is now the booted and the current one, and its units are systemd's.
set -eu
PATH=/usr/bin:/bin
system=$(readlink -f "$0")
system=${system%/init}
ln -sfn "$system" /run/current-system
ln -sfn "$system" /run/booted-system
