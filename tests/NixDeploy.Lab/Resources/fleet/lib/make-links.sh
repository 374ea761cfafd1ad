# The builder of every store path with structure. Each line of $links, $files and $programs is "source path-in-the-output".
# shellcheck shell=sh disable=SC2154
place() {
  while read -r source path; do
    [ -n "$path" ] || continue
    case $path in */*) mkdir -p "$out/${path%/*}" ;; esac
    "$@" "$source" "$out/$path"
  done
}

mkdir "$out"
printf '%s\n' "$links" | place ln -s
printf '%s\n' "${files-}" | place install -m 444
printf '%s\n' "${programs-}" | place install -m 555
if [ -e "$out/bin/switch-to-configuration" ]; then sed -i "s|@out@|$out|g" "$out/bin/switch-to-configuration"; fi
