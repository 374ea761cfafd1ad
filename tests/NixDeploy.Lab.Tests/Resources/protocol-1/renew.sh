# shellcheck shell=sh disable=SC2154
# renew RUN FENCE PROFILE GUARD: pushes the deadline out to so many seconds from now, unless there is a verdict.
run=$1 fence=$2 profile=$3 guard=$4

begin
record_is_of "$run" "$fence" || refuse no-transaction
tries=25
while [ "$tries" -gt 0 ] && lock_held_by "$run" "$fence" && [ ! -L "$Txn/verdict" ] && ! has_ended; do
  # The deadline is taken away, changed and put back. The guard takes it away too before it decides by it, so one waits.
  if mv "$Txn/deadline" "$Txn/deadline.renewed" 2>/dev/null; then
    echo $(($(uptime_seconds) + guard)) >"$Txn/deadline.new" && mv "$Txn/deadline.new" "$Txn/deadline.renewed"
    mv "$Txn/deadline.renewed" "$Txn/deadline"
    break
  fi
  tries=$((tries - 1))
  nap
done
print_running "$profile"
print_transaction
end
