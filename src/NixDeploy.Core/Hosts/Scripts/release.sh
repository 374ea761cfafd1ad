# shellcheck shell=sh disable=SC2154
# release RUN FENCE: gives the lock back and removes the roots, when nothing was tried or a boot has ended what was.
run=$1 fence=$2

begin
settle
if ! record_is_of "$run" "$fence" || [ -e "$Txn/done" ]; then
  if lock_held_by "$run" "$fence"; then
    rm -rf "$Roots"
    unlock "$run" "$fence"
  fi
else
  refuse guarded
fi
end
