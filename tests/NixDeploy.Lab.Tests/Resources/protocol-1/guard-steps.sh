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
old_generation=$(field "$Txn/record" old-generation)
last_generation=$(field "$Txn/record" last-generation)
anew=$(field "$Txn/record" anew)
mode=$(field "$Txn/record" mode)
guard=$(field "$Txn/record" guard)
reboot=$(field "$Txn/record" reboot)
restore_limit=$(field "$Txn/record" restore-limit)
PATH=$old/sw/bin:$PATH
HOME=/root
export HOME

# --- one step: an action of switch-to-configuration, which writes its own exit code ---

# What booted by default before: not what the profile points to, which the way back may not have been able to change.
old_default() { if [ -n "$old_generation" ]; then readlink -f "$profile-$old_generation-link"; else echo "$old"; fi; }

step() { # name
  case $1 in
    try) system=$target action=test ;;
    switch) system=$target action=switch ;;
    boot) system=$target action=boot ;;
    back) system=$(old_default) action=boot ;;
    restore)
      system=$old action=test
      export NIXOS_NO_CHECK=1
      ;;
  esac
  "$system/bin/switch-to-configuration" "$action" </dev/null >"$Work/$1.output" 2>&1
  echo $? >"$Work/$1.exit.new"
  mv "$Work/$1.exit.new" "$Work/$1.exit"
}

if [ $# -gt 0 ]; then
  step "$1"
  exit 0
fi

# --- the same, seen from the guard ---

patiently() { # seconds command…
  patience=$(($(uptime_seconds) + $1))
  shift
  until "$@"; do
    [ "$(uptime_seconds)" -lt "$patience" ] || return 1
    nap
  done
}

# Seconds to wait while somebody else's switch-to-configuration holds its lock; never the whole of the guard's own time.
BusyLimit=60
if [ "${guard:-120}" -lt 120 ]; then BusyLimit=$((guard / 2)); fi

forget_step() { rm -f "$Work/$1.started" "$Work/$1.exit"; } # name

# Only when systemd says so: it says nothing while it re-executes itself, as an activation may make it do.
activation_gone() { case $(systemctl show -p ActiveState --value "$Activation" 2>/dev/null) in inactive | failed) ;; *) return 1 ;; esac; }

await_step() { # name until: sets code to its exit code, or to killed, late or interrupted
  while :; do
    if [ -e "$Work/$1.exit" ]; then
      read -r code <"$Work/$1.exit"
      return
    fi
    if activation_gone; then
      nap
      [ -e "$Work/$1.exit" ] && continue
      code=killed
      return
    fi
    if [ "$1" = try ] && decided; then
      code=interrupted
      return
    fi
    if [ "$(uptime_seconds)" -ge "$2" ]; then
      systemctl stop "$Activation"
      code=late
      return
    fi
    nap
  done
}

run_step() { # name seconds: sets code
  step_until=$(($(uptime_seconds) + $2))
  busy_until=$(($(uptime_seconds) + BusyLimit))
  while :; do
    if [ ! -e "$Work/$1.started" ]; then
      while unit_alive "$Activation"; do nap; done # the step before has written its exit code and is about to end
      make_file "$Work/$1.started"
      echo "nixdeploy: $1, run $run"
      # systemd does not answer for a moment while it re-executes itself.
      patiently 15 transient "$Activation" --setenv=PATH="$PATH" /bin/sh "$Txn/guard.sh" "$1" || {
        code=unstartable
        return
      }
    fi
    await_step "$1" "$step_until"
    [ "$code" = 11 ] && [ "$(uptime_seconds)" -lt "$busy_until" ] || return
    if [ "$1" = try ] && decided; then return; fi
    sleep 1
    forget_step "$1"
  done
}
