#!/bin/sh
# Debian's Dovecot for the demo and the tests. Without it the demo runs on pymap and says so.
# Only its programs are wanted: the system's own Dovecot is neither started nor enabled.
command -v dovecot >/dev/null 2>&1 && exit 0
[ -x /usr/sbin/dovecot ] && exit 0
run=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo -n"; else
    echo "Dovecot is not installed and this user may not install it: apt-get install dovecot-imapd (going on without)" >&2
    exit 0
  fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Dovecot is not installed: install version 2.3 (going on without)" >&2
  exit 0
fi
echo "installing Debian's dovecot-imapd" >&2
policy=/usr/sbin/policy-rc.d # asked before a new service is started; 101 = no
ours=""
if [ ! -e "$policy" ] && printf '#!/bin/sh\nexit 101\n' | $run tee "$policy" >/dev/null && $run chmod 755 "$policy"; then
  ours=yes
fi
put_back() { [ -z "$ours" ] || $run rm -f "$policy"; }
trap put_back EXIT
trap 'exit 130' INT TERM
$run apt-get update -qq >/dev/null 2>&1
if $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dovecot-imapd >/dev/null 2>&1; then
  [ ! -d /run/systemd/system ] || $run systemctl disable --quiet dovecot.service dovecot.socket >/dev/null 2>&1
else
  echo "Dovecot could not be installed: apt-get install dovecot-imapd (going on without)" >&2
fi
exit 0
