# SPDX-License-Identifier: MIT
# tools/launcher/hotlines.py - a region's report with names: which data is slow, and which code.
"""Turns the addresses of tools/model/report.h into variables, fields and functions, and tells false
sharing from true.

False sharing: two objects in one line that are both missed on, by different harts, at least one of
them to write. Two variables are two objects. Two fields of one variable are two objects only if
hardly any hart misses on both: a lock's words are shared by the same harts, counters of several
harts are not. The bytes of an array of characters are one field, and so are a list node's links.
Limits: hits are not reported. A field that a hart writes only while it has the line already, got by
another field, is not seen.
"""

import collections
from typing import NamedTuple

from launcher import functions, owners
from launcher.objects import Place

# Of a line's misses: an object with fewer is not what makes the line slow.
LEAST_SHARE = 0.1
# An object with fewer misses was set up, or read once; it is not fought for.
LEAST_MISSES = 10
# How much the harts that miss on two fields of one variable may have in common, 0..1.
MOST_COMMON = 0.25


class Field:
    """What happened at one field of a line."""

    def __init__(self, place):
        self.place = place
        self.harts = collections.Counter()  # hart: misses
        self.stores = 0

    @property
    def misses(self):
        """Return how many accesses to the field missed."""
        return self.harts.total()

    def add(self, site):
        """Count one site of the report."""
        self.harts.update({int(hart): misses for hart, misses in site["harts"].items()})
        self.stores += site["stores"]

    def join(self, other):
        """Count what happened at another field, too."""
        self.harts.update(other.harts)
        self.stores += other.stores


class Function(NamedTuple):
    """A function that touched a line, and the one that it is inlined in, "" if it is not."""

    name: str
    inside: str


class Use:
    """What happened in one function that touched a line."""

    def __init__(self, function):
        self.function = function
        self.stalls = collections.Counter()  # "file:line", "" if it is not known: cycles

    @property
    def stalled(self):
        """Return for how many cycles the function's accesses stalled."""
        return self.stalls.total()

    def add(self, frame, site):
        """Count one site of the report."""
        where = f"{frame.file}:{frame.line}" if frame.file and frame.line else frame.file
        self.stalls[where] += site["stall_cycles"]


class Line(NamedTuple):
    """A hot line with names; fields by misses, uses by the cycles that they stalled for."""

    counts: dict  # as in the report
    fields: list
    uses: list
    sharing: tuple  # two Fields that share the line falsely; () if none do

    @property
    def harts(self):
        """Return how many harts missed on the line."""
        return len(set().union(*(field.harts for field in self.fields)))


def common(one, other):
    """Return how much two Counters of harts have in common, as 0..1: 1 is the same shares."""
    return sum(
        min(one[hart] / one.total(), other[hart] / other.total()) for hart in one.keys() & other
    )


def by_misses(fields):
    """Return fields, the one with the most misses first."""
    return sorted(fields, key=lambda field: -field.misses)


def disturb(one, other):
    """Return whether two fields of a line are objects that share it falsely."""
    if not one.stores + other.stores or len(one.harts.keys() | other.harts.keys()) < 2:
        return False
    if one.place.symbol != other.place.symbol:
        return True
    return common(one.harts, other.harts) < MOST_COMMON


def whole(fields):
    """Return the fields with the parts of what is used as one put together, by misses."""
    found = {}
    for field in fields:
        place = field.place._replace(part="")
        found.setdefault(place, Field(place)).join(field)
    return by_misses(found.values())


def false_sharing(fields):
    """Return the two fields with the most misses that share a line falsely, () if none do."""
    total = sum(field.misses for field in fields)
    least = max(LEAST_SHARE * total, LEAST_MISSES)
    heavy = [field for field in whole(fields) if field.misses >= least]
    for i, one in enumerate(heavy):
        for other in heavy[i + 1 :]:
            if disturb(one, other):
                return one, other
    return ()


def function_of(chain):
    """Return the Function of an access, from its frames."""
    return Function(chain[0].function, chain[1].function if len(chain) > 1 else "")


class Names:
    """Gives names to the addresses of a report."""

    def __init__(self, image, path, regions):
        lines = [line for region in regions for line in region.get("lines", [])]
        pcs = [site["pc"] for line in lines for site in line["sites"]]
        self.image = image
        self.chains = functions.chains(image, path, pcs)

    def line(self, region, line):
        """Return a line of a region as a Line."""
        place_of = self._placer(region, line)
        fields, uses = {}, {}
        for site in line["sites"]:
            chain = self.chains[site["pc"]]
            place = place_of(site["offset"], [frame.function for frame in chain])
            fields.setdefault(str(place), Field(place)).add(site)
            function = function_of(chain)
            uses.setdefault(function, Use(function)).add(chain[0], site)
        ordered = by_misses(fields.values())
        return Line(
            line,
            ordered,
            sorted(uses.values(), key=lambda use: -use.stalled),
            false_sharing(ordered),
        )

    def _placer(self, region, line):
        """Return what names a byte of the line by its offset and the functions that touched it."""
        start = self.image.virtual(line["pa"])
        if start is None and "page" in line:
            return owners.Owners(self.image, region, line).place

        def place(offset, names):
            found = start is not None and self.image.place(start + offset, names)
            return found or Place(f"(memory at {line['pa'] + offset:#x})")

        return place
