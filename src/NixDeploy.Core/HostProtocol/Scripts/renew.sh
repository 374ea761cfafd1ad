# shellcheck shell=sh disable=SC2154
# renew run fence profile guard: sets the deadline to so many seconds from now, unless there is a verdict.
begin
read_values 'run fence:number profile guard:number' '' "$@"
refuse_newer
record_is_of "$run" "$fence" || refuse no-transaction
tries=25
while [ "$tries" -gt 0 ] && lock_held_by "$run" "$fence" && [ ! -L "$Txn/verdict" ] && ! has_ended; do
  # Moved away, changed and moved back. The guard moves it away too before it decides by it, so only one of the two does.
  if mv "$Txn/deadline" "$Txn/deadline.renewed" 2>/dev/null; then
    echo $(($(uptime_seconds) + guard)) >"$Txn/deadline.new" && mv "$Txn/deadline.new" "$Txn/deadline.renewed"
    mv "$Txn/deadline.renewed" "$Txn/deadline"
    break
  fi
  tries=$((tries - 1))
  pause
done
print_running "$profile"
print_transaction
end
