# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: making the system on trial the profile's generation and the boot default.
set_profile() {
  if [ -n "$generation" ]; then
    [ "$(readlink "$profile-$generation-link")" = "$target" ] && nix-env -p "$profile" --switch-generation "$generation"
  else
    nix-env -p "$profile" --set "$target"
  fi >"$Work/profile.output" 2>&1 && durable "$(dirname "$profile")"
}

reset_profile() {
  now=$(generation_of "$profile")
  if [ "$now" = "$old_generation" ]; then return 0; fi
  if [ -n "$old_generation" ]; then nix-env -p "$profile" --switch-generation "$old_generation"; else rm -f "$profile"; fi || return 1
  if [ "${now:-0}" -gt "$last_generation" ]; then nix-env -p "$profile" --delete-generations "$now"; fi
  durable "$(dirname "$profile")"
}

# An error that is written down here makes the rollback a failed one, whatever the host runs.
roll_back_commit() { # reset-boot-default: yes or no
  rm -f "$Work/rollback-errors"
  reset_profile || echo profile >"$Work/rollback-errors"
  if [ "$1" = no ]; then return; fi
  forget_step old-default
  run_step old-default 900
  if [ "$code" != 0 ]; then echo boot-default >"$Work/rollback-errors"; fi
}

rollback_errors() { cat "$Work/rollback-errors" 2>/dev/null; }

finish_rolled_back() { # reason
  if [ -e "$Work/rollback-errors" ]; then finish restore-failed "$(rollback_errors)"; fi
  finish restored "$1"
}

begin_rollback() { # reason step: from here on a restarted guard rolls back too
  reason=$1
  write_down said "$(tail -c 4000 "$Work/$2.output" 2>/dev/null | tail -n 20 | while IFS= read -r line; do answer said "$line"; done)"
  write_down going-back "$reason"
}

commit() {
  # After a boot the old system runs; the new one, which was found healthy, is activated again unless the mode is boot.
  if [ "$boot" = "$Boot" ] || [ "$mode" = boot ]; then make_default=boot; else make_default=switch; fi
  if is_written going-back; then
    reason=$(written going-back)
  elif set_profile; then
    run_step "$make_default" 900
    if [ "$code" = 0 ]; then
      make_file "$Txn/booted"
      if [ -d /boot ]; then durable /boot "$Txn"; else durable "$Txn"; fi
      finish committed verdict
    fi
    begin_rollback boot-failed "$make_default"
  else
    begin_rollback profile-failed profile
  fi
  if [ "$reason" = profile-failed ]; then roll_back_commit no; else roll_back_commit yes; fi # the boot loader may have the new system
  roll_back "$reason"
}

# Without a guard: what nixos-rebuild switch does. The profile is rolled back only when the new system does not run.
plain_switch() {
  code=''
  if [ ! -e "$Work/outcome" ]; then
    failed=profile
    if set_profile; then
      failed=switch
      run_step switch 86400
    else
      code=unstartable
    fi
    judge switch
    if [ "$code" != 100 ] && [ "$(current_system)" != "$target" ]; then
      case $code in 11 | unstartable) roll_back_commit no ;; *) roll_back_commit yes ;; esac
      code=$(cat "$Work/switch.exit" 2>/dev/null)
      begin_rollback not-activated "$failed"
    fi
    outcome "$word"
  fi
  if is_written going-back; then finish_rolled_back not-activated; fi
  finish committed no-guard
}
