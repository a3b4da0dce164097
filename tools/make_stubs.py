"""What a department compiles against: the typed wheel of gateway.v1 and the descriptor set of the same contract.

Rule: nothing of the server and nothing of the ledger goes in. In the wheel `gateway` has no __init__.py: it is a
namespace that needs grpcio and protobuf, and nothing else.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_DESCRIPTORS = "register-gateway.binpb"

_README = """\
# register-gateway-stubs

Typed Python stubs of the register gateway's contract (package `gateway.v1`), for the systems of departments.

```python
import grpc
from gateway.v1 import register_pb2, register_pb2_grpc

stub = register_pb2_grpc.RegisterServiceStub(grpc.secure_channel(address, credentials))
```

Type checkers also want `types-grpcio` and `types-protobuf`: install `register-gateway-stubs[typing]`.
"""


def stub_project(version: str, runtime: Sequence[str], typing: Sequence[str]) -> str:
    """The pyproject.toml of the stub wheel; requirements are the server's own, so that both agree on the runtime."""
    return f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "register-gateway-stubs"
version = "{version}"
description = "Typed stubs of the register gateway's contract, for the systems of departments"
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
requires-python = ">=3.11"
classifiers = ["Typing :: Typed"]
dependencies = {list(runtime)}
optional-dependencies.typing = {list(typing)}

[tool.hatch.build.targets.wheel]
only-include = ["gateway/v1"]
"""


def requirements(names: Sequence[str], listed: Sequence[str]) -> list[str]:
    """The requirements on exactly these distributions, as listed. Raises KeyError for one that is not listed."""
    by_name = {requirement.partition(">")[0]: requirement for requirement in listed}
    return [by_name[name] for name in names]


def build_wheel(destination: Path) -> Path:
    """Build the stub wheel into a folder and return its path. Needs no network: hatchling is in the environment."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        package = project / "gateway" / "v1"
        shutil.copytree(ROOT / "gateway" / "v1", package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / "py.typed").touch()
        shutil.copy(ROOT / "LICENSE", project)
        (project / "README.md").write_text(_README, encoding="utf-8")
        (project / "pyproject.toml").write_text(
            stub_project(
                version=pyproject["project"]["version"],
                runtime=requirements(["grpcio", "protobuf"], pyproject["project"]["dependencies"]),
                typing=requirements(["types-grpcio", "types-protobuf"], pyproject["dependency-groups"]["dev"]),
            ),
            encoding="utf-8",
        )
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        subprocess.run(build, cwd=project, check=True, env={**os.environ, "HATCH_QUIET": "1"})
        (wheel,) = (project / "dist").iterdir()
        return Path(shutil.copy(wheel, destination))


def write_descriptors(destination: Path) -> Path:
    """Write the contract with its imports and comments as a FileDescriptorSet, for tools that take no Python."""
    path = destination / _DESCRIPTORS
    contract = sorted(
        file.relative_to(ROOT / "proto").as_posix() for file in (ROOT / "proto/gateway/v1").glob("*.proto")
    )
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={ROOT / 'proto'}"]
    options = ["--include_imports", "--include_source_info", f"--descriptor_set_out={path}"]
    subprocess.run([*protoc, *options, *contract], check=True)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Build both into the folder given and print where they are."""
    parser = argparse.ArgumentParser(description="Build what departments compile against.")
    parser.add_argument("destination", type=Path, help="folder for the wheel and the descriptor set")
    destination: Path = parser.parse_args(arguments).destination.resolve()
    destination.mkdir(parents=True, exist_ok=True)
    for path in (build_wheel(destination), write_descriptors(destination)):
        print(f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
