# shellcheck shell=sh disable=SC2154
# inspect PROFILE UNIT…: everything that one look at the host tells; changes nothing.
profile=$1
shift

free_bytes() ( # path
  read -r blocks size <<FREE
$(stat -f -c '%a %S' "$1" 2>/dev/null)
FREE
  [ -n "$blocks" ] && echo $((blocks * size))
)

begin
answer boot "$Boot"
answer clock "$(date +%s)"
print_running "$profile"
answer booted "$(readlink -f /run/booted-system)"
if reboot_needed /run/current-system; then answer reboot-needed; fi

for link in "$profile"-*-link; do
  number=${link#"$profile"-}
  number=${number%-link}
  case $number in '' | *[!0-9]*) continue ;; esac
  answer has-generation "$number" "$(readlink "$link")"
done

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

print_lock
print_transaction
end
