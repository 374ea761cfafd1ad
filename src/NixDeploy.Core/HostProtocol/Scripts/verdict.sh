# shellcheck shell=sh disable=SC2154
# verdict commit|keep|restore RUN FENCE PROFILE WAIT: hands in the verdict and waits until the guard is done. keep leaves the
# new system running without making it the default. Whoever comes second changes nothing and is told how it stands. A
# transaction that a power cut left half committed is taken up again: commit ends it, restore goes back to the old generation
# and boot default.
verdict=$1 run=$2 fence=$3 profile=$4 wait=$5
until=$(($(uptime_seconds) + wait))

lock_again() {
  if ! lock_held; then write_lock "$run" "$fence" "$(field "$Txn/record" controller)"; fi
}

take_up_again() {
  case $verdict in
    commit | restore) ;;
    *) refuse not-activated ;;
  esac
  mkdir -p "$Volatile" "$Work" && chmod 700 "$Volatile" "$Work"
  alone lock_again
  need_lock "$run" "$fence"
  if [ "$verdict" = restore ] && ! is_written going-back; then write_down going-back verdict; fi
  ln -s commit "$Txn/verdict" 2>/dev/null # a plain switch has none
  durable "$Txn"
  make_file "$Work/taken-up"
}

# The guard may end at any moment and unlock, or decide and change what runs: after a look at the lock or at the system that
# found them changed, whether it has done so is looked at once more.
hand_in() {
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

begin
record_is_of "$run" "$fence" || refuse no-transaction
settle
if ! is_final "$(phase)"; then
  if [ "$(phase)" = half-committed ]; then take_up_again; else hand_in; fi
  unit_alive "$Guard" || is_final "$(phase)" || start_guard || refuse no-guard
  while ! is_final "$(phase)" && [ "$(uptime_seconds)" -lt "$until" ]; do nap; done
fi
print_running "$profile"
print_transaction
end
