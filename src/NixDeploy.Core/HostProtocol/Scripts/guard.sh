# shellcheck shell=sh disable=SC2154,SC2034,SC2317
# The guard: the only program on the host that activates, commits or rolls back. It follows the record and the verdict, and can be
# killed and started again at any moment.

# --- the end ---

finish() { # phase reason
  echo "nixdeploy: $1 ($2), run $run"
  if [ "$1" != committed ]; then note_moved_profile; fi
  write_done "$1" "$2"
  # Where a rollback failed, the old system may be needed; what somebody else activated needs no root of ours.
  if { [ "$1" != restore-failed ] || [ "$2" = moved-on ]; } && lock_held_by "$run" "$fence"; then rm -rf "$Roots"; fi
  unlock "$run" "$fence"
  exit 0
}

# --- activating ---

outcome() { # word
  printf '%s\t%s\n' word "$1" code "$code" >"$Work/outcome.new"
  mv "$Work/outcome.new" "$Work/outcome"
}

inhibited() { # name of the step
  case $(tail -c 4000 "$Work/$1.output") in *"nixos-rebuild boot"*) return 0 ;; *) return 1 ;; esac
}

# The units that switch-to-configuration blames in the words of systemctl.
blamed() { # step
  tail -c 100000 "$Work/$1.output" | while IFS= read -r line; do
    case $line in
      'Job for '*' failed'* | 'A dependency job for '*' failed'*)
        line=${line#*ob for }
        printf '%s\n' "${line%% *}"
        ;;
      'Failed to '*' '*.*': '*)
        line=${line%%: *}
        printf '%s\n' "${line##* }"
        ;;
    esac
  done
}

# Whether 4 only means units that may fail, which are then noted.
is_tolerated() { # step
  [ "$code" = 4 ] && [ -n "$(said_failed "$Work/$1.output")" ] || return 1
  [ -z "$({
    said_failed "$Work/$1.output"
    blamed "$1"
    failed_units
  } | without_tolerated)" ] || return 1
  said_failed "$Work/$1.output" | sort -u | while read -r unit; do answer tolerated "$unit"; done | write_answers tolerated
}

# Sets word. Where /run/current-system points comes before the exit code: 11, 100 and a refusal only mean that nothing was activated
# while the old system runs.
judge() { # step
  word=failed
  if [ "$(current_system)" = "$old" ] && ! has_begun "$1"; then
    case $code in
      11) word=busy ;;
      100) word=needs-reboot ;;
      1) if inhibited "$1"; then word=needs-reboot; fi ;;
    esac
    if [ "$word" != failed ]; then return; fi
  fi
  if [ "$(current_system)" = "$target" ]; then
    if [ "$code" = 0 ] || is_tolerated "$1"; then word=activated; else word=failures; fi
  fi
}

activate_target() {
  code=''
  if [ "$force_activation" != yes ] && [ ! -e "$Work/try.started" ] && [ "$(current_system)" = "$target" ]; then
    outcome activated # it runs already
    return
  fi
  run_step try 86400 # the deadline comes first
  case $code in
    interrupted) return ;;
    superseded) finish_rolled_back not-activated ;;
  esac
  judge try
  outcome "$word"
  case $word in busy | needs-reboot) finish restored not-activated ;; esac
}

# A test without a guard ends with its activation.
plain_test_ended() {
  if [ "$(current_system)" = "$target" ]; then finish kept no-guard; fi
  finish restored not-activated
}

# --- deciding ---

deadline_passed() { # file
  { read -r deadline <"$1"; } 2>/dev/null && [ "$(uptime_seconds)" -ge "$deadline" ]
}

# Only a guard that has moved the deadline away may decide by it; renew moves it away to change it.
claim_deadline() {
  deadline_passed "$Txn/deadline" || return 1
  mv "$Txn/deadline" "$Txn/deadline.claimed" 2>/dev/null || [ "$(uptime_seconds)" -ge $((deadline + 10)) ] || return 1
  if [ -e "$Txn/deadline.claimed" ] && ! deadline_passed "$Txn/deadline.claimed"; then
    mv "$Txn/deadline.claimed" "$Txn/deadline"
    return 1
  fi
}

# A renewal that was interrupted leaves no deadline.
deadline_lost() {
  if [ -e "$Txn/deadline" ] || [ -e "$Txn/deadline.claimed" ]; then
    lost=0
    return 1
  fi
  lost=$((lost + 1))
  [ "$lost" -gt 50 ]
}
lost=0
decision=''

decided() { # sets decision: commit, keep, restore or expired
  if [ ! -L "$Txn/verdict" ] && [ -n "$guard" ] && { [ -e "$Txn/deadline.claimed" ] || claim_deadline || deadline_lost; }; then
    ln -s expired "$Txn/verdict" 2>/dev/null
    durable "$Txn"
    decision=expired # stands when even the link could not be made
  fi
  if [ -L "$Txn/verdict" ]; then decision=$(verdict); fi
  [ -n "$decision" ]
}

# --- the whole ---

if [ $# -gt 0 ]; then
  step "$1"
  exit 0
fi
if has_ended; then exit 0; fi
if [ "$boot" = "$Boot" ]; then
  if [ -z "$guard" ] && [ ! -L "$Txn/verdict" ] && [ "$mode" != test ]; then plain_switch; fi
  [ -e "$Work/outcome" ] || decided || activate_target
  if [ -z "$guard" ] && ! decided; then plain_test_ended; fi
  until decided; do pause; done
else
  decision=$(verdict) # after a boot only a half commit is resumed
fi
case $decision in
  commit) commit ;;
  keep) finish kept verdict ;;
  restore) roll_back verdict ;;
  *) roll_back deadline ;;
esac
