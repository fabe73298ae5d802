"""Breaks the template in many ways, one at a time, and runs the stack's tests against each: they must
fail.

`make mutants`, or `make mutants ONLY=schedule` for those whose name contains that text. A mutant that no
test notices takes as long as all tests."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from mutant_cases import MUTANTS
from packaging import ROOT, binary

PARTS = (
    *("template.yaml", "regional-forwarder.yaml", "statemachines"),
    *("events", "scripts", "docs", "tests/stack"),
)


def copied(folder):
    """Copies the files that the tests read."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def mutate(folder, mutant):
    file = folder / mutant.file
    text = file.read_text(encoding="utf-8")
    name, *parts = mutant.where
    start, end = block(text, name)
    for part in parts:
        start = text.index(part, start, end)
    start = text.index(mutant.old, start, end)
    after = text[start + len(mutant.old) :]
    file.write_text(text[:start] + mutant.new + after, encoding="utf-8")


def block(text, name):
    """The start and end of a resource in the template, or of a state in a machine."""
    return re.search(rf"^( +){name}:\n(?:(?:\1 .*|)\n)+", text, re.M).span()


def files(mutant):
    """All test files, the most likely one first."""
    found = sorted(path.relative_to(ROOT) for path in (ROOT / "tests" / "stack").glob("test_*.py"))
    return sorted(found, key=lambda path: path.stem != mutant.first)


def noticed_by(mutant):
    """The first test that fails, with its message."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        copied(folder)
        mutate(folder, mutant)
        command = [sys.executable, "-m", "pytest", "--exitfirst", "-q", "--tb=no", *files(mutant)]
        environment = os.environ | {"FUNCTION_BINARY": str(binary().resolve())}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{mutant.name}: pytest did not run:\n{done.stdout}{done.stderr}")
    return re.findall(r"^(?:FAILED|ERROR) tests/stack/.+", done.stdout, re.M)


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    mutants = [mutant for mutant in MUTANTS if wanted in mutant.name]
    survived = 0
    binary()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(noticed_by, mutant): mutant for mutant in mutants}
        for run in as_completed(runs):
            survived += not run.result()
            print(f"{runs[run].name}: {'; '.join(run.result()) or 'NOT NOTICED'}", flush=True)
    print(f"\n{len(mutants) - survived} of {len(mutants)} noticed")
    sys.exit(1 if survived or not mutants else 0)


if __name__ == "__main__":
    main()
