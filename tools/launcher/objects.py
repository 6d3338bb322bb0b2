# SPDX-License-Identifier: MIT
# tools/launcher/objects.py - what is at an address of the kernel's image: variable and field.
"""Reads the image's symbols and DWARF. A field is written as C writes it: `sample.hart[3].node`.

The members of a union share an address. The caller gives the types that the code which touched it
works on, and the member of such a type is taken; without one the path ends at the union.
"""

import bisect
from typing import NamedTuple

from elftools.dwarf.dwarf_expr import DWARFExprParser
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile

PLAIN = {
    "DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_atomic_type",
}
STRUCTURES = {"DW_TAG_structure_type", "DW_TAG_union_type"}
# DW_ATE_signed_char, DW_ATE_unsigned_char. Source: DWARF 5, "Base Type Entries".
CHARACTERS = (6, 8)
POINTER_BYTES = 8  # clang leaves the size of pointers out


class Place(NamedTuple):
    """A byte of a variable: `symbol` alone, or with `path` the field that it belongs to."""

    symbol: str
    path: str = ""  # .field and [index]; "" for a scalar
    part: str = ""  # what goes on below the path, inside of something that is used as one
    file: str = ""  # that defines the symbol; "" if that is not known

    def __str__(self):
        return self.symbol + self.path + self.part


class Variable(NamedTuple):
    """A variable of the image; `type` is None where there is no DWARF of it."""

    address: int
    size: int
    name: str
    file: str
    type: object


class Segment(NamedTuple):
    """A part of the image that is loaded."""

    pa: int
    va: int
    size: int
    flags: int

    @classmethod
    def of(cls, header):
        """Return a program header of the ELF file as a Segment."""
        return cls(*(header[name] for name in ("p_paddr", "p_vaddr", "p_memsz", "p_flags")))


def data_segment(path):
    """Return the Segment of an ELF file that can be written to."""
    with open(path, "rb") as file:
        segments = map(Segment.of, ELFFile(file).iter_segments("PT_LOAD"))
        return next(s for s in segments if s.flags & P_FLAGS.PF_W)


def text(die, attribute="DW_AT_name"):
    """Return an attribute as a string, "" if it is absent."""
    found = die.attributes.get(attribute)
    return found.value.decode() if found else ""


def type_of(die):
    """Return the type of a DIE without qualifiers and typedefs; None is void."""
    while "DW_AT_type" in die.attributes:
        die = die.get_DIE_from_attribute("DW_AT_type")
        if die.tag not in PLAIN:
            return die
    return None


def element_counts(array):
    """Return how many elements each dimension of an array has; 0 for `[]`."""
    ranges = [die for die in array.iter_children() if die.tag == "DW_TAG_subrange_type"]
    return [r.attributes["DW_AT_count"].value if "DW_AT_count" in r.attributes else 0
            for r in ranges]


def size_of(kind):
    """Return the size of a type in bytes."""
    if kind is None:
        return 0
    if "DW_AT_byte_size" in kind.attributes:
        return kind.attributes["DW_AT_byte_size"].value
    if kind.tag == "DW_TAG_pointer_type":
        return POINTER_BYTES
    size = size_of(type_of(kind)) if kind.tag == "DW_TAG_array_type" else 0
    for count in element_counts(kind) if size else []:
        size *= count
    return size


def array_step(array, offset):
    """Return ("[i][j]", the element's type, the offset in it)."""
    element = type_of(array)
    index, rest = divmod(offset, size_of(element) or 1)
    subscripts = []
    for count in reversed(element_counts(array)[1:]):
        index, last = divmod(index, count)
        subscripts.insert(0, last)
    return "".join(f"[{i}]" for i in [index, *subscripts]), element, rest


def members_at(structure, offset):
    """Return [(name, type, offset in it)] of the members that cover an offset."""
    found = []
    for member in structure.iter_children():
        if member.tag != "DW_TAG_member":
            continue
        start = member.attributes.get("DW_AT_data_member_location")
        rest, kind = offset - (start.value if start else 0), type_of(member)
        # A flexible array, or one of none, is as long as the memory that it is in.
        if rest >= 0 and (rest < size_of(kind) or kind.tag == "DW_TAG_array_type" and
                          not size_of(kind)):
            found.append((text(member), kind, rest))
    return found


def member_step(structure, offset, touched):
    """Return (".name", type, offset in it) or None: padding, or a union's member is unknown."""
    found = members_at(structure, offset)
    if structure.tag == "DW_TAG_union_type":
        found = [member for member in found if text(member[1]) in touched]
    if len(found) != 1:
        return None
    name, kind, rest = found[0]
    return f".{name}" if name else "", kind, rest


def is_used_as_one(kind):
    """Return whether code works on a type as a whole: bytes, and the links of a list's node."""
    inner = type_of(kind) if kind.tag == "DW_TAG_array_type" else None
    if inner and inner.tag == "DW_TAG_base_type":
        return inner.attributes["DW_AT_encoding"].value in CHARACTERS
    members = [type_of(die) for die in kind.iter_children() if die.tag == "DW_TAG_member"]
    targets = [one and one.tag == "DW_TAG_pointer_type" and type_of(one) for one in members]
    return bool(targets) and all(target and target.offset == kind.offset for target in targets)


def step_into(kind, offset, touched):
    """Return (".name" or "[index]", type, offset in it) of what is at an offset; None: no more."""
    if kind.tag == "DW_TAG_array_type" and size_of(type_of(kind)):
        return array_step(kind, offset)
    return member_step(kind, offset, touched) if kind.tag in STRUCTURES else None


def field_at(kind, offset, touched=frozenset()):
    """Return the path from a type to the scalar at `offset` in it, and its part: see Place.

    `touched` holds names of structures that the accessing code works on.
    """
    path = part = ""
    one = False
    while kind is not None:
        one = one or is_used_as_one(kind)
        step = step_into(kind, offset, touched)
        if step is None:
            break
        name, kind, offset = step
        path, part = (path, part + name) if one else (path + name, part)
    return path, part


def member(structure, name):
    """Return (offset, type) of a member."""
    for die in structure.iter_children():
        if die.tag == "DW_TAG_member" and text(die) == name:
            return die.attributes["DW_AT_data_member_location"].value, type_of(die)
    raise KeyError(f"struct {text(structure)} has no member {name}")


def member_offset(path, structure, name):
    """Return the offset of a member in a structure of an ELF file's DWARF, which is not read any
    further than that."""
    with open(path, "rb") as file:
        for unit in ELFFile(file).get_dwarf_info().iter_CUs():
            for die in unit.get_top_DIE().iter_children():
                if die.tag in STRUCTURES and text(die) == structure and die.has_children:
                    return member(die, name)[0]
    raise KeyError(f"{path} has no struct {structure}")


class Image:
    """The variables, the structures and the functions of one ELF file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.segments = [Segment.of(s) for s in elf.iter_segments("PT_LOAD")]
            self.data = next(s for s in self.segments if s.flags & P_FLAGS.PF_W)
            symbols = [s for s in elf.get_section_by_name(".symtab").iter_symbols() if s.name]
            self.variables = {}  # address: Variable
            self.structures = {}  # name: DIE
            self.works_on = {}  # function: names of the structures that it takes pointers to
            self._add_symbols(symbols)
            self._add_dwarf(elf.get_dwarf_info())
            self.starts = sorted(self.variables)

    def _add_symbols(self, symbols):
        self.code = sorted(
            (s["st_value"], s.name)
            for s in symbols
            if s["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE") and s.name[0] not in ".$"
        )
        for s in symbols:
            if s["st_info"]["type"] == "STT_OBJECT":
                at = s["st_value"]
                self.variables[at] = Variable(at, s["st_size"], s.name, "", None)

    def _add_dwarf(self, dwarf):
        for unit in dwarf.iter_CUs():
            self.parser = DWARFExprParser(unit.structs)
            file = text(unit.get_top_DIE()).removeprefix("./")
            for die in unit.iter_DIEs():
                if die.tag == "DW_TAG_variable":
                    self._add_variable(dwarf, unit, die, file)
                elif die.tag in STRUCTURES and "DW_AT_byte_size" in die.attributes:
                    self.structures.setdefault(text(die), die)
                elif die.tag == "DW_TAG_subprogram" and text(die):
                    self._add_function(die)

    def _add_variable(self, dwarf, unit, die, file):
        location = die.attributes.get("DW_AT_location")
        if not location or location.form != "DW_FORM_exprloc":
            return
        operations = self.parser.parse_expr(location.value)
        if len(operations) != 1 or operations[0].op_name not in ("DW_OP_addr", "DW_OP_addrx"):
            return
        at = operations[0].args[0]
        if operations[0].op_name == "DW_OP_addrx":
            at = dwarf.get_addr(unit, at)
        known = self.variables.get(at)
        # A variable inside a function is called function.variable in the symbol table.
        if known and text(die) in known.name.split("."):
            self.variables[at] = known._replace(file=file, type=type_of(die))

    def _add_function(self, die):
        taken = self.works_on.setdefault(text(die), set())
        for parameter in die.iter_children():
            kind = type_of(parameter) if parameter.tag == "DW_TAG_formal_parameter" else None
            target = type_of(kind) if kind and kind.tag == "DW_TAG_pointer_type" else None
            if target and target.tag in STRUCTURES:
                taken.add(text(target))

    def virtual(self, pa):
        """Return the address in the image of a physical address, None if it is elsewhere."""
        for segment in self.segments:
            if 0 <= pa - segment.pa < segment.size:
                return pa - segment.pa + segment.va
        return None

    def has_code(self, pc):
        """Return whether an address is in the image's code."""
        return any(
            s.flags & P_FLAGS.PF_X and 0 <= pc - s.va < s.size for s in self.segments
        )

    def variable(self, address):
        """Return the Variable that covers an address, or None."""
        at = bisect.bisect_right(self.starts, address) - 1
        found = self.variables[self.starts[at]] if at >= 0 else None
        return found if found and address < found.address + found.size else None

    def place(self, address, functions=()):
        """Return the Place at an address that `functions` touched, None if no variable is there."""
        found = self.variable(address)
        if not found:
            return None
        field = field_at(found.type, address - found.address, self.touched_by(functions))
        return Place(found.name, *field, found.file)

    def touched_by(self, functions):
        """Return the names of the structures that functions take pointers to."""
        return set().union(*(self.works_on.get(name, ()) for name in functions))

    def function(self, pc):
        """Return the code symbol at or before an address, "" if it is not in the image's code."""
        at = bisect.bisect_right(self.code, (pc, "\xff")) - 1
        return self.code[at][1] if self.has_code(pc) and at >= 0 else ""
