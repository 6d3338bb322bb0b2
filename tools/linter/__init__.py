# SPDX-License-Identifier: MIT
# tools/linter/__init__.py - the checkers behind `make lint`.
"""A checker is a function from a Tree to a list of lines `path:line: what is wrong`."""
