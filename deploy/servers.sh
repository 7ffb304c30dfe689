#!/bin/sh
# Debian's Dovecot for the demo and the tests. Without it the demo runs on pymap and says so.
command -v dovecot >/dev/null 2>&1 && exit 0
[ -x /usr/sbin/dovecot ] && exit 0
run=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo -n"; else
    echo "Dovecot is not installed and this user may not install it: apt-get install dovecot-imapd (going on without)" >&2
    exit 0
  fi
fi
echo "installing Debian's dovecot-imapd" >&2
$run apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends dovecot-imapd >/dev/null 2>&1 ||
  echo "Dovecot could not be installed: apt-get install dovecot-imapd (going on without)" >&2
exit 0
