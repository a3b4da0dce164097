#!/usr/bin/env bash
# Makes .venv hold exactly what requirements.lock names, by hash, and this project as an editable install.
#
# Plain venv and pip are enough; uv is used where it is on the PATH because it is faster. What is already there is not
# fetched again, so a second run needs no network. PYTHON=… chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv

supported() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  if [ -n "${PYTHON:-}" ]; then
    supported "$PYTHON" && { echo "$PYTHON"; return; }
    echo "PYTHON=$PYTHON: this is not a Python 3.11 or later. Name another one, or leave PYTHON unset." >&2
    return 1
  fi
  for name in python3.13 python3.12 python3.11 python3 python; do
    # Asking it to run, not only whether it is there: version managers put names on the PATH that do not run.
    if supported "$name"; then echo "$name"; return; fi
  done
  echo "Python 3.11 or later is missing ($(python3 --version 2>&1 || echo 'no python3 at all'))." >&2
  echo "Install it (on Debian and Ubuntu: apt install python3 python3-venv) or name it: make venv PYTHON=/path/to/python3" >&2
  return 1
}

if [ -e $venv ] && ! supported $venv/bin/python; then
  echo "$venv holds no working Python 3.11 or later; building it anew"
  rm -rf $venv
fi

if ! [ -e $venv ]; then
  python=$(find_python)
  echo "creating $venv with $("$python" --version)"
  if command -v uv >/dev/null; then
    uv venv --quiet --python "$("$python" -c 'import sys; print(sys.executable)')" $venv
  elif "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    "$python" -m venv $venv
  else
    echo "$("$python" --version) has no venv module. Install it (on Debian and Ubuntu: apt install python3-venv)" >&2
    echo "or choose another interpreter: make venv PYTHON=/path/to/python3" >&2
    exit 1
  fi
fi

echo "installing what requirements.lock names (the first time takes about a minute)"
if command -v uv >/dev/null; then
  install=(uv pip install --quiet --python $venv/bin/python)
else
  [ -x $venv/bin/pip ] || $venv/bin/python -m ensurepip >/dev/null # made by uv, continued without it
  install=($venv/bin/python -m pip install --quiet --disable-pip-version-check)
fi
"${install[@]}" --require-hashes --requirement requirements.lock
"${install[@]}" --no-deps --no-build-isolation --editable .
