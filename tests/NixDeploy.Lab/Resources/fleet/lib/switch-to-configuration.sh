#!/bin/sh
# switch-to-configuration as far as a deployer can see it: order, words and exit codes are those of NixOS, and it can be
# told to go wrong in every way that the real one does: by the system's own faults (hosts/<name>.nix), or by
# /var/lib/lab/faults on the host, which wins and can make the rollback fail.
set -u
PATH=/usr/bin:/usr/sbin:/bin:/sbin
export PATH
system=$(readlink -f "$0")
system=${system%/bin/switch-to-configuration}
action=${1-}
say() { echo "$*" >&2; }

case $action in
  switch | boot | test | dry-activate) ;;
  *) say "Usage: $0 [switch|boot|test|dry-activate]"; exit 1 ;;
esac
[ -e /etc/NIXOS ] || { say "This is not a NixOS installation!"; exit 1; }

answer=0 answer_boot=0 answer_dry=0 hang=0 half_way=0 inhibited=0
# shellcheck source=/dev/null
. "$system/lab/faults"
# shellcheck source=/dev/null
if [ -e /var/lib/lab/faults ]; then . /var/lib/lab/faults; fi

# Notes that it has come so far, and waits there for as long as a test holds it.
moment() {
  echo "$1 $system" >>/var/lib/lab/moments
  [ -e "/var/lib/lab/hold-$1" ] || return 0
  : >"/var/lib/lab/held-$1"
  while [ -e "/var/lib/lab/hold-$1" ]; do sleep 0.05; done
}

activates() { [ "$action" = switch ] || [ "$action" = test ]; }

install_boot_loader() {
  [ "$answer_boot" -eq 0 ] || { say "Failed to install bootloader"; exit "$answer_boot"; }
  say "updating the boot default..."
  moment boot-loader
  ln -sfn "$system" /boot/default.new && mv -T /boot/default.new /boot/default || exit 1
  moment boot-default
}

units_of() { (cd "$1/etc/systemd/system" 2>/dev/null && find . -maxdepth 1 ! -type d | cut -c3- | sort); }
active() { case $1 in active | activating | reloading) ;; *) return 1 ;; esac; }

running() { # unit…: those of them that run
  [ $# -gt 0 ] || return 0
  systemctl is-active -- "$@" | while read -r state; do
    if active "$state"; then echo "$1"; fi
    shift
  done
}
listed() { tr ' ' '\n' | grep . | sort | paste -sd, | sed 's/,/, /g'; }
announce() { [ -z "$2" ] || say "$1: $(printf '%s' "$2" | listed)"; }

# Sets gone, restarted and reloaded to the running units that the change from $old concerns.
compare() {
  gone='' restarted='' reloaded=''
  # shellcheck disable=SC2046
  for unit in $(running $(units_of "$old")); do
    if [ ! -e "$system/etc/systemd/system/$unit" ]; then
      gone="$gone $unit"
    elif cmp -s "$old/etc/systemd/system/$unit" "$system/etc/systemd/system/$unit"; then
      continue
    elif grep -q '^X-ReloadIfChanged=true' "$system/etc/systemd/system/$unit"; then
      reloaded="$reloaded $unit"
    else
      restarted="$restarted $unit"
    fi
  done
}

# Units that an active target wants and that do not run: systemd starts them when its target is started again.
stopped_units() {
  set --
  for want in "$system"/etc/systemd/system/*.wants/*; do
    [ -L "$want" ] || continue
    target=${want%.wants/*}
    set -- "$@" "${target##*/}" "${want##*/}"
  done
  [ $# -gt 0 ] || return 0
  systemctl is-active -- "$@" | while read -r of_target && read -r of_want; do
    if active "$of_target" && ! active "$of_want"; then echo "$2"; fi
    shift 2
  done | sort -u
}

active_targets() {
  systemctl list-units --type=target --state=active --no-legend --plain | cut -d ' ' -f 1 |
    grep -xE 'multi-user.target|local-fs.target|graphical.target|timers.target|sockets.target'
}

failed_units() { systemctl list-units --all --state=failed,auto-restart --no-legend --plain | cut -d ' ' -f 1; }

configure() {
  if activates && [ "${NIXOS_NO_CHECK-}" != 1 ]; then
    [ "$answer" -ne 1 ] || { say "Pre-switch checks failed"; exit 1; }
    if [ "$inhibited" -eq 1 ]; then
      say "There are changes to critical components of the system: dbus"
      say "Switching into this system is not recommended."
      say "You probably want to run 'nixos-rebuild boot' and reboot your system instead."
      exit 1
    fi
  fi
  case $action in switch | boot) install_boot_loader ;; esac
  if [ "${NIXOS_NO_SYNC-}" != 1 ]; then sync; fi
  [ "$action" != boot ] || exit 0
  if activates && [ "$answer" -eq 100 ]; then
    say "Warning: the new NixOS configuration has an 'init' that is incompatible with the current configuration."
    say "The new configuration won't take effect until you reboot the system."
    exit 100
  fi

  old=$(readlink -f /run/current-system)
  compare
  if [ "$action" = dry-activate ]; then
    [ "$answer_dry" -eq 0 ] || { say "error: cannot work out what would change"; exit "$answer_dry"; }
    announce "would stop the following units" "$gone"
    say "would activate the configuration..."
    announce "would reload the following units" "$reloaded"
    announce "would restart the following units" "$restarted"
    announce "would start the following units" "$(stopped_units)"
    exit 0
  fi

  moment activating
  # Left behind when this is killed, and used by the next one.
  restarted="$restarted $(cat /run/nixos/start-list 2>/dev/null)"
  printf '%s\n' "$restarted" | tr ' ' '\n' | grep . >/run/nixos/start-list
  announce "stopping the following units" "$gone$restarted"
  # shellcheck disable=SC2086
  [ -z "$gone${restarted# }" ] || systemctl stop -- $gone $restarted
  [ "$half_way" -eq 0 ] || { say "Died half way"; exit 1; }

  result=0
  say "activating the configuration..."
  if [ "$hang" -eq 1 ]; then
    trap '' TERM INT HUP
    while :; do sleep 60; done
  fi
  LAB_SWITCH_PID=$$ "$system/activate" "$system" || result=2
  "$system/lab/place-units" || result=3
  systemctl reset-failed
  systemctl daemon-reload || result=3

  if [ -n "$reloaded" ]; then
    announce "reloading the following units" "$reloaded"
    # shellcheck disable=SC2086
    systemctl reload -- $reloaded || result=3
  fi
  announce "starting the following units" "$restarted $(stopped_units)"
  for unit in $restarted; do
    if [ -e "$system/etc/systemd/system/$unit" ]; then systemctl start -- "$unit" || result=4; fi
  done
  # shellcheck disable=SC2046
  systemctl start -- $(active_targets) || result=4
  rm -f /run/nixos/start-list

  sleep 0.25 # a service that dies at once has died by now
  failed=$(failed_units)
  if [ -n "$failed" ]; then
    say "warning: the following units failed: $(printf '%s' "$failed" | listed)"
    timeout 5 journalctl --sync 2>/dev/null # what a unit said last may be on its way still
    # shellcheck disable=SC2086
    systemctl status --no-pager --full -- $failed >&2
    result=4
  fi
  case $answer in 2 | 3 | 4) result=$answer ;; esac
  moment activated
  exit "$result"
}

mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
if [ "$answer" -eq 11 ] || ! flock -n 9; then say "Could not acquire lock"; exit 11; fi
configure 9>&- # nothing that this starts inherits the lock
