# shellcheck shell=sh disable=SC2154
# What a system's switch-to-configuration says before it does anything, within so many seconds each. An older one knows no check; a lock
# that somebody holds would be waited for.
switch_idle() { ! [ -e /run/nixos/switch-to-configuration.lock ] || flock -n /run/nixos/switch-to-configuration.lock true; }

preview() { # system action seconds: sets said, and code to its exit code
  said=$(NIXOS_NO_SYNC=1 timeout -k 5 "$3" "$1/bin/switch-to-configuration" "$2" 2>&1 </dev/null)
  code=$?
}

# Answers what the system's own check before a switch has against it. Only the newer script can be asked for it alone.
answer_check() { # system seconds
  preview "$1" check "$2"
  case $code,$said in
    0,* | 11,* | *,'Usage: '*) return 0 ;;
  esac
  if [ -z "$said" ]; then said="it ended with $code"; fi
  printf '%s\n' "$said" | tail -n 20 | cut -c 1-400 | while IFS= read -r line; do answer check-failed "$line"; done
}

# Without the checks, which are answered apart, and without the sync of the disks, which serves a switch only.
dry_activate() { # system seconds: sets said and code
  NIXOS_NO_CHECK=1
  export NIXOS_NO_CHECK
  preview "$1" dry-activate "$2"
  unset NIXOS_NO_CHECK
}

answer_would() { printf '%s\n' "$said" | tail -n 200 | while IFS= read -r line; do answer would "$line"; done; }
