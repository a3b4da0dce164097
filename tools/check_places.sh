#!/usr/bin/env bash
# Fails if a tracked file names a package index or a path of somebody's machine: a clone must build anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
git rev-parse --git-dir >/dev/null 2>&1 || { echo "not a git checkout: nothing is tracked"; exit 0; }

index='^[[:space:]]*--(extra-)?(index-url|find-links|trusted-host)|(pypi\.org|pythonhosted\.org|/simple/?["[:space:]])|"resolved": *"'
machine='(^|[^A-Za-z0-9._/-])(file://)?/(home|root|work|Users|tmp|private)/[A-Za-z0-9._-]'
if git grep -nIE -e "$index" -e "$machine" -- . ':!LICENSE' ':!tools/check_places.sh'; then
  echo "The lines above name a package index or a path of one machine. Use a relative path, a temporary folder or a setting." >&2
  exit 1
fi
