# The names of the hosts.
configurations: builtins.attrNames configurations
