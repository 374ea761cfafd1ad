# shellcheck shell=sh disable=SC2154
# run SECONDS PROGRAM [ARGUMENT…]: runs the program; after the first line everything is its own. 124: it took too long.
# It is over when the program is: what it leaves behind in its process group, which timeout makes, would hold the output open.
seconds=$1
shift
begin
unset LC_ALL
timeout -k 5 "$seconds" "$@" </dev/null &
group=$!
wait "$group"
code=$?
kill -s KILL -- "-$group" 2>/dev/null
exit "$code"
