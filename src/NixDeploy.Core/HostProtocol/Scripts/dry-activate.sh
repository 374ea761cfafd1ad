# shellcheck shell=sh disable=SC2154
# dry-activate system limit: what the system's activation would do, in its own words, within so many seconds, and what its own check
# has against it; changes nothing.
begin
read_values 'system limit:number' '' "$@"
[ -x "$system/bin/switch-to-configuration" ] || refuse not-a-system
nix-store --check-validity "$system" 2>/dev/null || refuse incomplete
dry_activate "$system" "$limit"
answer dry-activated "$code"
answer_would
if [ "$code" -eq 0 ]; then answer_check "$system" "$limit"; fi
end
