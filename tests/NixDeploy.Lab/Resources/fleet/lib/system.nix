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
    Description=${unit.description or "${key}, version ${toString (unit.version or version)}"}
    X-Restart-Triggers=${toString (unit.version or version)}
    ${settingLines (unit.unit or { })}

    [Service]
    Environment=PATH=/usr/bin:/usr/sbin:/bin:/sbin
    Type=${unit.type or "simple"}
    ExecStart=${script key unit.exec}
    ${if unit ? reload then "ExecReload=${script "${key}-reload" unit.reload}" else ""}
    ${if unit ? reload && !(unit ? unit && unit.unit ? X-Reload-Triggers) then "X-ReloadIfChanged=true" else ""}
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
  } // mapAttrs (_: unit: { text = unit; wanted-by = [ ]; }) targets // host.units or { };

  # As on NixOS, those of systemd are in the system too: switching starts the active ones among them, and with them what they want.
  targets = mapAttrs (_: text: "[Unit]\n${text}\n") {
    "multi-user.target" = "Description=Multi-User System\nRequires=basic.target\nConflicts=rescue.service rescue.target\nAfter=basic.target rescue.service rescue.target\nAllowIsolate=yes";
    "graphical.target" = "Description=Graphical Interface\nRequires=multi-user.target\nConflicts=rescue.service rescue.target\nAfter=multi-user.target rescue.service rescue.target\nAllowIsolate=yes";
    "local-fs.target" = "Description=Local File Systems\nDefaultDependencies=no\nConflicts=shutdown.target\nAfter=local-fs-pre.target";
    "timers.target" = "Description=Timer Units\nDefaultDependencies=no\nConflicts=shutdown.target";
    "sockets.target" = "Description=Socket Units";
    "sysinit-reactivation.target" = "Description=Units before sysinit.target, once more\nDefaultDependencies=no";
  };

  unitFiles = each (key: unit: [ "${text "unit-${unitName key}" (unit.text or (service key unit))} etc/systemd/system/${unitName key}" ]) units;
  wants = each (key: unit: map (by: "../${unitName key} etc/systemd/system/${by}.wants/${unitName key}") (unit.wanted-by or [ "multi-user.target" ])) units;

  # What the system consists of besides: small packages, users, files in /etc, ballast.
  packages = each (key: value: [ "${text "${key}-${toString value}" "${key} ${toString value}\n"} packages/${key}" ]) (host.packages or { });
  etc = each (key: value: [ "${text "etc-${key}" value} etc/${key}" ]) ({ "systemd/system.conf" = "[Manager]\n"; } // host.etc or { });
  users = text "users-groups.json" (builtins.toJSON { users = map (user: { name = user; }) ([ "root" "deployer" ] ++ host.users or [ ]); });
  payload = build "payload-${version}" "head -c ${toString host.payload-megabytes}M /dev/urandom >$out" { };
  systemPath = build "system-path" (readFile ./make-links.sh) { links = lines ([ "/usr/bin bin" ] ++ packages); };
  specialisations = mapAttrs (_: changes: import ./system.nix { inherit name system address gateway; } (removeAttrs host [ "specialisations" ] // changes)) (host.specialisations or { });

  faults = host.faults or { };
  flag = set: key: if set.${key} or false then 1 else 0;
  snippet = key: if faults ? ${key} then [ "${text "${key}-snippet" faults.${key}} lab/${key}" ] else [ ];

  # NixOS's own script, where LabUp was given one, with what NixOS puts into it. Older ones do not have all of these places.
  ownScript = ./switch-to-configuration.pl;
  substitutions = {
    perl = "/usr";
    bash = "/usr";
    systemd = "/usr";
    coreutils = "/usr";
    utillinux = "/usr";
    util-linux = "/usr";
    su = "/usr/bin/su";
    shell = "/bin/sh";
    distroId = "nixos";
    localeArchive = "";
    toplevel = "@out@";
    installBootLoader = "@out@/lab/install-boot-loader";
    preSwitchCheck = "@out@/lab/check";
  };
  places = attrNames substitutions;
  switchScript =
    if builtins.pathExists ownScript
    then replaceStrings (map (place: "@${place}@") places) (map (place: substitutions.${place}) places) (readFile ownScript)
    else readFile ./switch-to-configuration.sh;
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
  ++ snippet "activation" ++ snippet "checks"
  ++ each (key: value: [ "${value} specialisation/${key}" ]) specialisations);

  # path in the system, then where its content comes from
  files = lines [
    "${text "nixos-version" "lab.${version}"} nixos-version"
    "${text "system" system} system"
    "${text "kernel-params" (toString (host.kernel-params or [ "quiet" ]))} kernel-params"
    "${text "init-interface-version" (if faults.answer or 0 == 100 then "systemd 3" else "systemd 2")} init-interface-version"
    "${text "faults" ''
      answer=${toString (faults.answer or 0)}
      answer_boot=${toString (faults.answer-boot or 0)}
      answer_dry=${toString (faults.answer-dry or 0)}
      answer_after=${toString (faults.answer-after or 0)}
      hang=${toString (flag faults "hang")}
      half_way=${toString (flag faults "half-way")}
      inhibited=${toString (flag faults "inhibited")}
      daemon_reload=${toString (flag faults "daemon-reload")}
      newer=${toString (flag host "newer-script")}
    ''} lab/faults"
    "${text "common" (readFile ./common.sh)} lab/common"
    "${text "units" (readFile ./units.awk)} lab/units"
  ];
  programs = lines [
    "${text "switch-to-configuration" switchScript} bin/switch-to-configuration"
    "${text "dry-activate" "#!/bin/sh\n"} dry-activate"
    "${text "install-boot-loader" (readFile ./install-boot-loader.sh)} lab/install-boot-loader"
    "${text "check" (readFile ./check.sh)} lab/check"
    "${text "activate" (readFile ./activate.sh)} activate"
    "${text "init" (readFile ./init.sh)} init"
  ];
}
