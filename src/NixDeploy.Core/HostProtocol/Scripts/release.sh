# shellcheck shell=sh disable=SC2154
# release run fence: releases the lock and removes the roots, when nothing was activated or a boot has ended what was.
begin
read_values 'run fence:number' '' "$@"
refuse_newer

release() { # under the mutex, so that no activation of this run begins under a lock that is being released
  if record_is_of "$run" "$fence" && ! has_ended; then return 1; fi
  if lock_held_by "$run" "$fence"; then
    rm -rf "$Roots"
    rm -f "$Lock"
  elif ! lock_held && ! unit_alive "$Guard"; then
    rm -rf "$Roots" # of a lock that a boot has made void
  fi
}

settle
# Without its folder there is no lock, and nobody's roots.
if [ -d "$Volatile" ]; then with_lock release || refuse guarded; else rm -rf "$Roots"; fi
end
