# For each of some hosts: its settings, those that it has for the fleet, and its system when it is wanted and there.
{ names, systems }:
configurations:
let
  describe = name:
    let
      host = configurations.${name};
      config = host.config or { };
      system = config.system.build.toplevel;
      deployment = config.claude.deployment or null;
      said = if deployment == null then null else deployment.test or null;
      # A test is a derivation, or the path of a result.
      test =
        if said == null then null
        else if builtins.isAttrs said then { derivation = said.drvPath; toplevel = said.outPath; }
        else { toplevel = toString said; };
      isSystem = host ? config.system.build.toplevel;
      # An installer's system may take minutes to evaluate, or not evaluate at all.
      isDeployed = isSystem && (deployment.enable or true) != false && (deployment.target.host or "") != null;
    in {
      inherit isSystem;
      deployment = if deployment == null then null else removeAttrs deployment [ "test" ];
      coordinators = [
        (config.gemini.deployment-coordinator or null)
        (config.claude.deployment-coordinator or null)
      ];
      # (A set with outPath would be written as that text alone.)
      system = if isDeployed && builtins.elem name systems then { inherit test; derivation = system.drvPath; toplevel = system.outPath; } else null;
    };
in
map describe names
