# shellcheck shell=sh disable=SC2154
# verdict verdict=commit|keep|restore run fence profile wait: submits the verdict and waits until the guard is done. keep leaves the
# new system running without making it the default. A second verdict changes nothing and is answered with where the transaction
# stands. A transaction that a power cut left half committed is resumed: commit completes it, restore rolls the profile and the
# boot default back.
begin
read_values 'verdict run fence:number profile wait:number' '' "$@"
refuse_newer
case $verdict in commit | keep | restore) ;; *) refuse bad-request verdict unknown ;; esac
until=$(($(uptime_seconds) + wait))

lock_again() {
  if ! lock_held; then write_lock "$run" "$fence" "$(field "$Txn/record" controller)"; fi
}

resume() {
  case $verdict in
    commit | restore) ;;
    *) refuse not-activated ;;
  esac
  mkdir -p "$Volatile" "$Work" && chmod 700 "$Volatile" "$Work"
  with_lock lock_again
  need_lock "$run" "$fence"
  if [ "$verdict" = restore ] && ! is_written going-back; then write_down going-back verdict; fi
  ln -s commit "$Txn/verdict" 2>/dev/null # a plain switch has none
  durable "$Txn"
  make_file "$Work/taken-up"
}

# The guard may end at any moment and unlock, or decide and change what runs: after a look at the lock or at the system that
# found them changed, whether it has done so is looked at once more.
submit() {
  if ! lock_held_by "$run" "$fence" && record_is_of "$run" "$fence" && is_final "$(phase)"; then return 0; fi
  need_lock "$run" "$fence"
  if [ -L "$Txn/verdict" ]; then return 0; fi
  if [ "$verdict" != restore ]; then
    case $(field "$Work/outcome" word) in activated | failures) ;; *) refuse not-activated ;; esac
    if [ "$(current_system)" != "$(field "$Txn/record" target)" ]; then
      [ -L "$Txn/verdict" ] || refuse moved-on "$(current_system)"
      return 0
    fi
  fi
  if ln -s "$verdict" "$Txn/verdict" 2>/dev/null; then durable "$Txn"; fi
}

record_is_of "$run" "$fence" || refuse no-transaction
settle
if ! is_final "$(phase)"; then
  if [ "$(phase)" = half-committed ]; then resume; else submit; fi
  unit_alive "$Guard" || is_final "$(phase)" || start_guard || refuse no-guard
  while ! is_final "$(phase)" && [ "$(uptime_seconds)" -lt "$until" ]; do pause; done
fi
print_running "$profile"
print_transaction
end
