#!/bin/sh
# A host of the lab as a machine: its power, disk, network card and cable. Everything here is done from outside of the
# host, and as root.
set -eu
usage="usage: machine.sh VERB HOST
  on              power on (does nothing when it is on)
  off             cut the power: every process is gone at once, and the other side of a connection hears nothing
  shutdown        press the power button: a clean shutdown
  freeze, thaw    stop every process of the host where it is, and let them go on
  cut-link, restore-link      pull the network cable, and put it back
  fill-disk [KB]  leave that many KB free (0); free-disk gives the space back
  exec COMMAND…   run a command inside, without SSH
  status          on, off or frozen
  reset           cut the power and put the disk back to what it was when the host was made
  attach, snapshot, run, remove      for the lab itself: make the disk, note what reset restores, keep the host
                                     running, take everything away"

case $0 in */*) lab=$(cd "${0%/*}" && pwd) ;; *) lab=$(pwd) ;; esac
[ $# -ge 2 ] || { echo "$usage" >&2; exit 64; }
verb=$1 host=$2
shift 2
folder=$lab/hosts/$host
[ -f "$folder/machine.env" ] || { echo "machine.sh: this lab has no host named $host" >&2; exit 66; }
lab_name='' link='' gateway='' base='' disk_mb=''
# shellcheck source=/dev/null
. "$folder/machine.env"

# What is asked often is answered by the shell itself: on a machine full of hosts, programs are what takes time.
cgroups=''
while read -r _ path type _; do
  if [ "$type" = cgroup2 ]; then cgroups=$path; break; fi
done </proc/mounts
if [ -z "$cgroups" ]; then
  cgroups=/run/nixdeploy-lab/cgroup
  mkdir -p "$cgroups"
  mount -t cgroup2 cgroup2 "$cgroups"
fi
group=$cgroups/nixdeploy-lab/$lab_name/$host

says() { # event, such as "populated 1"
  while read -r line; do
    if [ "$line" = "$1" ]; then return 0; fi
  done <"$group/cgroup.events"
  return 1
}

is_on() { [ -d "$group" ] && says 'populated 1'; }

kept() { ! flock -n "$folder/power.lock" true; }

attach() {
  mkdir -p "$folder/disk" "$folder/root"
  if ! mountpoint -q "$folder/disk"; then
    if [ ! -e "$folder/disk.img" ]; then
      truncate -s "${disk_mb}M" "$folder/disk.img"
      mkfs.ext4 -q -F -m 0 -J size=8 "$folder/disk.img"
    fi
    mount -o loop "$folder/disk.img" "$folder/disk"
    mkdir -p "$folder/disk/upper" "$folder/disk/work"
  fi
  mountpoint -q "$folder/root" || mount -t overlay "$link" \
    -o "lowerdir=$base,upperdir=$folder/disk/upper,workdir=$folder/disk/work" "$folder/root"
}

# A boot finds a network card without addresses, routes or firewall rules, as a real one does.
unplug() {
  if ip link show "$link" >/dev/null 2>&1; then ip link delete "$link"; fi
  if [ -e "/run/netns/$link" ]; then ip netns delete "$link"; fi
}

plug() {
  unplug
  ip netns add "$link"
  ip link add "$link" type veth peer name host0 netns "$link"
  ip address add "$gateway/30" dev "$link"
  [ -e "$folder/link-cut" ] || ip link set "$link" up
}

kill_processes() {
  [ -d "$group" ] || return 0
  echo 1 >"$group/cgroup.kill"
  echo 0 >"$group/cgroup.freeze"
  tries=1000
  while is_on; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "machine.sh: $host does not die" >&2; exit 1; }
    sleep 0.01
  done
  empty_group
}

# The keeper may be doing the same; what matters is that the folders are gone.
empty_group() { find "$group" -depth -mindepth 1 -type d -exec rmdir {} \; 2>/dev/null || :; }

# lab.json says the truth at any time, over reboots too. Arguments: the host's init and its nspawn.
note_process_ids() {
  echo "$2" >"$folder/supervisor-pid"
  echo "$1" >"$folder/pid.new"
  mv "$folder/pid.new" "$folder/pid"
  (
    flock 8
    [ -e "$lab/fleet/lab.json" ] || exit 0
    sed -e "/\"name\": \"$host\"/,/}/ s/\"process-id\": [0-9]*/\"process-id\": $1/" \
      -e "/\"name\": \"$host\"/,/}/ s/\"supervisor-process-id\": [0-9]*/\"supervisor-process-id\": $2/" \
      "$lab/fleet/lab.json" >"$lab/lab.json.new"
    mv "$lab/lab.json.new" "$lab/fleet/lab.json"
  ) 8>"$lab/lab.json.lock" 9>&-
}

init_of() {
  read -r children <"/proc/$1/task/$1/children" || :
  for child in $children; do
    while read -r key _ inner more; do
      if [ "$key $inner$more" = 'NSpid: 1' ]; then echo "$child"; fi
    done <"/proc/$child/status"
  done 2>/dev/null
}

boot() {
  mkdir -p "$group"
  (
    echo 0 >"$group/cgroup.procs"
    exec env -i PATH="$PATH" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$folder/root" --boot \
      --register=no --keep-unit --settings=no --machine="$lab_name-$host" --hostname="$host" \
      --network-namespace-path="/run/netns/$link" --capability=CAP_NET_ADMIN \
      --resolv-conf=off --timezone=off --link-journal=no --console=pipe
  ) </dev/null >>"$folder/console.log" 2>&1 9>&- &
  supervisor=$!
  while kill -0 "$supervisor" 2>/dev/null; do
    init=$(init_of "$supervisor" || :)
    if [ -n "$init" ]; then note_process_ids "$init" "$supervisor"; break; fi
    sleep 0.05
  done
  status=0
  wait "$supervisor" || status=$?
}

# nspawn ends with 133 when the host reboots itself. Anything else means that it stays off, and when only nspawn or only
# the host's init was killed from outside, that was a power cut.
run() {
  exec 9>"$folder/power.lock"
  flock -n 9 || exit 0
  rm -f "$folder/power-cut"
  status=133
  while [ "$status" -eq 133 ] && [ ! -e "$folder/power-cut" ]; do
    kill_processes
    attach
    plug
    boot
  done
  kill_processes
  note_process_ids 0 0
}

# The keeper ends when its host is gone, and reaps what was killed.
off() {
  if ip link show "$link" >/dev/null 2>&1; then ip link set "$link" down; fi
  touch "$folder/power-cut"
  tries=100
  kill_processes
  while kept; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "machine.sh: the keeper of $host does not end" >&2; exit 1; }
    sleep 0.1
    kill_processes
  done
  rm "$folder/power-cut"
  note_process_ids 0 0
}

remove() {
  off
  unplug
  unmount_root
  if mountpoint -q "$folder/disk"; then umount "$folder/disk"; fi
  if [ -d "$group" ]; then empty_group; rmdir "$group"; fi
  rmdir "$cgroups/nixdeploy-lab/$lab_name" "$cgroups/nixdeploy-lab" 2>/dev/null || :
  rm -rf "$folder"
}

unmount_root() {
  if mountpoint -q "$folder/root"; then umount "$folder/root"; fi
}

snapshot() {
  unmount_root
  cp -a "$folder/disk/upper" "$folder/disk/factory"
  attach
}

# New folders, because the kernel may not be done with the old ones yet.
reset() {
  off
  unmount_root
  rm -rf "$folder/link-cut" "$folder/disk/filler" "$folder/disk/upper" "$folder/disk/work"
  cp -a "$folder/disk/factory" "$folder/disk/upper"
  mkdir "$folder/disk/work"
  attach
}

free_kilobytes() { df --output=avail -k "$folder/disk" | tail -n 1; }

# The very last blocks go to where the file lies: without them it is as full as it gets.
fill_disk() {
  size=$(($(free_kilobytes) - ${1-0}))
  [ "$size" -le 0 ] || fallocate -l "${size}K" "$folder/disk/filler" 2>/dev/null || [ "$(free_kilobytes)" -le $((${1-0} + 64)) ]
}

status() {
  if ! is_on; then
    echo off
  elif says 'frozen 1'; then
    echo frozen
  else
    echo on
  fi
}

# Between us and the command is a shell that only waits. nsenter itself would do that too, but it stops when its child is
# stopped, which a shutdown does to every process: then it never reaps the child, and the host never ends.
inside() {
  read -r init <"$folder/pid"
  # shellcheck disable=SC2016
  exec nsenter --target "$init" --all --no-fork \
    env -i HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/usr/sbin:/bin:/sbin sh -c '"$@"; exit $?' sh "$@"
}

case $verb in
  on) if ! is_on || ! kept; then setsid -f sh "$0" run "$host" </dev/null >>"$folder/keeper.log" 2>&1; fi ;;
  off) off ;;
  shutdown) inside systemctl poweroff ;;
  freeze) echo 1 >"$group/cgroup.freeze" ;;
  thaw) echo 0 >"$group/cgroup.freeze" ;;
  cut-link) touch "$folder/link-cut"; ip link set "$link" down ;;
  restore-link) rm -f "$folder/link-cut"; ip link set "$link" up ;;
  fill-disk) fill_disk "$@" ;;
  free-disk) rm -f "$folder/disk/filler" ;;
  exec) inside "$@" ;;
  status) status ;;
  reset) reset ;;
  attach) attach ;;
  snapshot) snapshot ;;
  run) run ;;
  remove) remove ;;
  *) echo "$usage" >&2; exit 64 ;;
esac
