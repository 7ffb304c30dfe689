#!/bin/sh
# Make a virtual environment from the lock file, with the mailferry command in it.
set -eu
venv=$1
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "mailferry needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Set PYTHON=python3.11." >&2
  exit 78
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  run=""
  [ "$(id -u)" = 0 ] || run="sudo -n"
  echo "installing python3-venv" >&2
  { $run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq python3-venv >/dev/null; } || {
    echo "Python's venv module is missing: install Debian's package python3-venv, then run this again." >&2
    exit 78
  }
fi
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
