# shellcheck shell=sh disable=SC2154
# run limit -- program [argument…]: runs the program for so many seconds at most; after the first line all output is its own, so
# values are checked before that line. 124: it took too long.
# What the program leaves behind in its process group, which timeout makes, is killed: it would keep the output open.
read_values 'limit:number' '' "$@"
shift "$Words"
begin
unset LC_ALL
timeout -k 5 "$limit" "$@" </dev/null &
group=$!
wait "$group"
code=$?
kill -s KILL -- "-$group" 2>/dev/null
exit "$code"
