# SPDX-License-Identifier: MIT
# tools/launcher/__init__.py - what tools/run is made of.
"""Validates the settings of a run, builds QEMU's command line, runs it and judges how it ended."""
