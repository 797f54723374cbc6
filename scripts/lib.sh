# What every script here starts with; to be sourced. Names the folders, prints steps, says failures plainly.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD

# One place for everything built, wherever the caller wants it.
target=${CARGO_TARGET_DIR:-$top/target}
case $target in /*) ;; *) target=$top/$target ;; esac
export CARGO_TARGET_DIR=$target
# The server reads it, too: the folder of the browser's half.
case ${ASP_ACCESS_SITE:-} in
  '') ASP_ACCESS_SITE=$target/site ;;
  /*) ;;
  *) ASP_ACCESS_SITE=$top/$ASP_ACCESS_SITE ;;
esac
export ASP_ACCESS_SITE
# Rust as rustup leaves it, also in a shell that was open before.
export PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH

server=$target/debug/asp-access
wasm_target=wasm32-unknown-unknown

# A toolchain that set-up linked because only the distribution's compiler can build for the browser: one compiler
# for both halves.
linked_toolchain=asp-access-system
if [ -f "$target/.toolchain" ]; then
  RUSTUP_TOOLCHAIN=$(cat "$target/.toolchain")
  export RUSTUP_TOOLCHAIN
fi

fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# step N OF SENTENCE: a numbered line; elapsed NOTE closes it.
step() {
  step_started=$SECONDS
  printf '\n[%s/%s] %s\n' "$1" "$2" "$3"
}
elapsed() { printf '    %s in %ss.\n' "${1:-Done}" "$((SECONDS - step_started))"; }

wasm_ready() {
  local libraries
  libraries=$(rustc --print target-libdir --target "$wasm_target" 2>/dev/null) || return 1
  compgen -G "$libraries/libstd-*.rlib" >/dev/null
}

# install_packages REASON PACKAGE…: on Debian and Ubuntu as root; elsewhere a sentence.
packages_are_fresh=
install_packages() {
  local reason=$1
  shift
  has apt-get || fail "$reason Please install: $*."
  [ "$(id -u)" = 0 ] || fail "$reason Please run once: sudo apt-get install $*"
  if [ -z "$packages_are_fresh" ]; then
    apt-get update -qq >/dev/null || fail "$reason The package lists could not be fetched: is there a network?"
    packages_are_fresh=yes
  fi
  printf '    Installing %s\n' "$*"
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >/dev/null </dev/null ||
    fail "$reason The packages could not be installed: $*."
}

# wasm-opt and the browser tests, in the versions of the lock file; a second time only when that changed.
install_node_modules() {
  local record=end2end/node_modules/.installed-lock.json
  cmp -s end2end/package-lock.json "$record" && return 0
  printf '    Installing wasm-opt and the browser tests with npm\n'
  (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-progress </dev/null >/dev/null 2>&1) || return 1
  cp end2end/package-lock.json "$record"
}

# Where initdb and postgres are: in PATH, else where Debian keeps the newest.
postgres_programs() {
  local found
  # A name in the path may be a link beside which the others do not stand.
  if found=$(command -v initdb) && has postgres; then dirname "$(readlink -f "$found")"; return; fi
  found=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)
  [ -n "$found" ] && dirname "$found"
}

# check_port PORT COMMAND: a number that nothing listens on, or a sentence.
check_port() {
  { [[ $1 =~ ^[0-9]{1,5}$ ]] && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; } || fail "PORT must be a number from 1 to 65535, not '$1'."
  port_is_taken "$1" && fail "Port $1 is in use. Choose another one: $2 PORT=$(free_port $(($1 + 1)))"
  return 0
}

# Whether something listens on a port of this machine.
port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port=$1
  while port_is_taken "$port"; do port=$((port + 1)); done
  printf '%s' "$port"
}

# wait_for_server PORT PID: until the port answers, at most 30 s.
wait_for_server() {
  local tries=0
  until port_is_taken "$1"; do
    kill -0 "$2" 2>/dev/null || fail "The demo stopped before it answered; its last words stand above."
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || fail "The demo did not answer on port $1 within 30 seconds."
    sleep 0.1
  done
}
