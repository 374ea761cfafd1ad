# shellcheck shell=sh disable=SC2154
# dry-activate system limit: what the system's activation would do, in its own words, within so many seconds; changes nothing.
begin
read_values 'system limit:number' '' "$@"
[ -x "$system/bin/switch-to-configuration" ] || refuse not-a-system
nix-store --check-validity "$system" 2>/dev/null || refuse incomplete
# Without its checks before a switch, which may do anything, and without its sync of the disks, which serves the switch only.
said=$(NIXOS_NO_CHECK=1 NIXOS_NO_SYNC=1 timeout -k 5 "$limit" "$system/bin/switch-to-configuration" dry-activate 2>&1 </dev/null)
answer dry-activated $?
printf '%s\n' "$said" | tail -n 200 | while IFS= read -r line; do answer would "$line"; done
end
