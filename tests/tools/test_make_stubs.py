"""tools/make_stubs.py: what a department installs works where nothing of the gateway is."""

import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from venv import EnvBuilder

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tools.make_stubs import build_wheel, write_descriptors

CLIENT = """\
import grpc
from gateway.v1 import register_pb2, register_pb2_grpc

async def ask(channel: grpc.aio.Channel, resident_id: str) -> register_pb2.GetResidentResponse:
    return await register_pb2_grpc.RegisterServiceStub(channel).GetResident(
        register_pb2.GetResidentRequest(resident_id=resident_id)
    )
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def department(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that has the wheel, grpcio, protobuf and their typing, and no network."""
    venv = tmp_path_factory.mktemp("department") / "venv"
    EnvBuilder(with_pip=True, symlinks=True).create(venv)
    python = venv / "bin" / "python"
    site = Path(
        subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    )
    for name in ("grpcio", "protobuf", "typing-extensions", "types-grpcio", "types-protobuf"):
        link_distribution(name, site)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", wheel], check=True)
    return python


def link_distribution(name: str, site: Path) -> None:
    """Make one distribution of this environment visible in another environment's site-packages."""
    found = distribution(name)
    for file in found.files or []:
        if ".." not in file.parts and file.suffix != ".pyc":
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            (site / file).symlink_to(Path(str(found.locate_file(file))))


def test_the_wheel_imports_where_only_grpcio_and_protobuf_are(department: Path, tmp_path: Path) -> None:
    """A department needs grpcio and protobuf and nothing else; pip's own check of the requirements agrees."""
    imported = "from gateway.v1 import register_pb2_grpc, purpose_pb2_grpc; import gateway; print(gateway.__file__)"
    # A namespace has no file: were the server's package found instead, it would show here.
    assert subprocess.check_output([department, "-c", imported], text=True, cwd=tmp_path) == "None\n"
    subprocess.run([department, "-m", "pip", "check"], check=True, stdout=subprocess.DEVNULL)


def test_a_five_line_client_passes_a_strict_type_check(department: Path, tmp_path: Path) -> None:
    """The wheel is typed: strict mypy follows it from request to awaited answer, and finds what is misspelled."""
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(CLIENT, encoding="utf-8")
    bad.write_text(CLIENT.replace("resident_id=", "resident="), encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-executable", str(department)]
    said = subprocess.run([*mypy, good, bad], cwd=tmp_path, capture_output=True, text=True, check=False)
    expected = 'bad.py:6: error: Unexpected keyword argument "resident" for "GetResidentRequest"'
    assert said.stdout.splitlines()[0].startswith(expected), said.stdout + said.stderr
    assert "Found 1 error in 1 file (checked 2 source files)" in said.stdout


def test_the_wheel_holds_the_contract_and_nothing_of_the_server(wheel: Path) -> None:
    """No module of the gateway and no format of its ledger reaches a department."""
    with zipfile.ZipFile(wheel) as archive:
        outside = [
            name for name in archive.namelist() if not name.startswith(("gateway/v1/", "register_gateway_stubs-"))
        ]
        assert outside == []
        assert "gateway/v1/py.typed" in archive.namelist()


def test_the_descriptor_set_stands_alone(tmp_path: Path) -> None:
    """Tools that take descriptors find every import inside, and the comments too; the ledger's format is not in."""
    files = FileDescriptorSet.FromString(write_descriptors(tmp_path).read_bytes()).file
    names = {file.name for file in files}
    assert {imported for file in files for imported in file.dependency} <= names
    assert {"gateway/v1/register.proto", "gateway/v1/purpose.proto"} <= names
    assert not [name for name in names if "ledger" in name]
    assert all(file.source_code_info.location for file in files)
