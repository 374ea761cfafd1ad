# shellcheck shell=sh disable=SC2154
# prepare run controller target profile [break_lock=yes] [dead_run=RUN] -- [path…]: takes the lock, keeps the garbage collector off the old and the
# new system, and tells which of the paths the host lacks.
begin
read_values 'run controller target profile' 'break_lock dead_run' "$@"
shift "$Words"
refuse_newer

# Takes it when it is free, void, this run's own or a dead run's, or is to be broken; 1 when another run holds it. The number is above every
# number that was ever given out here.
take_lock() {
  if lock_held && [ "$(field "$Lock" run)" != "$run" ]; then
    if [ "$break_lock" != yes ] && [ "$(field "$Lock" run)" != "$dead_run" ] || unit_alive "$Guard"; then return 1; fi
    describe_lock broken
  fi
  last=$(field "$State/number" fence)
  fence=$((${last:-0} + 1))
  printf '%s\t%s\n' protocol "$Protocol" fence "$fence" >"$State/number.new" && mv "$State/number.new" "$State/number" &&
    write_lock "$run" "$fence" "$controller" || return 2
}

held() {
  if lock_held; then
    print_lock
  else # a guard without its lock: it was removed by hand
    answer lock "$(field "$Txn/record" run)" "$(field "$Txn/record" controller)" "$(field "$Txn/record" since)" "$(field "$Txn/record" fence)" yes
  fi
  print_running "$profile"
  end
}

if ! mkdir -p "$State" "$Volatile" || ! chmod 700 "$State" "$Volatile"; then refuse cannot-write "$State"; fi
while unit_alive "$Guard"; do
  is_final "$(phase)" || held
  pause # it is done and about to end
done

with_lock take_lock
taken=$?
case $taken in
  0) ;;
  1) held ;;
  *) refuse cannot-write "$State" ;;
esac
settle
rm -rf "$Volatile"/try-* # of earlier holdings

# A link for every path of the closure too: nothing else keeps a path that arrives before the target that refers to it.
make_roots() { # path…
  rm -rf "$Roots" && mkdir -p "$Roots/closure" && ln -s "$target" "$Roots/new" && ln -s "$(current_system)" "$Roots/old" || return 1
  # shellcheck disable=SC2016
  [ $# -eq 0 ] || printf '%s\n' "$@" | xargs -n 1000 sh -c 'ln -s "$@" "$0"' "$Roots/closure"
}

if ! make_roots "$@"; then
  unlock "$run" "$fence"
  refuse cannot-write "$Roots"
fi
answer taken "$fence"
print_running "$profile"
if [ $# -gt 0 ]; then
  printf '%s\n' "$@" | xargs -n 1000 nix-store --check-validity --print-invalid >"$Volatile/missing.$$" || {
    rm -f "$Volatile/missing.$$"
    unlock "$run" "$fence"
    refuse store-broken
  }
  while read -r path; do echo "missing$Tab$path"; done <"$Volatile/missing.$$"
  rm -f "$Volatile/missing.$$"
fi
end
