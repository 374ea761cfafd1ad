# shellcheck shell=sh disable=SC2154
# dry-activate SYSTEM LIMIT: what the system's activation would do, in its own words; changes nothing.
system=$1 limit=$2

begin
[ -x "$system/bin/switch-to-configuration" ] || refuse not-a-system
nix-store --check-validity "$system" 2>/dev/null || refuse incomplete
# Its checks before a switch may do anything, and it syncs the disks for the switch that does not come: both are left out.
said=$(NIXOS_NO_CHECK=1 NIXOS_NO_SYNC=1 timeout -k 5 "$limit" "$system/bin/switch-to-configuration" dry-activate 2>&1 </dev/null)
answer dry-activated $?
printf '%s\n' "$said" | tail -n 200 | while IFS= read -r line; do answer would "$line"; done
end
