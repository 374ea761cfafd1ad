#!/bin/sh
# The activation: this system's snippet (faults.activation), one that a test left on the host, and then the link that
# says which system runs; as on NixOS a snippet that fails does not keep the link from being made.
PATH=/usr/bin:/usr/sbin:/bin:/sbin
export PATH
system=$(readlink -f "$0")
system=${system%/activate}
LAB_SWITCH_PID=${LAB_SWITCH_PID:-$PPID}
export LAB_SWITCH_PID
status=0
for snippet in "$system/lab/activation" /var/lib/lab/activation; do
  if [ -e "$snippet" ]; then
    sh "$snippet" || { status=$?; echo "Activation script snippet '$snippet' failed ($status)" >&2; }
  fi
done
ln -sfn "$system" /run/current-system.new && mv -T /run/current-system.new /run/current-system
exit "$status"
