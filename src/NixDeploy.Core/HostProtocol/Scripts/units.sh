# shellcheck shell=sh disable=SC2154
# units -- unit…: the state of each.
begin
read_values '' '' "$@"
shift "$Words"
print_units "$@"
end
