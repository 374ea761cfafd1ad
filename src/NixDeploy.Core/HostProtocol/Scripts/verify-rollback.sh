# shellcheck shell=sh disable=SC2154
# verify-rollback profile: whether this host could roll back right now: everything that a rollback needs, looked at or tried.
begin
read_values 'profile' '' "$@"

check() { # name detail command…
  name=$1 detail=$2
  shift 2
  if "$@" >/dev/null 2>&1; then answer check "$name" yes "$detail"; else answer check "$name" no "$detail"; fi
}

take_earlier() { # link: keeps the highest number in earlier
  if [ "$number" -lt "${now:-0}" ] && [ "$number" -gt "${earlier:-0}" ] && [ "$(readlink -f "$1")" != "$(current_system)" ]; then
    earlier=$number
  fi
}

is_rooted() { nix-store --query --roots "$system" | grep -q -F "$profile-$earlier-link"; }

can_write() {
  mkdir -p "$State" && make_file "$State/verify" && rm -f "$State/verify" &&
    make_file "${profile%/*}/.nixdeploy-verify" && rm -f "${profile%/*}/.nixdeploy-verify"
}

# The very kind of unit that the guard is, doing nothing.
can_arm() { ! unit_alive "$Guard" && transient nixdeploy-verify.service /bin/sh -c 'exit 0'; }

# The newest earlier generation that holds another system than the one that runs: the target of Rollback.
now=$(generation_of "$profile")
earlier=''
each_generation "$profile" take_earlier
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
