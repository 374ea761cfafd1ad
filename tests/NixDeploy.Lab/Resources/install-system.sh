#!/bin/sh
# Puts a system that this machine has built into the root of a host that is off. Runs in a mount namespace of its own.
set -eu
root=$1 system=$2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin NIX_CONFIG=
# shellcheck disable=SC2046
nix-store --export $(nix-store --query --requisites "$system") | chroot "$root" nix-store --import >/dev/null
chroot "$root" nix-env --profile /nix/var/nix/profiles/system --set "$system"
ln -sfn "$system" "$root/boot/default"
