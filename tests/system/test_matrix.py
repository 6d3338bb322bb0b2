# SPDX-License-Identifier: MIT
# tests/system/test_matrix.py - a sample of the matrix in which every two settings meet.
"""The full matrix is `make soak`; both come from tools/matrix.py."""

import matrix
import pytest
from harness import boot_ok


@pytest.mark.parametrize("case", matrix.sample(), ids=matrix.label)
def test_case(case):
    values = matrix.settings(case)
    output = boot_ok(values.pop("CMD"), **values)
    assert not matrix.wrong_output(case, output), f"{matrix.reproduce(case)}\n{output}"
