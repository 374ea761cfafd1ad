# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# Part of the guard: making the system on trial the profile's generation and the boot default. What becomes of the profile: it is changed
# only while it is what it was when the transaction began, and only what this guard has set and made is set back and deleted.
change_profile() { timeout -k 5 300 nix-env -p "$profile" "$@"; }

# The link that the profile has unless somebody else has set it: before, or since a rollback that had to make a generation.
own_link() { if is_written set-back; then written set-back; else printf '%s' "$old_profile"; fi; }

# Whether this guard has set the profile to what it is now: to the generation that it was told, or to one for the new system that is
# not older than the newest when it began to.
is_our_commit() { # link
  if is_written committed-as; then
    [ "$1" = "$(written committed-as)" ]
  else
    is_written newest-before && [ "$(readlink -f "$profile")" = "$target" ] && parse_generation "$profile" "$1" &&
      { [ "$number" = "$generation" ] || [ "$number" -ge "$(written newest-before)" ]; }
  fi
}

profile_moved() {
  link=$(readlink "$profile")
  if is_our_commit "$link"; then return 1; fi
  [ "$link" != "$(own_link)" ] || { ! is_written set-back && [ "$(readlink -f "$profile")" != "$old_default" ]; }
}

# For people: the generation that somebody else has made the profile's.
note_moved_profile() {
  if profile_moved; then answer moved "$(generation_of "$profile")" "$(readlink -f "$profile")" | write_answers moved; fi
}

set_profile() { # sets refusal when it does not go
  refusal='profile-moved'
  if profile_moved; then return 1; fi
  refusal='moved-on'
  if [ "$mode" != boot ] && is_foreign; then return 1; fi
  refusal='profile-failed'
  if ! is_written newest-before; then write_down newest-before "$(highest_generation "$profile")"; fi
  if ! is_our_commit "$(readlink "$profile")"; then # or a guard that was killed has set it
    if [ -n "$generation" ] && [ "$(readlink "$profile-$generation-link")" = "$target" ]; then
      change_profile --switch-generation "$generation"
    else
      change_profile --set "$target"
    fi >"$Work/profile.output" 2>&1 || return 1
  fi
  write_down committed-as "$(readlink "$profile")"
  durable "$(dirname "$profile")"
  parse_generation "$profile" "$(written committed-as)"
  if [ -n "$number" ] && [ "$number" -gt $(($(written newest-before) + 1)) ]; then
    # Somebody else has made generations at this very moment: the newest of theirs is to be the profile's again.
    refusal='profile-moved'
    write_down set-back "${profile##*/}-$((number - 1))-link"
    answer moved "$((number - 1))" "$(readlink -f "$profile-$((number - 1))-link")" | write_answers moved
    return 1
  fi
}

# Undoes what set_profile has done; 1 when it does not go.
reset_profile() {
  link=$(readlink "$profile")
  if ! is_our_commit "$link"; then return 0; fi
  parse_generation "$profile" "$link"
  made=$number
  earlier=$(own_link)
  if parse_generation "$profile" "$earlier" && [ -L "$profile-$number-link" ]; then
    change_profile --switch-generation "$number" || return 1
  elif [ -n "$number" ] && is_system "$old_default"; then # deleted meanwhile
    change_profile --set "$old_default" || return 1
    write_down set-back "$(readlink "$profile")"
  elif [ -n "$earlier" ]; then
    ln -s "$earlier" "$profile.nixdeploy" && mv -T "$profile.nixdeploy" "$profile" || return 1
  else
    rm -f "$profile" || return 1
  fi
  if [ -n "$made" ] && [ "$made" -gt "$(written newest-before)" ]; then change_profile --delete-generations "$made"; fi
  durable "$(dirname "$profile")"
}

# Whether the boot loader may have the new system; what a boot before this one did is not known.
boot_loader_touched() { [ "$boot" != "$Boot" ] || [ -e "$Work/boot.started" ] || [ -e "$Work/switch.started" ]; }

# An error that is written down here makes the rollback a failed one, whatever the host runs.
roll_back_commit() {
  rm -f "$Work/rollback-errors"
  reset_profile || echo profile >"$Work/rollback-errors"
  if ! boot_loader_touched; then return; fi
  forget_step old-default
  run_step old-default 900
  if [ "$code" != 0 ]; then echo boot-default >"$Work/rollback-errors"; fi
}

rollback_errors() { cat "$Work/rollback-errors" 2>/dev/null; }

begin_rollback() { # reason step: from here on a restarted guard rolls back too
  reason=$1
  note_said "$2"
  write_down going-back "$reason"
}

commit() {
  # After a boot the old system runs; the new one, which was found healthy, is activated again unless the mode is boot.
  if [ "$boot" = "$Boot" ] || [ "$mode" = boot ]; then make_default=boot; else make_default=switch; fi
  if is_written going-back; then
    reason=$(written going-back)
  elif ! set_profile; then
    begin_rollback "$refusal" profile
  else
    run_step "$make_default" 900
    if [ "$code" = 0 ] && ! profile_moved; then
      make_file "$Txn/booted"
      if [ -d /boot ]; then durable /boot "$Txn"; else durable "$Txn"; fi
      finish committed verdict
    fi
    if profile_moved; then reason='profile-moved'; elif [ "$code" = superseded ]; then reason='moved-on'; else reason='boot-failed'; fi
    begin_rollback "$reason" "$make_default"
  fi
  roll_back_commit
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
      said=$code
      roll_back_commit
      code=$said
      if profile_moved; then reason='profile-moved'; else reason='not-activated'; fi
      begin_rollback "$reason" "$failed"
    fi
    outcome "$word"
  fi
  if is_written going-back; then finish_rolled_back "$(written going-back)"; fi
  finish committed no-guard
}
