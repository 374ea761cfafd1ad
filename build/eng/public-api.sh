#!/usr/bin/env bash
# Writes the lists of the public API again, from what the analyzer misses in empty ones. `dotnet format` does not fix this diagnostic here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for list in src/*/PublicAPI.Unshipped.txt; do
  printf '#nullable enable\n' >"$list"
done
dotnet build DeploymentCoordinator.sln --nologo -v q -p:TreatWarningsAsErrors=false |
  sed -nE "s|^.*RS0016: Symbol '(.*)' is not part of the declared public API.*/src/([^/]+)/[^/]+\.csproj\].*$|\2 \1|p" |
  LC_ALL=C sort -u |
  while read -r project symbol; do
    printf '%s\n' "$symbol" >>"src/$project/PublicAPI.Unshipped.txt"
  done
wc -l src/*/PublicAPI.Unshipped.txt
