# The hosts of a Nix file: a set of hosts, a set with nixosConfigurations, or a function of { } that gives one of the two.
file:
let
  value = import file;
  result = if builtins.isFunction value then value { } else value;
in
result.nixosConfigurations or result
