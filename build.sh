#!/usr/bin/env bash
# Runs this repository's build: ./build.sh --target=DeployAll. Every argument goes to it untouched, and the current
# folder stays the caller's. What has not changed is not built again.
set -euo pipefail

script=${BASH_SOURCE[0]}
while [ -L "$script" ]; do
  link=$(readlink "$script")
  case $link in
    /*) script=$link ;;
    *) script=$(dirname "$script")/$link ;;
  esac
done
root=$(cd "$(dirname "$script")" && pwd -P)
artifacts=$root/artifacts
programs=$artifacts/build # a folder per content, and which one is current
stamp=$programs/stamp     # as old as the sources that the current one was built from

say() { printf '%s\n' "$*" >&2; }
die() {
  say "build.sh: $*"
  exit 1
}

# What the program is built from, and nothing else. A test project is among them only where build/ refers to it.
sources=(build src global.json Directory.Build.props Directory.Build.targets Directory.Packages.props Directory.Solution.targets)
[ ! -d "$root/tests/NixDeploy.Lab" ] || sources+=(tests/NixDeploy.Lab)
[ ! -e "$root/nuget.config" ] || sources+=(nuget.config)

# Folders count too: a file that was removed or renamed leaves nothing newer than its folder.
is_current() {
  [ -f "$stamp" ] && [ -f "$programs/current" ] || return 1
  [ "$(cat "$programs/source" 2>/dev/null)" = "${CakeFrostingSource:-}" ] || return 1
  [ -f "$programs/$(cat "$programs/current")/Build.dll" ] || return 1
  [ -z "$(cd "$root" && find "${sources[@]}" -newer "$stamp" -print -quit)" ]
}

# The SDK, NuGet and this script need a place to write; tests and containers do not always give them a home.
find_home() {
  if [ -z "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; then
    export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-$artifacts/home}
    export NUGET_PACKAGES=${NUGET_PACKAGES:-$artifacts/packages}
    export NUGET_HTTP_CACHE_PATH=${NUGET_HTTP_CACHE_PATH:-$artifacts/home/http-cache}
    export XDG_DATA_HOME=${XDG_DATA_HOME:-$DOTNET_CLI_HOME/.local/share}
    mkdir -p "$XDG_DATA_HOME" 2>/dev/null || true
  fi
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=${DOTNET_CLI_TELEMETRY_OPTOUT:-1}
  export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
}

need_dotnet() {
  command -v dotnet >/dev/null ||
    die "the .NET SDK is missing; install dotnet-sdk-10.0 (Debian and Ubuntu: see https://learn.microsoft.com/dotnet/core/install/linux, others: https://dot.net/download)"
}

need_sdk() {
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    die "the .NET SDK here is too old or not the one wanted: global.json asks for 10.0.100 or newer, found $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' - | sed 's/^$/none/'); install dotnet-sdk-10.0 (https://learn.microsoft.com/dotnet/core/install)"
}

# One build at a time in one clone. The lock is let go by the system when its holder dies, or else its holder's id tells.
lock() {
  if command -v flock >/dev/null; then
    exec 9>"$programs/lock"
    flock 9
    return
  fi
  until mkdir "$programs/lock.d" 2>/dev/null; do
    holder=$(cat "$programs/lock.d/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! ps -p "$holder" >/dev/null; then
      rm -rf "$programs/lock.d"
    else
      sleep 0.2
    fi
  done
  echo $$ >"$programs/lock.d/pid"
  trap 'rm -rf "$programs/lock.d"' EXIT
}

unlock() {
  if command -v flock >/dev/null; then
    exec 9>&-
  else
    rm -rf "$programs/lock.d"
    trap - EXIT
  fi
}

digest() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

build() {
  say "Building NixDeploy…"
  local log=$programs/build.log started=$programs/stamp.new output=$programs/work/bin/Build/debug
  touch "$started" # before the build: what changes while it runs is newer
  # No server stays behind: it would keep the lock, and whatever pipe the caller reads from.
  if ! (cd "$root" && dotnet build build/Build.csproj --artifacts-path "$programs/work" --disable-build-servers -p:RunAnalyzers=false -v q >"$log" 2>&1 </dev/null 9>&-); then
    cat "$log" >&2
    die "the build failed; what it said is above and in $log"
  fi

  local name
  name=$(cd "$output" && find . -type f ! -name '*.pdb' ! -name '*.xml' -print0 | LC_ALL=C sort -z | xargs -0 cat | digest | cut -c1-16)
  if [ ! -d "$programs/$name" ]; then
    rm -rf "$programs/$name.new"
    cp -R "$output" "$programs/$name.new"
    mv "$programs/$name.new" "$programs/$name"
  fi
  printf '%s' "${CakeFrostingSource:-}" >"$programs/source"
  printf '%s' "$name" >"$programs/current.new"
  mv "$programs/current.new" "$programs/current"
  mv "$started" "$stamp"
  remove_unused "$name"
}

# A run holds a shared lock on its folder for as long as it lives. Without flock nobody can tell, and all are kept.
remove_unused() {
  command -v flock >/dev/null || return 0
  local folder
  for folder in "$programs"/*/; do
    folder=${folder%/}
    case ${folder##*/} in
      work | "$1") ;;
      *) (exec 8<"$folder" && flock -n 8 && rm -rf "$folder") || true ;;
    esac
  done
}

# Leaves the program's path in $program, with a lock on its folder that lives as long as the process does.
take_program() {
  local folder
  folder=$programs/$(cat "$programs/current")
  if command -v flock >/dev/null; then
    { exec 8<"$folder"; } 2>/dev/null || return 1
    flock -s 8
  fi
  program=$folder/Build.dll
  [ -f "$program" ] # another build may have removed it between the two
}

find_home
need_dotnet
if ! mkdir -p "$programs" 2>/dev/null || [ ! -w "$programs" ]; then
  die "cannot write to $programs; run it as the owner of this folder, or clone the repository for yourself"
fi
until is_current && take_program; do
  need_sdk
  lock
  is_current || build # somebody else may just have done it
  unlock
done
exec dotnet "$program" "$@"
