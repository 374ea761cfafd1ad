# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: the record, and the steps: actions of switch-to-configuration in a unit of their own. A step writes its own
# exit code, for systemd-run --wait cannot be trusted with it.
run=$(field "$Txn/record" run)
fence=$(field "$Txn/record" fence)
boot=$(field "$Txn/record" boot)
target=$(field "$Txn/record" target)
profile=$(field "$Txn/record" profile)
generation=$(field "$Txn/record" generation)
old=$(field "$Txn/record" old)
old_profile=$(field "$Txn/record" old-profile)
old_default=$(field "$Txn/record" old-default)
force_activation=$(field "$Txn/record" force-activation)
mode=$(field "$Txn/record" mode)
guard=$(field "$Txn/record" guard)
back=$(field "$Txn/record" back)
reboot=$(field "$Txn/record" reboot)
restore_limit=$(field "$Txn/record" restore-limit)
PATH=$old/sw/bin:$PATH
HOME=/root
export HOME

is_system() { [ -x "$1/bin/switch-to-configuration" ]; }

# --- one step: an action of switch-to-configuration, which writes its own exit code ---

# What is to boot by default when the new system is not: what the profile names, whoever has set it, or named before.
default_system() {
  if profile_moved && is_system "$(readlink -f "$profile")"; then
    readlink -f "$profile"
  elif is_system "$old_default"; then
    echo "$old_default"
  else
    echo "$old"
  fi
}

step() { # name
  case $1 in
    try) system=$target action=test ;;
    switch) system=$target action=switch ;;
    boot) system=$target action=boot ;;
    old-default) system=$(default_system) action=boot back=yes ;;
    restore) system=$old action=test back=yes ;;
  esac
  if [ "$back" = yes ]; then export NIXOS_NO_CHECK=1; fi # no check of a system may keep the host from going back to it
  echo $$ >"$Work/step"
  "$system/bin/switch-to-configuration" "$action" </dev/null >"$Work/$1.output" 2>&1
  echo $? >"$Work/$1.exit.new"
  mv "$Work/$1.exit.new" "$Work/$1.exit"
}

# --- the lock of switch-to-configuration: one made of Perl awaits it without end and without a word, a newer one ends with 11 ---

switch_is_locked() {
  [ -e "$SwitchLock" ] || return 1
  flock -n "$SwitchLock" true
  [ $? -eq 1 ] # other codes: it cannot be looked at
}

# Whether our own step waits for it, as the kernel has it.
step_awaits_lock() (
  { read -r step <"$Work/step"; } 2>/dev/null && inode=$(stat -c %i "$SwitchLock" 2>/dev/null) || exit 1
  while read -r id arrow kind advisory access pid place rest; do
    if [ "$arrow" = '->' ] && [ "${place##*:}" = "$inode" ]; then
      while [ "${pid:-0}" -gt 1 ]; do
        if [ "$pid" = "$step" ]; then exit 0; fi
        pid=$(field "/proc/$pid/status" PPid:)
      done
    fi
  done </proc/locks
  exit 1
)

# For people: the processes that have it open. Only called when no step of ours runs.
note_lock_holders() {
  # shellcheck disable=SC2012 # it reads all links at once
  ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r line; do
    case $line in
      /proc/*/fd:)
        pid=${line#/proc/}
        pid=${pid%/fd:}
        ;;
      *" -> $SwitchLock") answer busy "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-200)" ;;
    esac
  done | uniq | head -n 3 | write_answers busy
}

# --- what somebody else has changed meanwhile ---

# Whether a system runs that is neither the old nor the new one. One of its own specialisations counts as the new one; and after a boot,
# what was booted as the old one.
is_foreign() (
  now=$(current_system)
  case $now in "$old" | "$target") exit 1 ;; esac
  is_system "$now" || exit 1
  if [ "$boot" != "$Boot" ] && [ "$now" = "$(readlink -f /run/booted-system)" ]; then exit 1; fi
  for specialisation in "$target"/specialisation/*; do
    if [ "$(readlink -f "$specialisation")" = "$now" ]; then exit 1; fi
  done
)

still_wanted() { # step
  case $1 in
    try | restore) ! is_foreign ;;
    boot | switch) ! profile_moved && { [ "$mode" = boot ] || ! is_foreign; } ;;
  esac
}

# --- the guard's side of a step ---

retry_for() { # seconds command…
  retry_until=$(($(uptime_seconds) + $1))
  shift
  until "$@"; do
    [ "$(uptime_seconds)" -lt "$retry_until" ] || return 1
    pause
  done
}

# Seconds to wait while another switch-to-configuration holds its lock; never the whole of the guard's own time. A commit and a
# rollback have no deadline, and wait for as long as they may take.
BusyLimit=60
if [ "${guard:-120}" -lt 120 ]; then BusyLimit=$((guard / 2)); fi

forget_step() { rm -f "$Work/$1.started" "$Work/$1.exit" "$Work/$1.output"; } # name

# Whether it has said that it stops or activates something.
has_begun() { grep -q -e '^stopping the following units' -e '^activating the configuration' "$Work/$1.output" 2>/dev/null; } # name

has_spoken() { [ -s "$Work/$1.output" ]; } # name

# Only when systemd says so: it answers nothing while it re-executes itself, which an activation may cause.
activation_gone() { case $(systemctl show -p ActiveState --value "$Activation" 2>/dev/null) in inactive | failed) ;; *) return 1 ;; esac; }

# For people: what systemd is at work on, such as a stop that does not end.
note_jobs() {
  systemctl list-jobs --plain --no-legend --no-pager --full 2>/dev/null | while read -r id unit type state; do
    if [ "$state" = running ]; then answer job "$unit" "$type"; fi
  done | head -n 20 | write_answers jobs
}

end_step() { # name
  if step_awaits_lock; then awaited=yes; else awaited=no; fi
  if has_spoken "$1"; then note_jobs; fi
  systemctl stop "$Activation" 2>/dev/null
  if [ "$awaited" = yes ]; then note_lock_holders; fi
}

await_step() { # name: sets code to its exit code, or to killed, late or interrupted
  while :; do
    if [ -e "$Work/$1.exit" ]; then
      read -r code <"$Work/$1.exit"
      return
    fi
    if activation_gone; then
      pause
      [ -e "$Work/$1.exit" ] && continue
      code=killed
      return
    fi
    if [ "$1" = try ] && decided; then
      code=interrupted
      return
    fi
    if [ "$(uptime_seconds)" -ge "$step_until" ]; then
      end_step "$1"
      code=late
      return
    fi
    if ! has_spoken "$1" && step_awaits_lock; then
      if [ "$(uptime_seconds)" -ge "$busy_until" ]; then
        end_step "$1"
        code=11
        return
      fi
    fi
    pause
  done
}

# Waits until no other switch-to-configuration is at work; 1, with code set, when the step is not to be begun.
await_lock() { # name
  while switch_is_locked; do
    if [ "$1" = try ] && decided; then code=interrupted; elif [ "$(uptime_seconds)" -ge "$busy_until" ]; then code=11; else
      sleep 1
      continue
    fi
    note_lock_holders
    return 1
  done
  still_wanted "$1" && return 0
  code=superseded
  return 1
}

# Whether a step that ended with 11 has done nothing, so that it is worth another try.
was_refused() { # name
  if has_begun "$1" || [ "$(current_system)" != "${ran-}" ]; then return 1; fi
  [ "$1" != restore ] || [ "$ran" != "$old" ]
}

run_step() { # name seconds: sets code
  step_until=$(($(uptime_seconds) + $2))
  case $1 in try | switch) busy_until=$(($(uptime_seconds) + BusyLimit)) ;; *) busy_until=$step_until ;; esac
  while :; do
    if [ ! -e "$Work/$1.started" ]; then
      await_lock "$1" || return
      while unit_alive "$Activation"; do pause; done # the step before has written its exit code and is about to end
      make_file "$Work/$1.started"
      ran=$(current_system)
      echo "nixdeploy: $1, run $run"
      # systemd does not answer for a moment while it re-executes itself.
      retry_for 15 transient "$Activation" --setenv=PATH="$PATH" /bin/sh "$Txn/guard.sh" "$1" || {
        code=unstartable
        return
      }
    fi
    await_step "$1"
    [ "$code" = 11 ] && was_refused "$1" && [ "$(uptime_seconds)" -lt "$busy_until" ] || return
    if [ "$1" = try ] && decided; then return; fi
    sleep 1
    forget_step "$1"
  done
}
