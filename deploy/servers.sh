#!/bin/sh
# servers.sh [all]: the servers that the demo and the tests run against. Debian's Dovecot, installed; with "all" also
# Debian's Cyrus, Courier, SOGo (with PostgreSQL) and sabre/dav (with PHP), unpacked below .servers: Debian lets only one
# IMAP server be installed, and an installed service would start.
# What cannot be had is named and gone without: the demo then runs on pymap and says so, the tests of the others are
# skipped and say so. Nothing is started or enabled, and nothing but Dovecot is installed.
cd "$(dirname "$0")/.." || exit 0
say() { echo "$1 (going on without)" >&2; }
run=""
may_install=yes
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo -n"; else may_install=""; fi
fi
policy=/usr/sbin/policy-rc.d # asked before a new service is started; 101 = no
ours=""
trap '[ -z "$ours" ] || $run rm -f "$policy"' EXIT
trap 'exit 130' INT TERM

dovecot() {
  ! command -v dovecot >/dev/null 2>&1 && [ ! -x /usr/sbin/dovecot ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "Dovecot is not installed: install version 2.3"
    return
  fi
  if [ -z "$may_install" ]; then
    say "Dovecot is not installed and this user may not install it: apt-get install dovecot-imapd"
    return
  fi
  echo "installing Debian's dovecot-imapd" >&2
  if [ ! -e "$policy" ] && printf '#!/bin/sh\nexit 101\n' | $run tee "$policy" >/dev/null && $run chmod 755 "$policy"; then
    ours=yes
  fi
  $run apt-get update -qq >/dev/null 2>&1
  if $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dovecot-imapd >/dev/null 2>&1; then
    [ ! -d /run/systemd/system ] || $run systemctl disable --quiet dovecot.service dovecot.socket >/dev/null 2>&1
  else
    say "Dovecot could not be installed: apt-get install dovecot-imapd"
  fi
}

# libraries PACKAGE…: the libraries they need that this machine lacks, and what those need in turn.
# Not libclamav, libzephyr and libllvm: only what we never start uses them.
libraries() {
  todo=$* all=""
  while [ -n "$todo" ]; do
    found=""
    # shellcheck disable=SC2086  # words
    for one in $(apt-cache depends --important $todo 2>/dev/null |
      sed -n 's/^ *|\{0,1\}\(Pre\)\{0,1\}Depends: \(lib[a-z0-9.+-]*\)$/\2/p' | grep -vE '^lib(clamav|zephyr|llvm)' | sort -u); do
      case " $all " in *" $one "*) continue ;; esac
      dpkg-query -W -f '${Status}' "$one" 2>/dev/null | grep -q ' installed$' || found="$found $one"
    done
    todo=$found all="$all $found"
  done
  echo "$all"
}

# unpacked NAME PACKAGE…: the programs of Debian's packages below .servers/NAME, complete or not at all.
unpacked() {
  name=$1
  shift
  [ "$(cat ".servers/$name/complete" 2>/dev/null)" != "$*" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    say "$name is not here, and only Debian's is fetched: $*"
    return
  fi
  echo "fetching Debian's $1 into .servers (not installed)" >&2
  part=".servers/$name.part"
  rm -rf "$part"
  mkdir -p "$part"
  if fetch "$part" "$@" || { [ -n "$may_install" ] && $run apt-get update -qq >/dev/null 2>&1 && fetch "$part" "$@"; }; then
    for deb in "$part"/*.deb; do dpkg-deb -x "$deb" "$part" && rm -f "$deb"; done
    rm -rf ".servers/$name"
    echo "$*" >"$part/complete" && mv "$part" ".servers/$name"
  else
    rm -rf "$part"
    say "$name could not be fetched: apt-get download $*"
  fi
}

fetch() {
  into=$1
  shift
  # shellcheck disable=SC2046  # words
  (cd "$into" && apt-get download -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 \
    "$@" $(libraries "$@") >/dev/null 2>&1)
}

dovecot
[ "${1:-}" = all ] || exit 0
unpacked cyrus cyrus-imapd cyrus-common cyrus-caldav
unpacked courier courier-imap courier-base courier-authlib gamin
unpacked sogo sogo sogo-common gnustep-base-runtime gnustep-base-common gnustep-common memcached postgresql-15 postgresql-client-15
unpacked sabre php8.2-cli php8.2-common php8.2-xml php8.2-mbstring php8.2-sqlite3 php-sabre-dav php-sabre-vobject
exit 0
