# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: bringing the old system back.
activated_something() { [ -e "$Work/try.started" ] || [ -e "$Work/switch.started" ] || [ "$(current_system)" != "$old" ]; }

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
  case $client in # a link-local address names the interface that it is meant on
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
  if [ "$reboot" != yes ] || [ "$(unmended)" = boot-default ]; then finish restore-failed "$1"; fi
  echo "nixdeploy: the old system does not come back ($1); rebooting, run $run"
  make_file "$Txn/rebooting"
  durable "$Txn"
  # A reboot stops the guard before all else, and may then wait for ever for a unit that does not stop: something else must
  # see to that it ends.
  outlasting "$Insistence" --setenv=PATH="$PATH" /bin/sh -c \
    'sleep 60; systemctl reboot --force; sleep 30; systemctl reboot --force --force'
  # Not `systemctl reboot`: it asks logind first, over a bus that may not answer, and logind may say no.
  timeout 20 systemctl start --no-block --job-mode=replace-irreversibly reboot.target && sleep 60
  systemctl reboot --force
  sleep 30
  systemctl reboot --force --force
  exit 1
}

reactivate() { # whether the old system went through its whole activation and is the current one
  forget_step restore
  run_step restore "$restore_limit"
  case $code in
    0 | 2 | 3 | 4) [ "$(current_system)" = "$old" ] ;;
    *) return 1 ;;
  esac
}

restore() { # reason
  if ! is_written failed; then write_down failed "$(print_failures "$Work/failed-before")"; fi
  systemctl stop "$Activation" 2>/dev/null
  if ! activated_something; then finish_restored "$1"; fi

  reactivate || reactivate || last_resort "old-system"
  default_reached || timeout 120 systemctl default
  default_reached || last_resort "default-target"
  patiently 10 reachable || last_resort "network"
  if [ "$code" != 0 ] && [ -n "$(newly_failed)" ]; then finish restore-failed units; fi
  finish_restored "$1"
}
