# shellcheck shell=sh disable=SC2154
# run SECONDS PROGRAM [ARGUMENT…]: becomes the program; after the first line everything is its own. 124: it took too long.
seconds=$1
shift
begin
unset LC_ALL
exec timeout -k 5 "$seconds" "$@" </dev/null
