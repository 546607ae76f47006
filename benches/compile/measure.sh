#!/usr/bin/env bash
# What compiling costs a user: a crate of its own outside this repository, default profiles, the default linker.
# usage: benches/compile/measure.sh [quickstart] [contract]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# nothing of the caller's may speed it up or slow it down
for name in $(compgen -e | grep -E '^(RUSTFLAGS|RUSTC_WRAPPER|RUSTC_WORKSPACE_WRAPPER|CARGO_(TARGET|PROFILE|BUILD|ENCODED|INCREMENTAL).*)$'); do unset "$name"; done
[ -e "${CARGO_HOME:-$HOME/.cargo}/config.toml" ] && echo "note: ${CARGO_HOME:-$HOME/.cargo}/config.toml is in force" >&2
TIMEFORMAT='%R %U %S'

# wall and CPU seconds of a command
timed() {
  { time "$@" >"$work/log" 2>&1; } 2>"$work/time" || { cat "$work/log" >&2; exit 1; }
  awk 'END { printf "%.2f %.2f\n", $1, $2 + $3 }' "$work/time"
}

# the medians of three builds after the user's file was touched
rebuilt() {
  : >"$work/times"
  for _ in 1 2 3; do
    touch src/main.rs
    timed cargo build "$@" >>"$work/times"
  done
  echo "$(cut -d' ' -f1 "$work/times" | sort -g | sed -n 2p) $(cut -d' ' -f2 "$work/times" | sort -g | sed -n 2p)"
}

row() { printf '%-34s %10s %10s\n' "$@"; }

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(quickstart contract)
row '' 'wall s' 'CPU s'
for program in "${programs[@]}"; do
  crate=$work/$program
  mkdir -p "$crate/src"
  printf '[package]\nname = "%s"\nedition = "2024"\n[workspace]\n[dependencies]\nlayercake = { path = "%s" }\n' "$program" "$root" >"$crate/Cargo.toml"
  cp "$root/Cargo.lock" "$crate"
  source=$here/$program.rs
  [ -e "$source" ] || source=$root/examples/$program.rs
  cp "$source" "$crate/src/main.rs"
  cd "$crate"
  cargo fetch --quiet
  numbers=$(timed cargo build --release)
  row "$program: release, cold" ${numbers}
  numbers=$(rebuilt --release)
  row "$program: release, after an edit" ${numbers}
  numbers=$(timed cargo build)
  row "$program: dev, cold" ${numbers}
  numbers=$(rebuilt)
  row "$program: dev, after an edit" ${numbers}
  strip -o "$work/stripped" "target/release/$program"
  printf '%-34s %10.2f\n' "$program: stripped, MB" "$(stat -c %s "$work/stripped")e-6"
  rm -r target
done
