# shellcheck shell=sh disable=SC2154
# verify-rollback PROFILE: whether this host could go back right now: each thing that a way back needs, looked at or tried.
profile=$1

check() { # name detail command…
  name=$1 detail=$2
  shift 2
  if "$@" >/dev/null 2>&1; then answer check "$name" yes "$detail"; else answer check "$name" no "$detail"; fi
}

# The newest earlier generation that holds another system than the one that runs: what Rollback goes to.
earlier_generation() (
  now=$(generation_of "$profile")
  best=0
  for link in "$profile"-*-link; do
    its=${link#"$profile"-}
    its=${its%-link}
    case $its in '' | *[!0-9]*) continue ;; esac
    [ "$its" -lt "${now:-0}" ] && [ "$its" -gt "$best" ] && [ "$(readlink -f "$link")" != "$(current_system)" ] && best=$its
  done
  [ "$best" = 0 ] || echo "$best"
)

is_rooted() { nix-store --query --roots "$system" | grep -q -F "$profile-$earlier-link"; }

can_write() {
  mkdir -p "$State" && make_file "$State/verify" && rm -f "$State/verify" &&
    make_file "${profile%/*}/.nixdeploy-verify" && rm -f "${profile%/*}/.nixdeploy-verify"
}

# The very kind of unit that the guard is, doing nothing.
can_arm() { ! unit_alive "$Guard" && transient nixdeploy-verify.service /bin/sh -c 'exit 0'; }

begin
earlier=$(earlier_generation)
check generation "$earlier" [ -n "$earlier" ]
if [ -n "$earlier" ]; then
  system=$(readlink -f "$profile-$earlier-link")
  answer target "$earlier" "$system"
  check valid "$system" nix-store --check-validity "$system"
  check rooted "$profile-$earlier-link" is_rooted
  check switch "$system/bin/switch-to-configuration" test -x "$system/bin/switch-to-configuration"
fi
check writable "${profile%/*}" can_write
check guard "$Guard" can_arm
end
