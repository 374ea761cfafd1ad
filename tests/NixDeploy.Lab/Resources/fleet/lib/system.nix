# A system that a deployer cannot tell from a NixOS one, made with /bin/sh and coreutils: no nixpkgs, no network.
# `host` is the content of hosts/<name>.nix; docs/lab.md lists what it may say.
{ name, system, address, gateway }: host:
let
  inherit (builtins) attrNames concatLists concatStringsSep mapAttrs match readFile replaceStrings toFile toString;

  version = toString (host.version or "1");
  kernel = toString (host.kernel or "6.12.1");
  initrd = toString (host.initrd or kernel);
  lines = concatStringsSep "\n";
  each = make: set: concatLists (map (key: make key set.${key}) (attrNames set));

  # Store names allow few characters. toFile is not a build, which is what makes a change cheap.
  text = fileName: content: toFile (replaceStrings [ "/" "@" ":" "\\" " " "~" "," ] [ "-" "-" "-" "-" "-" "-" "-" ] fileName) content;

  build = drvName: script: environment: derivation ({
    name = drvName;
    inherit system;
    builder = "/bin/sh";
    args = [ "-euc" script ];
    PATH = "/usr/bin:/bin";
    preferLocalBuild = true;
    allowSubstitutes = false;
    __noChroot = true;
  } // environment);

  component = drvName: file: build drvName "mkdir $out; echo ${drvName} >$out/${file}" { };

  # Units. A value is either { text = …; } or what `service` below understands.
  unitName = key: if match ".*\\.[a-z]+" key == null then "${key}.service" else key;
  setting = key: value: "${key}=${if value == true then "yes" else if value == false then "no" else toString value}";
  settingLines = set: lines (map (key: setting key set.${key}) (attrNames set));
  script = key: content: "/bin/sh ${text "unit-script-${key}" content}";

  service = key: unit: ''
    [Unit]
    Description=${unit.description or key}, version ${toString (unit.version or version)}
    ${if unit ? reload then "X-ReloadIfChanged=true" else ""}
    ${settingLines (unit.unit or { })}

    [Service]
    Environment=PATH=/usr/bin:/usr/sbin:/bin:/sbin
    Type=${unit.type or "simple"}
    ExecStart=${script key unit.exec}
    ${if unit ? reload then "ExecReload=${script "${key}-reload" unit.reload}" else ""}
    ${settingLines (unit.service or { })}
  '';

  units = {
    network = {
      description = "Network of ${name}";
      version = "1";
      type = "oneshot";
      exec = ''
        ip link set lo up
        ip link set host0 up
        ip address replace ${address}/30 dev host0
        ip route replace default via ${gateway}
      '';
      unit = { DefaultDependencies = false; Before = "network.target"; };
      service = { RemainAfterExit = true; };
    };
  } // host.units or { };

  unitFiles = each (key: unit: [ "${text "unit-${unitName key}" (unit.text or (service key unit))} etc/systemd/system/${unitName key}" ]) units;
  wants = each (key: unit: map (by: "../${unitName key} etc/systemd/system/${by}.wants/${unitName key}") (unit.wanted-by or [ "multi-user.target" ])) units;

  # What the system consists of besides: small packages, users, files in /etc, ballast.
  packages = each (key: value: [ "${text "${key}-${toString value}" "${key} ${toString value}\n"} packages/${key}" ]) (host.packages or { });
  etc = each (key: value: [ "${text "etc-${key}" value} etc/${key}" ]) (host.etc or { });
  users = text "users-groups.json" (builtins.toJSON { users = map (user: { name = user; }) ([ "root" "deployer" ] ++ host.users or [ ]); });
  payload = build "payload-${version}" "head -c ${toString host.payload-megabytes}M /dev/urandom >$out" { };
  systemPath = build "system-path" (readFile ./make-links.sh) { links = lines ([ "/usr/bin bin" ] ++ packages); };
  specialisations = mapAttrs (_: changes: import ./system.nix { inherit name system address gateway; } (removeAttrs host [ "specialisations" ] // changes)) (host.specialisations or { });

  faults = host.faults or { };
  flag = key: if faults.${key} or false then 1 else 0;
in
build "nixos-system-${name}-lab.${version}" (readFile ./make-links.sh) {
  links = lines (unitFiles ++ wants ++ etc ++ [
    "${systemPath} sw"
    "${users} users-groups.json"
    "${component "linux-${kernel}" "bzImage"}/bzImage kernel"
    "${component "initrd-linux-${initrd}" "initrd"}/initrd initrd"
    "${component "linux-${kernel}-modules" "modules"} kernel-modules"
  ]
  ++ (if host.payload-megabytes or 0 > 0 then [ "${payload} payload" ] else [ ])
  ++ (if faults ? activation then [ "${text "activation-snippet" faults.activation} lab/activation" ] else [ ])
  ++ each (key: value: [ "${value} specialisation/${key}" ]) specialisations);

  # path in the system, then where its content comes from
  files = lines [
    "${text "nixos-version" "lab.${version}"} nixos-version"
    "${text "system" system} system"
    "${text "kernel-params" (toString (host.kernel-params or [ "quiet" ]))} kernel-params"
    "${text "init-interface-version" "systemd 2"} init-interface-version"
    "${text "faults" ''
      answer=${toString (faults.answer or 0)}
      answer_boot=${toString (faults.answer-boot or 0)}
      answer_dry=${toString (faults.answer-dry or 0)}
      hang=${toString (flag "hang")}
      half_way=${toString (flag "half-way")}
      inhibited=${toString (flag "inhibited")}
    ''} lab/faults"
  ];
  programs = lines [
    "${text "switch-to-configuration" (readFile ./switch-to-configuration.sh)} bin/switch-to-configuration"
    "${text "activate" (readFile ./activate.sh)} activate"
    "${text "init" (readFile ./init.sh)} init"
    "${text "place-units" (readFile ./place-units.sh)} lab/place-units"
  ];
}
