# shellcheck shell=sh disable=SC2154
# reboot run fence: reboots the host under our lock, which is void afterwards. A unit of its own does it, because this connection
# ends on the way; when systemctl refuses, that is answered at once.
begin
read_values 'run fence:number' '' "$@"
refuse_newer
Reboot=$Volatile/reboot

need_lock "$run" "$fence"
if unit_alive "$Guard"; then refuse guarded; fi
rm -f "$Reboot.exit" "$Reboot.output"
rm -rf "$Roots" # the profile and the running system keep what they need
# shellcheck disable=SC2016
transient nixdeploy-reboot.service --setenv=PATH="$PATH" /bin/sh -c \
  'systemctl reboot >"$0.output" 2>&1 </dev/null; echo $? >"$0.exit.new"; mv "$0.exit.new" "$0.exit"' "$Reboot" || refuse no-reboot
until=$(($(uptime_seconds) + 10))
while [ ! -e "$Reboot.exit" ] && [ "$(uptime_seconds)" -lt "$until" ]; do pause; done
if { read -r code <"$Reboot.exit"; } 2>/dev/null && [ "$code" != 0 ]; then
  refuse no-reboot "$(tail -c 1000 "$Reboot.output" | tail -n 5)"
fi
end
