# shellcheck shell=sh disable=SC2034,SC2154
# What the parts of a system's switch-to-configuration share; $system is the system that they belong to.
say() { echo "$*" >&2; }

answer=0 answer_after=0 answer_boot=0 answer_dry=0 hang=0 half_way=0 inhibited=0 daemon_reload=0 newer=0
# shellcheck source=/dev/null
. "$system/lab/faults"
# shellcheck source=/dev/null
if [ -e /var/lib/lab/faults ]; then . /var/lib/lab/faults; fi

# Notes that it has come so far, and waits there for as long as a test holds it.
moment() {
  echo "$1 $system" >>/var/lib/lab/moments
  [ -e "/var/lib/lab/hold-$1" ] || return 0
  : >"/var/lib/lab/held-$1"
  while [ -e "/var/lib/lab/hold-$1" ]; do sleep 0.05; done
}
