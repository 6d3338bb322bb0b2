# SPDX-License-Identifier: MIT
# tools/studies/tables.py - tables in Markdown, and what is between two markers of a page.
"""A block of a page that a tool writes is between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
"""

import re


class NoBlock(Exception):
    """A page has no block of this name, or more than one."""


def number(value):
    """Return a number as a page has it: three digits that count, or all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(heads, rows):
    """Return a table in Markdown; the first column holds names, the others hold numbers."""
    rule = ["---", *["---:"] * (len(heads) - 1)]
    lines = [heads, rule, *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def block_pattern(name):
    """Return the pattern of a block: its first marker, what is in it, its last one."""
    first, last = (re.escape(f"<!-- {name}: {edge} -->") for edge in ("begin", "end"))
    return re.compile(rf"({first}\n)(.*?)({last})", re.DOTALL)


def block(page, name):
    """Return what is in a block of a page. Raises NoBlock."""
    found = block_pattern(name).findall(page)
    if len(found) != 1:
        raise NoBlock(f"{len(found)} blocks are called {name}; there has to be one")
    return found[0][1]


def with_block(page, name, text):
    """Return the page with another text in a block. Raises NoBlock."""
    block(page, name)
    return block_pattern(name).sub(lambda match: f"{match[1]}{text}\n{match[3]}", page)
