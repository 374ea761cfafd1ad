# What NixOS does to the running units when it switches from one system to another. Variables: old and new, the folders of both
# systems' units. Lines in: "drop-in FILE" for each drop-in of either, in order; then "unit NAME STATE" for each unit that systemd
# knows; then "asked restart|reload NAME" for what the activation asked for. Lines out: what (stop, start, restart, reload, skip, or
# target: started, and not shown) and the unit's name.
$1 == "drop-in" { drop_ins[substr($2, 1, index($2, ".d/") - 1)] = drop_ins[substr($2, 1, index($2, ".d/") - 1)] " " $2 }
$1 == "unit" { state[$2] = $3 }
$1 == "asked" { asked[$2] = asked[$2] " " $3 }

END {
  for (unit in state) if (state[unit] == "active" || state[unit] == "activating") compare(unit)
  ask_all("restart")
  ask_all("reload")
  for (key in done) {
    split(key, part, SUBSEP)
    if (part[2] != "reload" || !(((part[1], "stop") in done) || ((part[1], "restart") in done))) print part[2], part[1]
  }
}

# Whether there is this unit; a link to /dev/null has no line, as has a unit that is masked so.
function exists(folder, unit) { return lines_of(folder "/" unit) > 0 }

function lines_of(file,    line, number) {
  if (!(file in known)) {
    while ((getline line < file) > 0) number++
    close(file)
    known[file] = number + 0
  }
  return known[file]
}

# The unit file of an instance is its template's, where it has none of its own.
function file_of(unit,    at, dot) {
  at = index(unit, "@")
  if (at == 0 || exists(old, unit) || exists(new, unit)) return unit
  dot = match(unit, /\.[a-z]+$/)
  return substr(unit, 1, at) substr(unit, dot)
}

# Reads a unit and its drop-ins into values[side, section, key]; an empty value forgets those before it.
function read_unit(side, folder, file,    files, number, i) {
  number = split(folder "/" file drop_ins[folder "/" file], files, " ")
  for (i = 1; i <= number; i++) read_file(side, files[i])
}

function read_file(side, file,    line, section, key, at, more) {
  while ((getline line < file) > 0) {
    sub(/^[ \t]+/, "", line)
    if (line == "" || line ~ /^[#;]/) continue
    while (line ~ /\\$/ && (getline more < file) > 0) line = substr(line, 1, length(line) - 1) " " more
    if (line ~ /^\[/) {
      section = substr(line, 2, index(line, "]") - 2)
      continue
    }
    at = index(line, "=")
    if (section == "Install" || at == 0) continue
    key = substr(line, 1, at - 1)
    line = substr(line, at + 1)
    gsub(/^[ \t]+|[ \t]+$/, "", line)
    gsub(/[ \t]+$/, "", key)
    if (line == "") delete values[side, section, key]
    else values[side, section, key] = values[side, section, key] "\n" line
  }
  close(file)
}

function value(side, section, key) { return (side, section, key) in values ? values[side, section, key] : "" }

function is_true(side, section, key, otherwise,    all, number) {
  if (value(side, section, key) == "") return otherwise
  number = split(value(side, section, key), all, "\n")
  return all[number] == "1" || all[number] == "yes" || all[number] == "true" || all[number] == "on"
}

function ignored(key) {
  return key ~ /^(Description|Documentation|OnFailure|OnSuccess|OnFailureJobMode|IgnoreOnIsolate|StopWhenUnneeded|RefuseManualStart|RefuseManualStop|AllowIsolate|CollectMode|SourcePath)$/
}

# same, reload or restart, as the values of both sides differ.
function difference(    found, name, part) {
  found = "same"
  for (name in values) {
    split(name, part, SUBSEP)
    if (values[name] == value(part[1] == "old" ? "new" : "old", part[2], part[3])) continue
    if (part[2] == "Unit" && ignored(part[3])) continue
    if ((part[2] == "Unit" && part[3] == "X-Reload-Triggers") || (part[2] == "Mount" && part[3] == "Options")) found = "reload"
    else return "restart"
  }
  return found
}

function compare(unit,    file, found) {
  file = file_of(unit)
  if (!exists(old, file)) return
  split("", values)
  read_unit("old", old, file)
  if (!exists(new, file)) {
    if (is_true("old", "Unit", "X-StopOnRemoval", 1)) does("stop", unit)
    return
  }
  if (unit ~ /\.target$/) {
    split("", values)
    read_unit("new", new, file)
    if (unit !~ /^(suspend|hibernate|hybrid-sleep)\.target$/ && !is_true("new", "Unit", "RefuseManualStart", 0) && !is_true("new", "Unit", "X-OnlyManualStart", 0)) does("target", unit)
    if (is_true("new", "Unit", "X-StopOnReconfiguration", 0)) does("stop", unit)
    return
  }
  read_unit("new", new, file)
  found = difference()
  if (found == "restart") modified(unit, "stop", "start")
  else if (found == "reload") does("reload", unit)
}

# A unit that has to go from its old file to its new one.
function modified(unit, stop, start,    sockets, number, i, activated) {
  if (unit ~ /\.(path|slice|socket)$/) return
  if (unit ~ /\.mount$/) {
    does(unit == "-.mount" || unit == "nix.mount" ? "reload" : "restart", unit)
  } else if (is_true("new", "Service", "X-ReloadIfChanged", 0)) {
    does("reload", unit)
  } else if (!is_true("new", "Service", "X-RestartIfChanged", 1) || is_true("new", "Unit", "RefuseManualStop", 0) || is_true("new", "Unit", "X-OnlyManualStart", 0)) {
    does("skip", unit)
  } else if (!is_true("new", "Service", "X-StopIfChanged", 1) || unit !~ /\.service$/) {
    does("restart", unit)
  } else {
    # Where sockets start it, they are stopped and started in its stead.
    number = split(value("new", "Service", "Sockets"), sockets, /[ \n]+/)
    if (number == 0) sockets[number = 1] = substr(unit, 1, length(unit) - length(".service")) ".socket"
    for (i = 1; i <= number; i++) {
      if (!(sockets[i] in state)) continue
      does(stop, sockets[i])
      if (exists(new, sockets[i])) {
        does(start, sockets[i])
        activated = 1
      }
    }
    if (!activated) does(start, unit)
    does(stop, unit)
  }
}

function ask_all(how,    units, number, i) {
  number = split(asked[how], units, " ")
  for (i = 1; i <= number; i++) ask(how, units[i])
}

function ask(how, unit) {
  if (how == "reload") {
    if (unit in state && !((unit, "stop") in done) && !((unit, "restart") in done)) does("reload", unit)
  } else if (!(unit in state)) {
    does("start", unit)
  } else {
    split("", values)
    read_unit("new", new, file_of(unit))
    modified(unit, "restart", "restart")
  }
}

function does(what, unit) { done[unit, what] = 1 }
