# The fleet as a plain Nix file: the same attribute set as nixosConfigurations of flake.nix.
# Who is in it, and where, is lab.json; what a host runs is hosts/<name>.nix; settings of the whole fleet are settings.nix.
let
  lab = builtins.fromJSON (builtins.readFile ./lab.json);
  settings = import ./settings.nix;

  target = at: {
    inherit (at) port user identity-file known-hosts;
    host = at.address;
    transport = "ssh.net";
  };

  configuration = name: at:
    let
      host = import (./hosts + "/${name}.nix");
      deployment = host.deployment or { };
      toplevel = import ./lib/system.nix { inherit name; inherit (lab) system; inherit (at) address gateway; } (removeAttrs host [ "test" ]);
      test = derivation {
        name = "test-${name}";
        inherit (lab) system;
        inherit toplevel;
        builder = "/bin/sh";
        args = [ "-euc" "${host.test}\necho passed >$out" ];
        PATH = "/usr/bin:/bin";
        __noChroot = true;
      };
    in
    {
      config = {
        system.build = { inherit toplevel; };
        claude.deployment = deployment // { target = target at // deployment.target or { }; } // (if host ? test then { inherit test; } else { });
        gemini.deployment-coordinator = settings;
      };
    };
in
builtins.mapAttrs configuration lab.hosts
