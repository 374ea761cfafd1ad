# shellcheck shell=sh disable=SC2154
# units UNIT…: how each is doing.
begin
print_units "$@"
end
