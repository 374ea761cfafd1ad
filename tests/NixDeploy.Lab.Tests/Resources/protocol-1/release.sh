# shellcheck shell=sh disable=SC2154
# release RUN FENCE: gives the lock back and removes the roots, when nothing was tried or a boot has ended what was.
run=$1 fence=$2

give_back() { # alone, so that no try of ours begins under a lock that is about to go
  if record_is_of "$run" "$fence" && ! has_ended; then return 1; fi
  if lock_held_by "$run" "$fence"; then
    rm -rf "$Roots"
    rm -f "$Lock"
  fi
}

begin
settle
if [ -d "$Volatile" ]; then alone give_back || refuse guarded; fi # without it there is no lock
end
