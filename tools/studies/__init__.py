# SPDX-License-Identifier: MIT
# tools/studies/__init__.py - what tools/study and tools/contention are made of.
"""Runs benches under the timing model, keeps their records, and makes tables and plots of them."""
