# SPDX-License-Identifier: MIT
# tools/launcher/owners.py - whose memory a cache line is that is not a variable of the image.
"""Goes by what the report holds of the guest's memory when the region ended: the page around the
line, the first bytes of the blocks that it may be in, and the image's data. In this order:

- an object of an object cache, since a slab names its cache in its header;
- what a pointer among the image's variables points to, such as `processors[3]->own.lock`;
- a kernel stack, since most of what lies on one are frames that name each other;
- the firmware's memory, below the image;
- otherwise memory, by address.
"""

import collections
import re

from launcher import settings
from launcher.objects import Place, field_at, member, size_of, text, type_of

WORD = 8
PAGE = 4096
UNITS = {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
# Fewer frames than these could be there by chance.
FRAMES_OF_A_STACK = 2


def constant(header, name):
    """Return a number that a header of the kernel defines."""
    source = (settings.ROOT / header).read_text(encoding="utf-8")
    number, unit, count = re.search(
        rf"^#define {name}\s+(?:(0x[0-9a-f]+)UL|(\w+)\((\d+)\))", source, re.MULTILINE
    ).groups()
    return int(number, 16) if number else UNITS[unit] * int(count)


def word(data, offset):
    """Return the little-endian 64-bit word at an offset."""
    return int.from_bytes(data[offset : offset + WORD], "little")


def pointee(kind):
    """Return the structure that a type points to, None if it does not."""
    if kind is None or kind.tag != "DW_TAG_pointer_type":
        return None
    target = type_of(kind)
    return target if target and target.tag == "DW_TAG_structure_type" and size_of(target) else None


def pointers(variable):
    """Return [(offset, subscript, structure)] of the pointers that a variable consists of."""
    kind = variable.type
    if pointee(kind):
        return [(0, "", pointee(kind))]
    element = type_of(kind) if kind and kind.tag == "DW_TAG_array_type" else None
    if not pointee(element):
        return []
    return [(at, f"[{at // WORD}]", pointee(element)) for at in range(0, variable.size, WORD)]


class Owners:
    """Names bytes of one line of a region's report."""

    def __init__(self, image, region, line):
        self.image = image
        self.pa = line["pa"]
        self.page = bytes.fromhex(line["page"])
        self.heads = [bytes.fromhex(head) for head in line["heads"]]
        self.data = bytes.fromhex(region["data"])
        self.linear = constant("mm/regions.h", "LINEAR_BASE")
        self.namer = self._object() or self._pointed_to() or self._stack()

    def place(self, offset, functions=()):
        """Return the Place of a byte of the line that `functions` touched."""
        if self.namer:
            return self.namer(self.pa + offset, functions)
        if self.pa < self.image.segments[0].pa:
            return Place("(firmware's memory)")
        return Place(f"(memory at {self.pa:#x})")

    def _field(self, kind, offset, functions):
        return field_at(kind, offset, self.image.touched_by(functions))

    def _data_word(self, address):
        """Return a word of the image's data, by its address in the image."""
        return word(self.data, address - self.image.data.va)

    def _cache_of(self, head):
        """Return the variable that is the object cache of a slab with this head, or None."""
        offset, _ = member(self.image.structures["slab"], "cache")
        found = self.image.variable(word(head, offset))
        return found if found and found.type and text(found.type) == "objcache" else None

    def _object(self):
        for order, head in enumerate(self.heads):
            cache = self._cache_of(head)
            if cache:
                base = self.pa - self.pa % (PAGE << order)
                return lambda pa, functions: self._object_place(cache, base, pa, functions)
        return None

    def _object_place(self, cache, base, pa, functions):
        first, stride, size = (
            self._data_word(cache.address + member(cache.type, name)[0])
            for name in ("first", "stride", "object_bytes")
        )
        if pa < base + first:
            field = self._field(self.image.structures["slab"], pa - base, functions)
            return Place(f"slab of {cache.name}", *field, cache.file)
        index, offset = divmod(pa - base - first, stride)
        # A cache of objects of type T is called T_cache; the size says whether it really is.
        name = cache.name.removesuffix("_cache")
        kind = self.image.structures.get(name)
        if size_of(kind) != size:
            return Place(f"object {index} of {cache.name}", f"+{offset:#x}", "", cache.file)
        start = base + first + index * stride
        label = self._label(kind, start) or f"{index} of {cache.name}"
        return Place(f"{name} {label}", *self._field(kind, offset, functions), cache.file)

    def _label(self, kind, start):
        """Return what a thread is called, None for another object or one beyond the page."""
        at = start - (self.pa - self.pa % PAGE)
        if text(kind) != "thread" or not 0 <= at <= PAGE - size_of(kind):
            return None
        tid, name = at + member(kind, "tid")[0], at + member(kind, "name")[0]
        called = self.page[name:].split(b"\0")[0].decode(errors="replace")
        return f'{int.from_bytes(self.page[tid : tid + 4], "little")} "{called}"'

    def _pointed_to(self):
        """Find the smallest structure around the line that a variable points to."""
        found = []
        for variable in self.image.variables.values():
            for offset, subscript, kind in pointers(variable):
                at = variable.address + offset - self.image.data.va
                start = word(self.data, at) - self.linear if 0 <= at < len(self.data) else 0
                if start and -size_of(kind) < start - self.pa <= 0:
                    found.append((size_of(kind), variable.name + subscript, start, kind, variable))
        if not found:
            return None
        _, name, start, kind, variable = min(found, key=lambda one: one[:2])

        def place(pa, functions):
            path, part = self._field(kind, pa - start, functions)
            return Place(name, f"->{path.removeprefix('.')}", part, variable.file)

        return place

    def _stack(self):
        base = constant("mm/regions.h", "KSTACK_BASE")
        size = constant("mm/regions.h", "KSTACK_BYTES")
        stride = constant("mm/kstack.h", "KSTACK_STRIDE")
        frames = [word(self.page, at) - base for at in range(0, PAGE, WORD)]
        slots = collections.Counter(frame // stride for frame in frames if 0 <= frame < size)
        slot, count = slots.most_common(1)[0] if slots else (0, 0)
        if count < FRAMES_OF_A_STACK:
            return None
        return lambda pa, functions: Place(f"kernel stack {slot}", file="mm/kstack.c")
