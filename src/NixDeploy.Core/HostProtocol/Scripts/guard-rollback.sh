# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: activating the old system again.
# A step that has said nothing has done nothing, while the old system runs: it looks before it begins, or waits.
activated_something() { [ "$(current_system)" != "$old" ] || has_spoken try || has_spoken switch; }

newly_failed() { failed_units | without_tolerated; }

default_reached() { systemctl is-active --quiet default.target; }

# Whether the host can be reached, as far as the host itself can tell: it has a route to the client that began this, and something
# listens where that client came in.
reachable() (
  read -r client client_port server server_port <<PEER
$(field "$Txn/record" peer)
PEER
  [ -n "$server_port" ] || exit 0
  case $client in # a link-local address names its interface
    *%*) set -- "${client%%\%*}" dev "${client#*%}" ;;
    *) set -- "$client" ;;
  esac
  if command -v ip >/dev/null; then ip route get "$@" >/dev/null 2>&1 || exit 1; fi
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
  # Only when it is the old system that would boot.
  if [ "$reboot" != yes ] || [ "$(rollback_errors)" = boot-default ]; then finish restore-failed "$1"; fi
  echo "nixdeploy: rollback failed ($1); rebooting, run $run"
  make_file "$Txn/rebooting"
  durable "$Txn"
  # A reboot stops the guard first, and may then wait without end for a unit that does not stop. The watchdog forces it.
  outlasting "$RebootWatchdog" --setenv=PATH="$PATH" /bin/sh -c \
    'sleep 60; systemctl reboot --force; sleep 30; systemctl reboot --force --force'
  # Not `systemctl reboot`: it asks logind first, over a bus that may not answer, and logind may refuse.
  timeout 20 systemctl start --no-block --job-mode=replace-irreversibly reboot.target && sleep 60
  systemctl reboot --force
  sleep 30
  systemctl reboot --force --force
  exit 1
}

# The last words of a step, unless some are noted already.
note_said() { # name
  if is_written said; then return; fi
  tail -c 4000 "$Work/$1.output" 2>/dev/null | tail -n 20 | while IFS= read -r line; do answer said "$line"; done | write_answers said
}

# Whether the old system's activation went to its end and it is the current system.
reactivate() {
  forget_step restore
  run_step restore "$restore_limit"
  activation_ended && [ "$(current_system)" = "$old" ]
}

activation_ended() { case $code in 0 | 2 | 3 | 4) ;; *) return 1 ;; esac; }

# A rollback is one only where the old system runs.
finish_rolled_back() { # reason
  if [ -e "$Work/rollback-errors" ]; then finish restore-failed "$(rollback_errors)"; fi
  if is_foreign; then finish restore-failed moved-on; fi
  if [ "$(current_system)" != "$old" ]; then finish restore-failed old-system; fi
  finish restored "$1"
}

roll_back() { # reason
  if ! is_written failed; then print_failures | write_answers failed; fi
  if [ -e "$Work/try.started" ] && [ ! -e "$Work/try.exit" ]; then
    note_said try
    end_step try
  fi
  systemctl stop "$Activation" 2>/dev/null
  if is_foreign; then finish_rolled_back "$1"; fi # whoever activated that is at work here
  if ! activated_something; then
    case $1 in deadline) finish_rolled_back not-activated ;; *) finish_rolled_back "$1" ;; esac
  fi

  reactivate || is_foreign || reactivate
  if is_foreign; then finish_rolled_back "$1"; fi
  [ "$(current_system)" = "$old" ] || last_resort "old-system"
  if ! activation_ended; then # it runs; what its targets want is started without it
    timeout 120 systemctl daemon-reload
    timeout 120 systemctl start default.target
  fi
  default_reached || timeout 120 systemctl default
  default_reached || [ -e "$Work/default-not-reached" ] || last_resort "default-target"
  retry_for 10 reachable || last_resort "network"
  if [ "$code" != 0 ] && [ -n "$(newly_failed)" ]; then finish restore-failed units; fi
  finish_rolled_back "$1"
}
