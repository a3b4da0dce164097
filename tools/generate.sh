#!/usr/bin/env bash
# Generates the Python of the contract and of the ledger's record into the folder given (default: the repository).
#
# protoc and its plugins come from the project's environment, so this needs no network and everybody gets the same bytes.
# The packages of the .proto files are the Python packages: nothing rewrites imports.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-.}
bin=${BIN:-.venv/bin}

mapfile -t all < <(cd proto && find . -name '*.proto' | sed 's|^\./||' | LC_ALL=C sort)
mapfile -t services < <(cd proto && grep -lE '^service ' "${all[@]}" || true)
[ ${#all[@]} -gt 0 ] || { echo "proto/: no .proto file found" >&2; exit 1; }

protoc() {
  "$bin/python" -m grpc_tools.protoc --proto_path=proto \
    --plugin="protoc-gen-mypy=$bin/protoc-gen-mypy" --plugin="protoc-gen-mypy_grpc=$bin/protoc-gen-mypy_grpc" "$@"
}

mkdir -p "$out"
protoc --python_out="$out" --mypy_out="quiet:$out" "${all[@]}"
# Only files with a service get a _grpc module; protoc would write empty ones for the rest.
[ ${#services[@]} -eq 0 ] || protoc --grpc_python_out="$out" --mypy_grpc_out="quiet:$out" "${services[@]}"
