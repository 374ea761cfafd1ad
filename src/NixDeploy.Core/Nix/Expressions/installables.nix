# The systems at some attribute paths: a NixOS configuration there stands for its system.
paths:
root:
let
  step = value: key: value.${key};
  describe = path:
    let
      value = builtins.foldl' step root path;
      system = value.config.system.build.toplevel or value;
    in { derivation = system.drvPath; toplevel = system.outPath; };
in
map describe paths
