#!/bin/sh
# switch-to-configuration as far as a deployer can see it: order, words and exit codes are those of NixOS (of its script in Perl, or of
# the newer one in Rust), and it can be told to go wrong in every way that the real one does: by the system's own faults
# (hosts/<name>.nix), or by /var/lib/lab/faults on the host, which wins and can make the rollback fail.
# shellcheck disable=SC2154
set -u
PATH=/usr/bin:/usr/sbin:/bin:/sbin
export PATH
system=$(readlink -f "$0")
system=${system%/bin/switch-to-configuration}
# shellcheck source=/dev/null
. "$system/lab/common"
action=${1-}

actions='switch|boot|test|dry-activate'
if [ "$newer" -eq 1 ]; then actions="check|$actions"; fi
case "|$actions|" in
  *"|$action|"*) ;;
  *) say "Usage: $0 [$actions]"; exit 1 ;;
esac
[ -e /etc/NIXOS ] || { say "This is not a NixOS installation!"; exit 1; }

activates() { [ "$action" = switch ] || [ "$action" = test ]; }

# What units have to do with the change, each line "what unit"; what an earlier run did not finish is done too.
plan_units() {
  for what in start restart reload; do
    if [ -e "/run/nixos/$what-list" ]; then sed "s/^/$what /" "/run/nixos/$what-list"; fi
  done
  {
    find -L "$old/etc/systemd/system" "$system/etc/systemd/system" -mindepth 2 -maxdepth 2 -path '*.d/*.conf' | sort | sed 's/^/drop-in /'
    printf '%s\n' "$known" | awk '{ print "unit", $1, $3 }'
    printf '%s\n' "$asked"
  } | awk -v old="$old/etc/systemd/system" -v new="$system/etc/systemd/system" -f "$system/lab/units"
}

list_units() { systemctl list-units --full --plain --no-legend "$@"; }
planned() { printf '%s\n' "$plan" | grep "^$1 " | cut -d ' ' -f 2- | LC_ALL=C sort -u; } # what
announce() { # words what
  planned "$2" | if [ "$2" = start ]; then grep -vxF -e "$(planned target)"; else cat; fi | listed "$1"
}
listed() { # words: says them with the names that are read, if any
  names=$(paste -sd, | sed 's/,/, /g')
  [ -z "$names" ] || say "$1: $names"
}
# shellcheck disable=SC2046
control() { set -- "$1" -- $(planned "$2"); [ $# -eq 2 ] || systemctl "$@"; } # verb what

record() { # Left behind when this is killed, and used by the next one.
  { planned start; planned target; } >/run/nixos/start-list
  planned restart >/run/nixos/restart-list
  planned reload >/run/nixos/reload-list
}

failed_units() {
  list_units --all --state=failed | cut -d ' ' -f 1
  list_units --all --state=auto-restart | cut -d ' ' -f 1 | while read -r unit; do
    [ "$(systemctl show -P ExecMainStatus "$unit")" = 0 ] || echo "$unit"
  done
}

configure() {
  if [ "${NIXOS_NO_CHECK-}" != 1 ]; then "$system/lab/check" "$system" "$action" || { say "Pre-switch checks failed"; exit 1; }; fi
  [ "$action" != check ] || exit 0
  case $action in switch | boot) "$system/lab/install-boot-loader" "$system" || { say "Failed to install bootloader"; exit 1; } ;; esac
  if [ "${NIXOS_NO_SYNC-}" != 1 ]; then sync -f /nix/store; fi
  [ "$action" != boot ] || exit 0
  if { activates && [ "$answer" -eq 100 ]; } || ! cmp -s /run/current-system/init-interface-version "$system/init-interface-version"; then
    say "Warning: the new NixOS configuration has an 'init' that is"
    say "incompatible with the current configuration.  The new configuration"
    say "won't take effect until you reboot the system."
    exit 100
  fi

  old=$(readlink -f /run/current-system)
  known=$(list_units)
  asked=''
  plan=$(plan_units)
  restarts_systemd=0
  cmp -s "$old/etc/systemd/system.conf" "$system/etc/systemd/system.conf" || restarts_systemd=1
  if [ "$action" = dry-activate ]; then
    stop_swap "would stop"
    dry_activate
  else
    moment activating
    stop_swap stopping
    activate
  fi
}

dry_activate() {
  [ "$answer_dry" -eq 0 ] || { say "error: cannot work out what would change"; exit "$answer_dry"; }
  announce "would stop the following units" stop
  announce "would NOT stop the following changed units" skip
  say "would activate the configuration..."
  "$system/dry-activate" "$system"
  [ "$restarts_systemd" -eq 0 ] || say "would restart systemd"
  announce "would reload the following units" reload
  announce "would restart the following units" restart
  announce "would start the following units" start
}

# Adds what the activation script asked for.
add_asked() {
  for how in restart reload; do
    list=/run/nixos/activation-$how-list
    [ -e "$list" ] || continue
    asked="$asked
$(sed "s/^/asked $how /" "$list")"
    rm "$list"
  done
  [ -z "$asked" ] || plan=$(plan_units)
}

# A unit that was stopped with another one cannot be reloaded.
start_instead_of_reload() {
  for unit in $(planned reload); do
    systemctl is-active --quiet "$unit" || plan="$(printf '%s\n' "$plan" | grep -vxF "reload $unit")
start $unit"
  done
}

stop_swap() { # words
  for device in $(swap_devices "$old" | grep -vxF -e "$(swap_devices "$system")"); do
    say "$1 swap device: $device"
    [ "$1" != stopping ] || swapoff "$device"
  done
}
swap_devices() { awk '$1 !~ /^#/ && $3 == "swap" { print $1 }' "$1/etc/fstab" 2>/dev/null; }

activate() {
  record
  announce "stopping the following units" stop
  control stop stop
  [ "$half_way" -eq 0 ] || { say "Died half way"; exit 1; }
  announce "NOT restarting the following changed units" skip

  result=0
  say "activating the configuration..."
  if [ "$hang" -eq 1 ]; then
    trap '' TERM INT HUP
    while :; do sleep 60; done
  fi
  LAB_SWITCH_PID=$$ "$system/activate" "$system" || result=2
  add_asked
  if [ "$restarts_systemd" -eq 1 ]; then
    say "restarting systemd..."
    systemctl daemon-reexec || result=2
  fi
  systemctl reset-failed
  reload_systemd
  say "restarting sysinit-reactivation.target"
  systemctl restart sysinit-reactivation.target || result=4

  start_instead_of_reload
  announce "reloading the following units" reload
  control reload reload || result=4
  announce "restarting the following units" restart
  control restart restart || result=4
  announce "starting the following units" start
  plan="$plan
$(planned target | sed 's/^/start /')"
  control start start || result=4
  rm -f /run/nixos/start-list /run/nixos/restart-list /run/nixos/reload-list

  sleep 0.25 # a service that dies at once has died by now
  tell_what_came
  case $answer in 2 | 3 | 4) result=$answer ;; esac
  [ "$answer_after" -eq 0 ] || result=$answer_after
  moment activated
  exit "$result"
}

reload_systemd() {
  if [ "$daemon_reload" -eq 0 ] && systemctl daemon-reload; then return; fi
  if [ "$newer" -eq 1 ]; then
    say "Error: systemd daemon reload failed, timeout after 180s"
    exit 1
  fi
  result=3
}

tell_what_came() {
  failed=$(failed_units)
  before=$(printf '%s\n' "$known" | cut -d ' ' -f 1)
  list_units | cut -d ' ' -f 1 | grep -v '\.scope$' | grep -vxF -e "$before" | grep -vxF -e "${failed:-/}" | LC_ALL=C sort | listed "the following new units were started"
  [ -n "$failed" ] || return 0
  printf '%s\n' "$failed" | LC_ALL=C sort | listed "warning: the following units failed"
  say ""
  timeout 5 journalctl --sync 2>/dev/null # what a unit said last may be on its way still
  # shellcheck disable=SC2086
  systemctl status --no-pager --full -- $failed >&2
  result=4
}

mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
if [ "$answer" -eq 11 ]; then
  say "Could not acquire lock"
  exit 11
elif [ "$newer" -eq 1 ]; then
  flock -n 9 || { say "Could not acquire lock"; exit 11; }
else
  flock 9
fi
configure 9>&- # nothing that this starts inherits the lock
