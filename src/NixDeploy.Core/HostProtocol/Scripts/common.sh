# shellcheck shell=sh disable=SC2034
# What all scripts share, placed in front of each: where things are, how values come in and answers go out, who holds the lock,
# and where a transaction stands. Variables that begin with a capital are set here and only read elsewhere, except Words;
# functions that need variables of their own run in a subshell.
#
# Names of files, record keys, verdicts, phases and reasons are the format in which versions of NixDeploy understand each other on
# a host: the guard of an older version goes on with its own text. A change of their meaning needs a new Protocol.
set -u
LC_ALL=C
PATH=/run/wrappers/bin:/run/current-system/sw/bin:/nix/var/nix/profiles/system/sw/bin:/nix/var/nix/profiles/default/bin:${PATH-}
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

Protocol=2                  # 1: files without a line that says so
State=/nix/var/nixdeploy    # outlives a boot
Txn=$State/txn              # the transaction: record, verdict, done
Volatile=/run/nixdeploy     # of this boot
Lock=$Volatile/lock
Mutex=$Volatile/alone       # older versions lock this very file
Work=$Volatile/txn          # what the guard of this boot has done so far
Roots=/nix/var/nix/gcroots/nixdeploy
Guard=nixdeploy-guard.service
Activation=nixdeploy-activation.service
RebootWatchdog=nixdeploy-reboot-watchdog.service
SwitchLock=/run/nixos/switch-to-configuration.lock # held by a switch-to-configuration at work
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

# --- values: words key=value, and a list behind the word -- ---

# Sets a variable for each key, those that were not given to nothing, and Words to how many words it read, so that `shift "$Words"`
# leaves the list. Only declared keys are ever part of a command; a value is never read as one.
read_values() { # needed-keys optional-keys word…: key, or key:number
  values_needed=$1 values_known=" $1 $2 " values_given=' ' Words=0
  for values_key in $1 $2; do eval "${values_key%:number}=''"; done
  shift 2
  for values_word; do
    Words=$((Words + 1))
    if [ "$values_word" = -- ]; then break; fi
    values_key=${values_word%%=*}
    case $values_key in '' | "$values_word" | *[!a-z_]*) refuse bad-request "$values_key" malformed ;; esac
    case $values_given in *" $values_key "*) refuse bad-request "$values_key" repeated ;; esac
    case $values_known in
      *" $values_key "*) ;;
      *" $values_key:number "*)
        case ${values_word#*=} in '' | *[!0-9]* | 0?* | ???????????????????*) refuse bad-request "$values_key" not-a-number ;; esac
        ;;
      *) refuse bad-request "$values_key" unknown ;;
    esac
    eval "$values_key=\${values_word#*=}"
    values_given="$values_given$values_key "
  done
  for values_key in $values_needed; do
    values_key=${values_key%:number}
    case $values_given in *" $values_key "*) ;; *) refuse bad-request "$values_key" missing ;; esac
  done
}

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

pause() { sleep 0.2 2>/dev/null || sleep 1; }

# Not `: >file`: when a redirection of a special builtin fails, POSIX lets it end the whole shell.
make_file() { true >"$1"; }

durable() { sync -f "$@" 2>/dev/null || sync; }

current_system() { readlink -f /run/current-system; }

# --- generations ---

# The one place that reads the names of generations: sets number; 1 when the link is no generation of this profile.
parse_generation() { # profile link
  number=${2##*/}
  number=${number#"${1##*/}"-}
  case $number in *-link) number=${number%-link} ;; *) number='' ;; esac
  case $number in
    '' | *[!0-9]* | ??????????*)
      number=''
      return 1
      ;;
  esac
}

each_generation() { # profile function: calls it with each generation's link, its number in number
  for link in "$1"-*-link; do
    if parse_generation "$1" "$link"; then "$2" "$link"; fi
  done
}

generation_of() ( # profile: the number of its current generation, or nothing
  link=$(readlink "$1") || exit 0
  parse_generation "$1" "$link"
  printf '%s' "$number"
)

take_highest() { if [ "$number" -gt "$highest" ]; then highest=$number; fi; }

highest_generation() ( # profile: the number of its newest generation; 0 without one
  highest=0
  each_generation "$1" take_highest
  echo "$highest"
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

# Whether the unit's failure is not held against the new system: it was failed before, or the fleet names it.
may_fail() ( # unit
  if holds_line "$Work/failed-before" "$1"; then exit 0; fi
  [ -r "$Txn/may-fail" ] || exit 1
  while read -r pattern; do
    # shellcheck disable=SC2254 # it is a pattern
    case $1 in $pattern) exit 0 ;; esac
  done <"$Txn/may-fail"
  exit 1
)

without_tolerated() { # units, a line each, in and out
  while read -r unit; do
    [ -z "$unit" ] || may_fail "$unit" || printf '%s\n' "$unit"
  done
}

# The units that switch-to-configuration itself says have failed. It says no more about them than their names.
said_failed() { # output
  tail -c 100000 "$1" 2>/dev/null | while IFS= read -r line; do
    case $line in 'warning: the following units failed: '*) printf '%s\n' "${line#*failed: }" ;; esac
  done | tr -s ', ' '\n'
}

# Failed units with their results and the ends of their logs since this activation began, without those that may fail. Bounded: 20 units,
# 20 lines.
print_failures() (
  timeout 5 journalctl --sync 2>/dev/null
  { read -r began <"$Work/began"; } 2>/dev/null || began=$(field "$Txn/record" since)
  {
    failed_units
    for output in "$Work/try.output" "$Work/switch.output"; do said_failed "$output"; done
  } | without_tolerated | sort -u | head -n 20 | while read -r unit; do
    answer failed "$unit" "$(systemctl show -p Result --value "$unit")"
    journalctl --unit="$unit" --since="@$began" --lines=20 --output=cat --no-pager --quiet 2>/dev/null | tail -n 20 | cut -c 1-400 |
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

# RestartForceExitStatus: for systemd, a service that was ended by one of these signals has done its work.
start_guard() {
  transient "$Guard" --setenv=PATH="$(field "$Txn/record" old)/sw/bin:$PATH" \
    -p Restart=on-failure -p RestartForceExitStatus='SIGHUP SIGINT SIGTERM SIGPIPE' -p RestartSec=1 -p StartLimitIntervalSec=0 \
    /bin/sh "$Txn/guard.sh"
}

# --- the protocol's version ---

is_newer() { # file: sets protocol to the version that wrote it; 1 when this one understands it
  protocol=1
  [ -r "$1" ] || return 1
  while IFS=$Tab read -r key value; do
    if [ "$key" = protocol ]; then protocol=$value; fi
  done <"$1"
  case $protocol in 1 | "$Protocol") return 1 ;; esac
}

# A newer version may have given its files another meaning, so nothing is done by them.
refuse_newer() {
  for file in "$Txn/record" "$Lock" "$State/number"; do
    if is_newer "$file"; then refuse newer-protocol "$file" "$protocol"; fi
  done
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

# One at a time changes the lock. The kernel releases this for a process that dies.
with_lock() { # command…: 3 when another process does not release it
  {
    flock -w 30 9 || return 3
    "$@"
  } 9>"$Mutex"
}

write_lock() { # run fence controller: the lock appears whole or not at all
  printf '%s\t%s\n' protocol "$Protocol" run "$1" fence "$2" controller "$3" since "$(date +%s)" boot "$Boot" >"$Lock.new" && mv "$Lock.new" "$Lock"
}

remove_lock() { # run fence
  if lock_held_by "$1" "$2"; then rm -f "$Lock"; fi
}

unlock() { with_lock remove_lock "$1" "$2"; } # run fence

need_lock() { # run fence
  lock_held_by "$1" "$2" && return 0
  print_lock
  refuse lock-lost
}

# --- the transaction ---

record_is_of() { [ "$(field "$Txn/record" run)" = "$1" ] && [ "$(field "$Txn/record" fence)" = "$2" ]; } # run fence

has_ended() { is_written 'done'; }

verdict() { readlink "$Txn/verdict"; }

# A switch without a guard, which no deadline rolls back.
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

# Whether the last transaction was interrupted in this boot, so that its system may be partly activated.
is_unfinished() { [ -e "$Txn/record" ] && [ "$(field "$Txn/record" boot)" = "$Boot" ] && ! is_final "$(phase)"; }

is_final() { # phase
  case $1 in committed | kept | restored | reverted-by-reboot | restore-failed) return 0 ;; *) return 1 ;; esac
}

# Written to /run when the disk is full, so that the guard can still finish.
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

# The same for lines that are answered as they stand.
write_answers() { # name
  write_down "$1" "$(cat)"
}

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

# How the activation ended, as far as this boot knows: sets word and code. In mode boot the commit is the activation.
read_outcome() { # phase
  word=$(field "$Work/outcome" word)
  code=$(field "$Work/outcome" code)
  [ "$(field "$Txn/record" mode)" = boot ] || return 0
  case $1 in
    committed) word=installed ;;
    restored | restore-failed) word=failed ;;
  esac
  { read -r code <"$Work/boot.exit"; } 2>/dev/null
}

# For a controller that lost its connection before it was answered.
print_outcome() ( # phase
  read_outcome "$1"
  answer activation "$word" "$code" "$(yes_or_no reboot_needed "$(field "$Txn/record" target)")"
)

print_transaction() (
  [ -e "$Txn/record" ] || exit 0
  read -r phase reason <<STANDING
$(standing)
STANDING
  answer transaction "$(field "$Txn/record" run)" "$(field "$Txn/record" fence)" "$phase" "$reason" \
    "$(field "$Txn/record" target)" "$(field "$Txn/record" old)"
  print_outcome "$phase"
  if ! is_final "$phase" && [ "$(field "$Txn/record" boot)" = "$Boot" ]; then
    unit_alive "$Guard" || answer unguarded
    if read -r deadline 2>/dev/null <"$Txn/deadline"; then answer remaining $((deadline - $(uptime_seconds))); fi
  fi
  for file in "$Txn/done" "$Work/done"; do
    if [ -e "$file" ]; then answer ended "$(field "$file" at)"; fi
  done
  if { read -r began <"$Work/began"; } 2>/dev/null; then answer began "${began%.*}" "${began#*.}"; fi
  for name in failed said jobs busy moved tolerated; do written "$name"; done
)
