#!/usr/bin/env bash
# Fails if the generated code in the tree is not what proto/ generates today.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
tools/generate.sh "$fresh"

list() { (cd "$1" && find gateway -name '*_pb2*.py' -o -name '*_pb2*.pyi' | LC_ALL=C sort); }
drift=0
diff --unified=0 --label "in the tree" <(list .) --label "from proto/" <(list "$fresh") || drift=1
while read -r file; do
  [ -e "$file" ] || continue # named above already
  diff --brief "$file" "$fresh/$file" >/dev/null || { echo "$file differs from what proto/ generates"; drift=1; }
done < <(list "$fresh")
[ $drift = 0 ] || { echo "Generated code has drifted: run make proto and commit what it writes." >&2; exit 1; }
