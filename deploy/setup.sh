#!/bin/sh
# Make a virtual environment from the lock file, with the mailferry command in it. The stamp is set last:
# what was interrupted is made anew, and a complete one only gets what the lock file changed.
set -eu
umask 022 # the service's own user reads it too
venv=$1
stamp=$venv/.installed
python=${PYTHON:-python3}
# A user's own habits have no place in here; where packages come from (PIP_INDEX_URL, pip.conf) is kept.
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_REQUIREMENT PIP_NO_BINARY PIP_PRE PIP_DRY_RUN
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore

if command -v flock >/dev/null 2>&1; then # `make demo` and `make test` may be started side by side
  exec 9<deploy/setup.sh
  flock 9
  if [ -e "$stamp" ] && [ "$stamp" -nt requirements.lock ] && [ "$stamp" -nt pyproject.toml ] && [ "$stamp" -nt deploy/setup.sh ]; then
    exit 0
  fi
fi
if ! command -v "$python" >/dev/null 2>&1; then
  echo "mailferry needs Python 3.11 or newer, and there is no $python: install Debian's python3, or set PYTHON=/path/to/python3." >&2
  exit 78
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "mailferry needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Set PYTHON=python3.11." >&2
  exit 78
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  run=""
  [ "$(id -u)" = 0 ] || run="sudo -n"
  echo "installing Debian's python3-venv" >&2
  { $run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq python3-venv; } >/dev/null 2>&1 || {
    echo "Python's venv module is missing: apt-get install python3-venv, then run this again." >&2
    exit 78
  }
fi

if [ -e "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null; then
  echo "bringing $venv up to date with requirements.lock" >&2
else
  echo "installing into $venv, about half a minute" >&2
  "$python" -m venv --clear "$venv"
fi
rm -f "$stamp"
"$venv/bin/python" -m pip install -qq --require-hashes --no-deps -r requirements.lock || {
  echo "The packages could not be installed. Without a way to the package index set PIP_INDEX_URL to one you reach, then run this again." >&2
  exit 69
}
"$venv/bin/python" -m pip install -qq --no-deps --no-build-isolation -e .
touch "$stamp"
echo "done: $venv/bin/mailferry --help" >&2
