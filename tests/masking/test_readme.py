"""What README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import masking


def test_the_usage_runs_on_its_own_and_prints_what_it_says(tmp_path: Path) -> None:
    """All Python of the page, one after the other in an empty folder, without the gateway; results as commented."""
    assert masking.__file__ is not None
    page = Path(masking.__file__).with_name("README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    program = "\n".join(blocks) + "\nimport sys\nassert 'gateway' not in sys.modules\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    promised = [line.partition("  # ")[2] for line in program.splitlines() if line.startswith("print(")]
    assert len(promised) == len(printed) == 10
    for said, line in zip(promised, printed, strict=True):
        if line.startswith(("AgeBand", "YenBand", "Absent", "Company", "[]")):
            assert said.startswith(line)
    assert printed[0].startswith("Surrogate(name='")
    assert re.fullmatch(r"MaskedText\(text='〔仮名:[^〕]+〕さんから電話\(〔電話番号〕\)。'\)", printed[5])
    surname = printed[0].removeprefix("Surrogate(name='").partition("\\u3000")[0]
    assert printed[6] == f"MaskedText(text='〔仮名:{surname}〕さんから電話(〔電話番号〕)。')"
    assert printed[7].count("Surrogate(name='") == 2
