# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# The guard: the only thing on the host that activates, commits or restores. It follows the record and the verdict, and can
# be killed and started again at any moment. With an argument it is one step of that, in a unit of its own.
run=$(field "$Txn/record" run)
fence=$(field "$Txn/record" fence)
boot=$(field "$Txn/record" boot)
target=$(field "$Txn/record" target)
profile=$(field "$Txn/record" profile)
generation=$(field "$Txn/record" generation)
old=$(field "$Txn/record" old)
old_generation=$(field "$Txn/record" old-generation)
last_generation=$(field "$Txn/record" last-generation)
guard=$(field "$Txn/record" guard)
reboot=$(field "$Txn/record" reboot)
restore_limit=$(field "$Txn/record" restore-limit)
PATH=$old/sw/bin:$PATH
HOME=/root
export HOME

# --- one step: an action of switch-to-configuration, which writes its own exit code ---

step() { # name
  case $1 in
    try) system=$target action=test ;;
    switch) system=$target action=switch ;;
    boot) system=$target action=boot ;;
    back) system=$(readlink -f "$profile") action=boot ;;
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

await_step() { # name until: sets code to its exit code, or to killed, late or interrupted
  while :; do
    if [ -e "$Work/$1.exit" ]; then
      read -r code <"$Work/$1.exit"
      return
    fi
    if ! unit_alive "$Activation"; then
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
      : >"$Work/$1.started"
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

# --- the end ---

finish() { # phase reason
  echo "nixdeploy: $1 ($2), run $run"
  write_done "$1" "$2"
  if [ "$1" != restore-failed ]; then rm -rf "$Roots"; fi
  unlock "$run" "$fence"
  exit 0
}

# --- trying ---

outcome() { # word
  printf '%s\t%s\n' word "$1" code "$code" >"$Work/outcome.new"
  mv "$Work/outcome.new" "$Work/outcome"
}

inhibited() { # name of the step
  case $(tail -c 4000 "$Work/$1.output") in *"nixos-rebuild boot"*) return 0 ;; *) return 1 ;; esac
}

judge() { # name of the step: sets word. Where /run/current-system points goes before the exit code.
  word=failed
  case $code in
    0) if [ "$(current_system)" = "$target" ]; then word=activated; fi ;;
    2 | 3 | 4) if [ "$(current_system)" = "$target" ]; then word=failures; fi ;;
    11) word=busy ;;
    100) word=needs-reboot ;;
    1) if [ "$(current_system)" = "$old" ] && inhibited "$1"; then word=needs-reboot; fi ;;
  esac
}

try_target() {
  code=''
  if [ ! -e "$Work/try.started" ] && [ "$(current_system)" = "$target" ]; then
    outcome activated # it runs already
    return
  fi
  run_step try 86400 # the deadline comes first
  if [ "$code" = interrupted ]; then return; fi
  judge try
  outcome "$word"
  case $word in busy | needs-reboot) finish restored not-activated ;; esac
}

# --- deciding ---

deadline_passed() { # file
  { read -r deadline <"$1"; } 2>/dev/null && [ "$(uptime_seconds)" -ge "$deadline" ]
}

# Only who has taken the deadline away may decide by it; renew does the same to change it.
claim_deadline() {
  deadline_passed "$Txn/deadline" || return 1
  mv "$Txn/deadline" "$Txn/deadline.claimed" 2>/dev/null || [ "$(uptime_seconds)" -ge $((deadline + 10)) ] || return 1
  if [ -e "$Txn/deadline.claimed" ] && ! deadline_passed "$Txn/deadline.claimed"; then
    mv "$Txn/deadline.claimed" "$Txn/deadline"
    return 1
  fi
}

# A renewal that died half way leaves no deadline behind.
deadline_lost() {
  if [ -e "$Txn/deadline" ] || [ -e "$Txn/deadline.claimed" ]; then
    lost=0
    return 1
  fi
  lost=$((lost + 1))
  [ "$lost" -gt 50 ]
}
lost=0
decision=''

decided() { # sets decision: commit, restore or expired
  if [ ! -L "$Txn/verdict" ] && { [ -e "$Txn/deadline.claimed" ] || claim_deadline || deadline_lost; }; then
    ln -s expired "$Txn/verdict" 2>/dev/null
    durable "$Txn"
    decision=expired # stands when even the link could not be made
  fi
  if [ -L "$Txn/verdict" ]; then decision=$(verdict); fi
  [ -n "$decision" ]
}

# --- committing ---

set_profile() {
  if [ -n "$generation" ]; then
    [ "$(readlink "$profile-$generation-link")" = "$target" ] && nix-env -p "$profile" --switch-generation "$generation"
  else
    nix-env -p "$profile" --set "$target"
  fi >"$Work/profile.output" 2>&1 && durable "$(dirname "$profile")"
}

reset_profile() {
  now=$(generation_of "$profile")
  if [ "$now" = "$old_generation" ]; then return; fi
  if [ -n "$old_generation" ]; then nix-env -p "$profile" --switch-generation "$old_generation"; else rm -f "$profile"; fi
  if [ "$now" -gt "$last_generation" ]; then nix-env -p "$profile" --delete-generations "$now"; fi
  durable "$(dirname "$profile")"
}

go_back() { # reason step: from here on a restarted guard goes back too
  tail -c 4000 "$Work/$2.output" 2>/dev/null | tail -n 20 | while IFS= read -r line; do answer said "$line"; done >"$Txn/said"
  echo "$1" >"$Txn/going-back"
  durable "$Txn"
}

commit() {
  if [ ! -e "$Txn/going-back" ]; then
    if set_profile; then
      run_step boot 900
      if [ "$code" = 0 ]; then
        : >"$Txn/booted"
        if [ -d /boot ]; then durable /boot "$Txn"; else durable "$Txn"; fi
        finish committed verdict
      fi
      go_back boot-failed boot
    else
      go_back profile-failed profile
    fi
  fi
  reset_profile
  reason=$(cat "$Txn/going-back" 2>/dev/null)
  if [ "$reason" != profile-failed ]; then # the boot loader may know the new system by now
    forget_step back
    run_step back 900
  fi
  restore "${reason:-boot-failed}"
}

# Without a guard: what nixos-rebuild switch does. Only a system that did not come to run is taken out of the profile again.
plain_switch() {
  code=''
  if [ ! -e "$Work/outcome" ]; then
    failed=profile
    if set_profile; then
      failed=switch
      run_step switch 86400
    else
      code=unstartable
    fi
    judge switch
    if [ "$code" != 100 ] && [ "$(current_system)" != "$target" ]; then
      reset_profile
      case $code in
        11 | unstartable) ;;
        *) run_step back 900 ;;
      esac
      code=$(cat "$Work/switch.exit" 2>/dev/null)
      go_back not-activated "$failed"
    fi
    outcome "$word"
  fi
  if [ -e "$Txn/going-back" ]; then finish restored not-activated; fi
  finish committed no-guard
}

# --- going back ---

activated_something() { [ -e "$Work/try.started" ] || [ "$(current_system)" != "$old" ]; }

newly_failed() {
  failed_units | while read -r unit; do
    holds_line "$Work/failed-before" "$unit" || echo "$unit"
  done
}

default_reached() { systemctl is-active --quiet default.target; }

# Whether the host can be reached as far as the host itself can tell: there is a way to the client that began this, and
# something listens where it came in.
reachable() (
  read -r client client_port server server_port <<PEER
$(field "$Txn/record" peer)
PEER
  [ -n "$server_port" ] || exit 0
  if command -v ip >/dev/null; then ip route get "$client" >/dev/null 2>&1 || exit 1; fi
  port=$(printf '%04X' "$server_port")
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r slot local_address remote_address status rest; do
      if [ "${local_address##*:}" = "$port" ] && [ "$status" = 0A ]; then exit 0; fi
    done <"$table"
  done
  exit 1
)

last_resort() { # reason
  if [ "$reboot" != yes ]; then finish restore-failed "$1"; fi
  echo "nixdeploy: the old system does not come back ($1); rebooting, run $run"
  : >"$Txn/rebooting"
  durable "$Txn"
  systemctl reboot
  sleep 60
  systemctl reboot --force
  sleep 30
  systemctl reboot --force --force
  exit 1
}

restore() { # reason
  if [ ! -e "$Txn/failed" ]; then
    print_failures "$Work/failed-before" >"$Txn/failed.new"
    mv "$Txn/failed.new" "$Txn/failed"
  fi
  systemctl stop "$Activation" 2>/dev/null
  if ! activated_something; then finish restored "$1"; fi

  for attempt in 1 2; do
    forget_step restore
    run_step restore "$restore_limit"
    case $code in 0 | 2 | 3 | 4) [ "$(current_system)" != "$old" ] || break ;; esac
  done
  if [ "$(current_system)" != "$old" ]; then last_resort "old-system"; fi
  default_reached || timeout 120 systemctl default
  default_reached || last_resort "default-target"
  patiently 10 reachable || last_resort "network"
  if [ "$code" != 0 ] && [ -n "$(newly_failed)" ]; then finish restore-failed units; fi
  finish restored "$1"
}

# --- the whole ---

if [ -e "$Txn/done" ] || [ -e "$Work/done" ]; then exit 0; fi
if [ "$boot" = "$Boot" ]; then
  [ -n "$guard" ] || plain_switch
  [ -e "$Work/outcome" ] || decided || try_target
  until decided; do nap; done
else
  decision=$(verdict) # only a half commit is taken up after a boot
fi
case $decision in
  commit) commit ;;
  restore) restore verdict ;;
  *) restore deadline ;;
esac
