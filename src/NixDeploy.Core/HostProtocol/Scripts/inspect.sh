# shellcheck shell=sh disable=SC2154
# inspect profile -- [unit…]: everything that one look at the host tells; changes nothing.
begin
read_values 'profile' '' "$@"
shift "$Words"

free_bytes() ( # path
  read -r blocks size <<FREE
$(stat -f -c '%a %S' "$1" 2>/dev/null)
FREE
  [ -n "$blocks" ] && echo $((blocks * size))
)

print_generation() { answer has-generation "$number" "$(readlink "$1")"; } # link

answer boot "$Boot"
answer clock "$(date +%s)"
if read -r name </proc/sys/kernel/hostname; then answer host-name "$name"; fi
if read -r id </etc/machine-id; then answer machine-id "$id"; fi
print_running "$profile"
answer booted "$(readlink -f /run/booted-system)"
if reboot_needed /run/current-system; then answer reboot-needed; fi
each_generation "$profile" print_generation

answer store-free "$(free_bytes /nix/store)"
if [ -d /boot ]; then answer boot-free "$(free_bytes /boot)"; fi
if read -r load rest </proc/loadavg; then answer load "$load"; fi
answer processors "$(nproc 2>/dev/null)"
while read -r key value rest; do
  if [ "$key" = MemAvailable: ]; then answer memory $((value * 1024)); fi
done </proc/meminfo

[ "$(id -u)" = 0 ] || answer obstacle not-root
if [ -d /run/systemd/system ]; then
  failed_units | while read -r unit; do answer failing "$unit"; done
  print_units "$@"
else
  answer obstacle no-systemd
fi
if command -v nix-store >/dev/null && command -v nix-env >/dev/null; then
  # /nix/store itself is mounted read-only on every NixOS; the database beside it must not be.
  if [ "$(id -u)" = 0 ] && [ -e /nix/var/nix/db ] && [ ! -w /nix/var/nix/db ]; then answer obstacle store-read-only; fi
else
  answer obstacle no-nix
fi

if is_newer "$State/number"; then answer obstacle newer-protocol "$State/number" "$protocol"; fi
if is_newer "$Lock"; then answer obstacle newer-protocol "$Lock" "$protocol"; else print_lock; fi
if is_newer "$Txn/record"; then answer obstacle newer-protocol "$Txn/record" "$protocol"; else print_transaction; fi
end
