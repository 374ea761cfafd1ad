# shellcheck shell=sh disable=SC2154
# activate run fence target profile restore_limit wait mode [generation] [guard] [reboot=yes] [back=yes] -- [pattern…]: writes the
# transaction down, starts its guard and waits for the outcome of the activation. generation: the existing one that a commit switches to.
# guard: the seconds until the guard rolls back by itself; without, one plain switch. mode: switch; test, which is not to be committed; or
# boot, which activates nothing: its verdict is commit from the beginning. back: it is itself a rollback, which no check of the system may
# forbid. pattern: units that may fail. Called again for the same transaction, it only waits.
begin
read_values 'run fence:number target profile restore_limit:number wait:number mode' 'generation:number guard:number reboot back' "$@"
shift "$Words"
refuse_newer
case $mode in switch | test | boot) ;; *) refuse bad-request mode unknown ;; esac
New=$State/txn.new-$fence # nobody else's

# Synced before the guard's time begins: that writes out the whole system that was just copied, for minutes on a slow disk.
write_transaction() { # pattern…
  rm -rf "$New"
  mkdir -m 700 "$New" || return 1
  write_guard >"$New/guard.sh" || return 1
  if [ "$mode" = boot ]; then ln -s commit "$New/verdict" || return 1; fi
  { [ $# -eq 0 ] || printf '%s\n' "$@"; } >"$New/may-fail" || return 1
  printf '%s\t%s\n' protocol "$Protocol" run "$run" fence "$fence" boot "$Boot" since "$(date +%s)" controller "$(field "$Lock" controller)" \
    target "$target" profile "$profile" generation "$generation" \
    old "$(current_system)" old-generation "$(generation_of "$profile")" old-profile "$(readlink "$profile")" \
    old-default "$(readlink -f "$profile")" last-generation "$(highest_generation "$profile")" back "$back" \
    force-activation "$(yes_or_no is_unfinished)" mode "$mode" guard "$guard" reboot "$reboot" restore-limit "$restore_limit" \
    peer "$(peer)" >"$New/record" || return 1
  durable "$New"
}

take_place() {
  rm -rf "$Work"
  mkdir -m 700 "$Work" || return 1
  failed_units >"$Work/failed-before"
  date +%s.%N >"$Work/began"
  if ! systemctl is-active --quiet default.target; then make_file "$Work/default-not-reached"; fi
  if [ -n "$guard" ]; then echo $(($(uptime_seconds) + guard)) >"$New/deadline" || return 1; fi
  rm -rf "$Txn"
  mv "$New" "$Txn" && durable "$Txn" || return 1
  rm -rf "$State"/txn.new*
}

may_begin() {
  need_lock "$run" "$fence"
  if unit_alive "$Guard"; then refuse guarded; fi
}

# Another run may have broken our lock meanwhile, but not while this runs: it has the mutex.
arm() {
  may_begin
  take_place || refuse cannot-write "$State"
  start_guard || {
    write_done restored not-activated
    refuse no-guard
  }
}

begin_transaction() { # pattern…
  may_begin
  nix-store --check-validity "$target" || refuse incomplete
  if [ ! -f "$target/bin/switch-to-configuration" ] || [ ! -x "$target/bin/switch-to-configuration" ]; then refuse not-a-system; fi
  if [ -n "$generation" ] && [ "$(readlink "$profile-$generation-link")" != "$target" ]; then refuse other-generation; fi
  mkdir -p "${profile%/*}" || refuse cannot-write "${profile%/*}"
  write_transaction "$@" || refuse cannot-write "$State"
  with_lock arm || refuse cannot-write "$Mutex"
}

# Where the SSH client sits, so that the guard can tell whether it still has a route to it: from our own environment or, behind
# sudo, from that of the processes above.
peer() (
  pid=$$
  while [ "${pid:-0}" -gt 1 ]; do
    address=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | while read -r line; do
      case $line in SSH_CONNECTION=*) echo "${line#SSH_CONNECTION=}" ;; esac
    done)
    if [ -n "$address" ]; then
      echo "$address"
      exit
    fi
    pid=$(field "/proc/$pid/status" PPid:)
  done
)

if ! record_is_of "$run" "$fence"; then
  # A second caller (the connection of the first broke) waits for what the first one does.
  if mkdir "$Volatile/try-$fence" 2>/dev/null; then begin_transaction "$@"; fi
fi
until=$(($(uptime_seconds) + wait))
decided_by_others() { [ "$mode" != boot ] && [ -L "$Txn/verdict" ]; }
ended=no
while [ "$ended" = no ] && [ "$(uptime_seconds)" -lt "$until" ]; do
  if record_is_of "$run" "$fence" && { [ -e "$Work/outcome" ] || decided_by_others || has_ended; }; then ended=yes; else pause; fi
done
record_is_of "$run" "$fence" || refuse no-transaction

read_outcome "$(phase)"
case $word in
  busy | needs-reboot) # the guard ends by itself
    until=$(($(uptime_seconds) + 10))
    while ! has_ended && [ "$(uptime_seconds)" -lt "$until" ]; do pause; done
    ;;
esac
answer outcome "$word" "$code"
print_running "$profile"
if reboot_needed "$target"; then answer reboot-needed; fi
case $word in activated | installed | busy | needs-reboot) ;; *) print_failures ;; esac
for file in "$Work/try.output" "$Work/switch.output" "$Work/boot.output"; do
  if [ -e "$file" ]; then tail -c 16000 "$file" | tail -n 200 | while IFS= read -r line; do answer output "$line"; done; fi
done
print_transaction
end
