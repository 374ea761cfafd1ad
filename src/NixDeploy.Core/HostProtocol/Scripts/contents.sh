# shellcheck shell=sh disable=SC2154
# contents [programs] [system] [target] -- [path…]: which of the paths the store lacks; what the system consists of; and, when the
# whole target is there, what its activation would do to units. Changes nothing. nix-store is looked for in the folder programs
# first. It describes the controller's systems too, so that what is the same there and here looks the same.
begin
read_values '' 'programs system target' "$@"
shift "$Words"
if [ -n "$programs" ]; then PATH=$programs:$PATH; fi
Mark=$(printf '\001')

# Names may be anything, so a newline in one travels as a mark through read.
names() { # what find is told…
  { find "$@" -print0 || answer error unreadable >&3; } | tr '\n\0' '\001\n'
}

# Files with digests of their contents: one process for thousands. Links to anything else are what they say.
print_files() { # key what find is told…
  key=$1
  shift
  names "$@" | while IFS= read -r name; do
    case $name in
      *[\\"$Mark"]*) ;;
      *) if [ -f "$name" ]; then printf '%s\0' "$name"; fi ;;
    esac
  done | { xargs -r0 sha256sum -- || answer error unreadable >&3; } | while IFS= read -r line; do
    name=${line#*  }
    case $name in
      *"$Tab"*) answer "$key" "${line%% *}" "${name#./}" ;;
      *) printf '%s\t%s\t%s\n' "$key" "${line%% *}" "${name#./}" ;;
    esac
  done
  names "$@" | while IFS= read -r name; do
    case $name in
      *[\\"$Mark"]*) # sha256sum would write such a name in its own way
        name=$(printf '%s.' "$name" | tr '\001' '\n')
        name=${name%.}
        if [ -f "$name" ]; then answer "$key" "$(sha256sum <"$name" | cut -d ' ' -f 1)" "${name#./}"; fi
        ;;
    esac
    if [ ! -f "$name" ]; then answer "$key" "$(readlink "$name")" "${name#./}"; fi
  done
}

# Drop-ins are part of their unit; who wants it is not.
describe_units() (
  cd "$system/etc/systemd/system" 2>/dev/null || exit 0
  print_files unit . -maxdepth 1 \( -type f -o -type l \)
  print_files unit -L . -mindepth 2 -maxdepth 2 -type f -path './*.d/*.conf'
)

# What the targets want is started with them.
describe_wanted() (
  cd "$system/etc/systemd/system" 2>/dev/null || exit 0
  for link in *.target.wants/* *.target.requires/*; do
    if [ -e "$link" ] || [ -L "$link" ]; then answer wanted "${link##*/}"; fi
  done
)

# A link to a folder is one thing; a real folder is as many as it holds.
describe_etc() (
  cd "$system/etc" 2>/dev/null || exit 0
  print_files etc . -path ./systemd/system -prune -o \( -type f -o -type l \)
)

describe() {
  paths=$(nix-store --query --requisites "$system") || refuse store-broken
  answer system "$system"
  # Specialisations and containers bring users of their own; ours are those that the system's activation or userborn reads.
  reads=$(
    cat "$system/activate" "$system/etc/systemd/system/userborn.service" 2>/dev/null
    readlink -f "$system/users-groups.json"
  )
  printf '%s\n' "$paths" | while read -r path; do
    echo "path$Tab$path"
    case $path in
      *-users-groups.json | *-userborn.json)
        case $reads in *"$path"*) own=yes ;; *) own=no ;; esac
        answer users "$own" "$(cat "$path" 2>/dev/null)"
        ;;
    esac
  done
  printf '%s\n' "$paths" | xargs -n 1000 nix-store --query --size | while read -r size; do echo "size$Tab$size"; done
  for part in nixos-version kernel-params; do
    if [ -f "$system/$part" ]; then answer "$part" "$(cat "$system/$part")"; fi
  done
  for part in kernel initrd kernel-modules; do
    if [ -e "$system/$part" ]; then answer "$part" "$(readlink -f "$system/$part")"; fi
  done
  for link in "$system"/specialisation/*; do
    if [ -e "$link" ]; then answer specialisation "${link##*/}" "$(readlink -f "$link")"; fi
  done
  describe_units
  describe_wanted
  describe_etc
}

# Planning waits for nobody: what would happen is left out while another switch is under way.
foretell() {
  [ -x "$target/bin/switch-to-configuration" ] && switch_idle || return 0
  dry_activate "$target" 60
  [ "$code" -eq 0 ] || return 0
  answer dry-activated 0
  answer_would
  answer_check "$target" 60
}

exec 3>&1
missing=''
if [ $# -gt 0 ]; then
  missing=$(printf '%s\n' "$@" | xargs -n 1000 nix-store --check-validity --print-invalid) || refuse store-broken
fi
if [ -n "$missing" ]; then printf '%s\n' "$missing" | while read -r path; do echo "missing$Tab$path"; done; fi
if [ -n "$system" ]; then
  invalid=$(nix-store --check-validity --print-invalid "$system") || refuse store-broken
  if [ -z "$invalid" ]; then describe; fi
fi
if [ -n "$target" ] && [ -z "$missing" ] && nix-store --check-validity "$target" 2>/dev/null; then foretell; fi
end
