# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: making the tried system the profile's generation and the boot default.
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

# Writes into unmended what of the way back does not go: the host is not restored then, whatever it runs.
take_back() { # reset-boot-default: yes or no
  rm -f "$Work/unmended"
  reset_profile || echo profile >"$Work/unmended"
  if [ "$1" = no ]; then return; fi
  forget_step back
  run_step back 900
  if [ "$code" != 0 ]; then echo boot-default >"$Work/unmended"; fi
}

unmended() { cat "$Work/unmended" 2>/dev/null; }

finish_restored() { # reason
  if [ -e "$Work/unmended" ]; then finish restore-failed "$(unmended)"; fi
  finish restored "$1"
}

go_back() { # reason step: from here on a restarted guard goes back too
  reason=$1
  write_down said "$(tail -c 4000 "$Work/$2.output" 2>/dev/null | tail -n 20 | while IFS= read -r line; do answer said "$line"; done)"
  write_down going-back "$reason"
}

commit() {
  # After a boot the old system runs: then the new one, found healthy before, is activated again too, where that was the wish.
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
    go_back boot-failed "$make_default"
  else
    go_back profile-failed profile
  fi
  if [ "$reason" = profile-failed ]; then take_back no; else take_back yes; fi # the boot loader may know the new system by now
  restore "$reason"
}

# Without a guard: what nixos-rebuild switch does. Only a system that did not come to run is taken out of the profile again.
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
      case $code in 11 | unstartable) take_back no ;; *) take_back yes ;; esac
      code=$(cat "$Work/switch.exit" 2>/dev/null)
      go_back not-activated "$failed"
    fi
    outcome "$word"
  fi
  if is_written going-back; then finish_restored not-activated; fi
  finish committed no-guard
}
