# For each of some hosts: its settings, those that it has for the fleet, and its system when it is wanted.
{ names, systems }:
configurations:
let
  describe = name:
    let
      host = configurations.${name};
      system = host.config.system.build.toplevel;
    in {
      deployment = host.config.claude.deployment or null;
      coordinators = [
        (host.config.gemini.deployment-coordinator or null)
        (host.config.claude.deployment-coordinator or null)
      ];
      # (A set with outPath would be written as that text alone.)
      system = if builtins.elem name systems then { derivation = system.drvPath; toplevel = system.outPath; } else null;
    };
in
map describe names
