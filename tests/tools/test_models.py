# SPDX-License-Identifier: MIT
# tests/tools/test_models.py - Spin finds no error in the models of protocols, one in each mutant.
"""A model is kernel/X.pml, beside what it models; its mutants are what it asks #ifdef MUTANT_ of.

Needs no kernel. An error is an assertion that fails or an end where somebody waits for ever.
"""

import pathlib
import re
import subprocess

import pytest
from launcher.settings import LLVM_FOUND

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Spin would ask for gcc, which set-up does not install.
CLANG = f"clang{LLVM_FOUND}"
MODELS = sorted(ROOT.glob("*/*.pml"))
CASES = [
    (model, mutant)
    for model in MODELS
    for mutant in [None, *sorted(set(re.findall(r"\bMUTANT_\w+", model.read_text())) - {"MUTANT_"})]
]


def run(argv, folder):
    """Run `argv`, which must succeed, in `folder`. Returns: what it prints."""
    process = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def errors(model, mutant, folder):
    """Search all states of a model. Returns: (number of errors, the report)."""
    run(["spin", f"-P{CLANG} -E -x c", *([f"-D{mutant}"] if mutant else []), "-a", model], folder)
    run([CLANG, "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"], folder)
    report = run(["./pan", "-m1000000"], folder)
    assert "max search depth too small" not in report
    return int(re.search(r"errors: (\d+)", report).group(1)), report


def test_there_are_models():
    """Each of the protocols has one, and each model has mutants."""
    assert {"park", "waitq", "handover", "kick", "balance"} <= {model.stem for model in MODELS}
    assert {model for model, mutant in CASES if mutant} == set(MODELS)


@pytest.mark.parametrize(
    "model, mutant", CASES, ids=[f"{model.stem}-{mutant or 'as_it_is'}" for model, mutant in CASES]
)
def test_model(model, mutant, tmp_path):
    """The protocol has no error in any state; each mutant has one."""
    found, report = errors(model, mutant, tmp_path)
    assert (found > 0) == (mutant is not None), report
