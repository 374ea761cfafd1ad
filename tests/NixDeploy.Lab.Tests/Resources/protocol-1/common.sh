# shellcheck shell=sh disable=SC2034
# What all scripts share, placed in front of each: where things are, how answers are written, whose lock it is, and where
# a transaction stands. Variables that begin with a capital are set here and only read elsewhere; functions that need
# variables of their own run in a subshell.
set -u
LC_ALL=C
PATH=/run/wrappers/bin:/run/current-system/sw/bin:/nix/var/nix/profiles/system/sw/bin:/nix/var/nix/profiles/default/bin:${PATH-}
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

State=/nix/var/nixdeploy    # outlives a boot
Txn=$State/txn              # the transaction: record, verdict, done
Volatile=/run/nixdeploy     # of this boot
Lock=$Volatile/lock
Work=$Volatile/txn          # what the guard of this boot has done so far
Roots=/nix/var/nix/gcroots/nixdeploy
Guard=nixdeploy-guard.service
Activation=nixdeploy-activation.service
Insistence=nixdeploy-insistence.service
Newline='
'
Tab=$(printf '\t')
Boot=''
read -r Boot </proc/sys/kernel/random/boot_id

# --- answers: lines of a key and values, with tabs between; anything outside of begin and end is noise ---

begin() { printf '\n%s\n' 'nixdeploy-begin 1'; } # the first newline ends what a login left unfinished

end() {
  echo nixdeploy-end
  exit 0
}

refuse() { # word [detail…]
  answer error "$@"
  end
}

answer() ( # key [value…]
  line=$1
  shift
  for value; do
    case $value in *[\\"$Tab$Newline"]*) value=$(escaped "$value") ;; esac
    line=$line$Tab$value
  done
  printf '%s\n' "$line"
)

escaped() ( # text
  rest=$1
  while :; do
    head=${rest%%[\\"$Tab$Newline"]*}
    printf '%s' "$head"
    rest=${rest#"$head"}
    case $rest in
      '') exit ;;
      "$Tab"*) printf '\\t' ;;
      "$Newline"*) printf '\\n' ;;
      *) printf '%s' "\\\\" ;;
    esac
    rest=${rest#?}
  done
)

# --- small things ---

field() ( # file key: the key's value in a file of such lines, or nothing
  [ -r "$1" ] || exit 1
  while IFS=$Tab read -r key value; do
    if [ "$key" = "$2" ]; then
      printf '%s' "$value"
      exit 0
    fi
  done <"$1"
  exit 1
)

holds_line() ( # file line
  [ -r "$1" ] || exit 1
  while read -r line; do
    if [ "$line" = "$2" ]; then exit 0; fi
  done <"$1"
  exit 1
)

uptime_seconds() (
  read -r seconds rest </proc/uptime
  echo "${seconds%.*}"
)

yes_or_no() { if "$@"; then echo yes; else echo no; fi; } # command…

nap() { sleep 0.2 2>/dev/null || sleep 1; }

# Not `: >file`: when a redirection of a special builtin fails, POSIX lets it take the whole shell along.
make_file() { true >"$1"; }

durable() { sync -f "$@" 2>/dev/null || sync; }

current_system() { readlink -f /run/current-system; }

generation_of() ( # profile: the number of its current generation, or nothing
  link=$(readlink "$1") || exit 0
  number=${link%-link}
  number=${number##*-}
  case $number in '' | *[!0-9]*) exit 0 ;; esac
  printf '%s' "$number"
)

print_running() { # profile
  answer current "$(current_system)"
  answer generation "$(generation_of "$1")"
}

# Whether only a boot completes a system: what the kernel was booted with differs from what it has.
reboot_needed() ( # system
  for part in kernel initrd kernel-modules kernel-params; do
    booted=/run/booted-system/$part
    if [ ! -e "$booted" ] || [ ! -e "$1/$part" ]; then continue; fi
    case $part in
      kernel-params) cmp -s "$booted" "$1/$part" || exit 0 ;;
      *) [ "$(readlink -f "$booted")" = "$(readlink -f "$1/$part")" ] || exit 0 ;;
    esac
  done
  exit 1
)

# --- units ---

unit_alive() { # unit
  case $(systemctl show -p ActiveState --value "$1" 2>/dev/null) in
    active | activating | deactivating | reloading) return 0 ;;
    *) return 1 ;;
  esac
}

failed_units() {
  systemctl list-units --all --state=failed,auto-restart --plain --no-legend --no-pager --full 2>/dev/null | cut -d ' ' -f 1
}

# Failed units with their results and the ends of their logs, without those listed in a file. Bounded: 20 units, 20 lines.
print_failures() ( # file
  timeout 5 journalctl --sync 2>/dev/null
  failed_units | while read -r unit; do
    holds_line "$1" "$unit" || printf '%s\n' "$unit"
  done | head -n 20 | while read -r unit; do
    answer failed "$unit" "$(systemctl show -p Result --value "$unit")"
    journalctl --unit="$unit" --lines=20 --output=cat --no-pager --quiet 2>/dev/null | tail -n 20 | cut -c 1-400 |
      while IFS= read -r line; do answer log "$unit" "$line"; done
  done
)

print_units() ( # unit…: how each is doing; a name that systemd would take for something else is not found
  for unit; do
    case $unit in
      '' | -* | *[!A-Za-z0-9:_.@\\-]* | *@ | *@.*) answer unit "$unit" not-found inactive dead 0 '' ;;
      *)
        load=not-found active=inactive sub=dead restarts=0 invocation=
        while IFS='=' read -r key value; do
          case $key in
            LoadState) load=$value ;;
            ActiveState) active=$value ;;
            SubState) sub=$value ;;
            NRestarts) restarts=$value ;;
            InvocationID) invocation=$value ;;
          esac
        done <<UNIT
$(systemctl show -p LoadState,ActiveState,SubState,NRestarts,InvocationID -- "$unit" 2>/dev/null)
UNIT
        answer unit "$unit" "$load" "$active" "$sub" "$restarts" "$invocation"
        ;;
    esac
  done
)

# Transient services that outlive reload, reexec, isolate, a failing boot target and an orderly shutdown.
outlasting() { # unit [option…] program [argument…]
  unit=$1
  shift
  systemctl reset-failed "$unit" 2>/dev/null
  systemd-run --quiet --collect --no-ask-password --service-type=exec --unit="$unit" \
    -p DefaultDependencies=no -p IgnoreOnIsolate=yes -p OOMScoreAdjust=-1000 -p TimeoutStopSec=10 "$@"
}

# The same, but they end when a shutdown begins.
transient() { # unit [option…] program [argument…]
  unit=$1
  shift
  outlasting "$unit" -p Conflicts=shutdown.target -p Before=shutdown.target "$@"
}

# systemd takes a service that was sent one of these signals for one that has done its work.
start_guard() {
  transient "$Guard" --setenv=PATH="$(field "$Txn/record" old)/sw/bin:$PATH" \
    -p Restart=on-failure -p RestartForceExitStatus='SIGHUP SIGINT SIGTERM SIGPIPE' -p RestartSec=1 -p StartLimitIntervalSec=0 \
    /bin/sh "$Txn/guard.sh"
}

# --- the lock ---

lock_held() { [ "$(field "$Lock" boot)" = "$Boot" ]; } # one of another boot is void

lock_held_by() { # run fence
  lock_held && [ "$(field "$Lock" run)" = "$1" ] && [ "$(field "$Lock" fence)" = "$2" ]
}

print_lock() {
  if lock_held; then describe_lock lock; fi
}

describe_lock() { # key
  answer "$1" "$(field "$Lock" run)" "$(field "$Lock" controller)" "$(field "$Lock" since)" "$(field "$Lock" fence)" \
    "$(yes_or_no unit_alive "$Guard")"
}

# Whoever changes the lock does it alone. The kernel lets go of this for whoever dies.
alone() { # command…: 3 when the others do not let go
  {
    flock -w 30 9 || return 3
    "$@"
  } 9>"$Volatile/alone"
}

write_lock() { # run fence controller: the lock appears whole or not at all
  printf '%s\t%s\n' run "$1" fence "$2" controller "$3" since "$(date +%s)" boot "$Boot" >"$Lock.new" && mv "$Lock.new" "$Lock"
}

remove_lock() { # run fence
  if lock_held_by "$1" "$2"; then rm -f "$Lock"; fi
}

unlock() { alone remove_lock "$1" "$2"; } # run fence

need_lock() { # run fence
  lock_held_by "$1" "$2" && return 0
  print_lock
  refuse lock-lost
}

# --- the transaction ---

record_is_of() { [ "$(field "$Txn/record" run)" = "$1" ] && [ "$(field "$Txn/record" fence)" = "$2" ]; } # run fence

has_ended() { is_written 'done'; }

verdict() { readlink "$Txn/verdict"; }

# A switch that no guard was to take back.
is_plain_switch() { [ -z "$(field "$Txn/record" guard)" ] && [ "$(field "$Txn/record" mode)" = switch ]; }

# "phase reason". What the guard wrote in done is the truth; without it, where it stands now, or how a boot ended it.
standing() (
  for file in "$Txn/done" "$Work/done"; do
    if [ -e "$file" ]; then
      echo "$(field "$file" phase) $(field "$file" reason)"
      exit 0
    fi
  done
  verdict=$(verdict)
  target=$(field "$Txn/record" target)
  if [ "$(field "$Txn/record" boot)" = "$Boot" ] || [ -e "$Work/taken-up" ]; then
    case $verdict in
      commit) if is_written going-back; then echo "restoring $(written going-back)"; else echo "committing verdict"; fi ;;
      keep) echo "kept verdict" ;;
      restore) echo "restoring verdict" ;;
      expired) echo "restoring deadline" ;;
      *) if [ -e "$Work/outcome" ]; then echo waiting; else echo trying; fi ;;
    esac
    exit
  fi

  why=verdict
  if [ -z "$verdict" ] && is_plain_switch; then verdict=commit why=no-guard; fi # it is a commit from the beginning
  if [ "$verdict" = commit ] && [ "$(readlink -f "$(field "$Txn/record" profile)")" = "$target" ]; then
    if [ -e "$Txn/booted" ] || [ "$(readlink -f /run/booted-system)" = "$target" ]; then
      echo "committed $why"
    else
      echo "half-committed reboot"
    fi
  elif [ -e "$Txn/rebooting" ]; then
    echo "reverted-by-reboot guard-reboot"
  else
    echo "reverted-by-reboot reboot"
  fi
)

phase() { standing | cut -d ' ' -f 1; }

# Whether the last transaction was left by its guard somewhere in the middle, so that what runs may not run whole.
is_unfinished() { [ -e "$Txn/record" ] && [ "$(field "$Txn/record" boot)" = "$Boot" ] && ! is_final "$(phase)"; }

is_final() { # phase
  case $1 in committed | kept | restored | reverted-by-reboot | restore-failed) return 0 ;; *) return 1 ;; esac
}

# What the guard notes down lies in /run when the disk is full.
write_down() { # name text
  { printf '%s' "${2:+$2$Newline}" >"$Txn/$1.new" && mv "$Txn/$1.new" "$Txn/$1"; } || printf '%s' "${2:+$2$Newline}" >"$Work/$1"
  durable "$Txn"
}

is_written() { [ -e "$Txn/$1" ] || [ -e "$Work/$1" ]; } # name

written() ( # name: its text, when there is one
  for file in "$Txn/$1" "$Work/$1"; do
    if [ -e "$file" ]; then cat "$file"; fi
  done
)

write_done() { # phase reason
  write_down 'done' "phase$Tab$1${Newline}reason$Tab$2${Newline}at$Tab$(date +%s)"
}

# Writes down how a boot ended a transaction, before another boot makes it look different.
settle() (
  [ -e "$Txn/record" ] && [ ! -e "$Txn/done" ] && [ "$(field "$Txn/record" boot)" != "$Boot" ] || exit 0
  read -r phase reason <<STANDING
$(standing)
STANDING
  if is_final "$phase"; then
    write_done "$phase" "$reason"
    rm -rf "$Roots"
  fi
)

# How the try ended, as far as this boot knows: sets word and code. A boot's try is its commit.
tried() { # phase
  word=$(field "$Work/outcome" word)
  code=$(field "$Work/outcome" code)
  [ "$(field "$Txn/record" mode)" = boot ] || return 0
  case $1 in
    committed) word=installed ;;
    restored | restore-failed) word=failed ;;
  esac
  { read -r code <"$Work/boot.exit"; } 2>/dev/null
}

# The same for whoever lost its connection before it was told, and whether only a boot completes the target.
print_tried() ( # phase
  tried "$1"
  answer tried "$word" "$code" "$(yes_or_no reboot_needed "$(field "$Txn/record" target)")"
)

print_transaction() (
  [ -e "$Txn/record" ] || exit 0
  read -r phase reason <<STANDING
$(standing)
STANDING
  answer transaction "$(field "$Txn/record" run)" "$(field "$Txn/record" fence)" "$phase" "$reason" \
    "$(field "$Txn/record" target)" "$(field "$Txn/record" old)"
  print_tried "$phase"
  if ! is_final "$phase" && [ "$(field "$Txn/record" boot)" = "$Boot" ]; then
    unit_alive "$Guard" || answer unguarded
    if read -r deadline 2>/dev/null <"$Txn/deadline"; then answer remaining $((deadline - $(uptime_seconds))); fi
  fi
  for file in "$Txn/done" "$Work/done"; do
    if [ -e "$file" ]; then answer ended "$(field "$file" at)"; fi
  done
  written failed
  written said
)
