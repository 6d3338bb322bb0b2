# SPDX-License-Identifier: MIT
# tools/gdb/hb/unwind.py - stacks of threads that no hart runs, and what lies below a trap.
"""Two unwinders. One crosses a trap frame: gdb has no description of the assembly that made it.
The other lets a thread that is not running stand in for the selected hart's registers, from its
saved ContextData, for as long as one backtrace takes; no register is written."""

import contextlib
import re

import gdb
from gdb.unwinder import Unwinder, register_unwinder

from hb import machine

X_NAMES = (
    "zero ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 "
    "t3 t4 t5 t6"
).split()


# In kernel/riscv/trap.S: the first two instructions, which leave sp; a call; thread_start.
ENTRY_SP_BYTES, CALL_BYTES, START_BYTES = 8, 8, 12
SRET = 0x10200073


class FrameId:
    """What tells two frames apart."""

    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


def address_of(function):
    """Return the address of a function or a label in assembly."""
    return int(gdb.parse_and_eval(f"(unsigned long)&{function}"))


def pointer(value):
    """Return a number as gdb wants the program counter and the stack pointer."""
    return gdb.Value(value).cast(gdb.lookup_type("void").pointer())


def instruction(pc):
    """Return the four bytes at an address."""
    return int(gdb.parse_and_eval(f"*(unsigned int *){pc:#x}"))


def registers(frame):
    """Return a frame's program counter and stack pointer."""
    return tuple(int(frame.read_register(name)) % 2**64 for name in ("pc", "sp"))


def inside(pc):
    """Return an address in the instruction that is at `pc` and is to be executed next.

    gdb takes an unwound program counter for the address after a call, and looks at what is before
    it. That is another function if a trap came before a function's first instruction.
    """
    return pc if "+" in machine.symbol(pc) else pc + 1


def save_trap(unwound, sp):
    """Unwind to what the trap frame at `sp` holds. Returns: the program counter."""
    frame = pointer(sp).cast(gdb.lookup_type("struct trap_frame").pointer()).dereference()
    pc = inside(int(frame["sepc"]))
    for number in range(1, 32):
        unwound.add_saved_register(X_NAMES[number], frame["x"][number])
    unwound.add_saved_register("pc", pointer(pc))
    return pc


def save_live(unwound, pending, pc, sp):
    """Unwind to what was interrupted where its registers are still, or again, in place."""
    if address_of("trap_entry") + ENTRY_SP_BYTES <= pc < address_of("trap_return"):
        sp = int(gdb.parse_and_eval("(unsigned long)((struct processor *)$tp)->trap_sp"))
    for name in ("ra", "fp", *(f"s{number}" for number in range(1, 12))):
        unwound.add_saved_register(name, pending.read_register(name))
    unwound.add_saved_register("sp", pointer(sp))
    unwound.add_saved_register("pc", pointer(inside(machine.register("sepc"))))


class TrapUnwinder(Unwinder):
    """A frame of trap_entry or thread_start: its caller is what the trap interrupted."""

    def __init__(self):
        super().__init__("hartbeat trap")

    def has_frame(self, pc):
        """Return whether sp is the trap frame, complete, at `pc` in one of the two functions."""
        complete = address_of("trap_return") - CALL_BYTES
        return pc >= complete and instruction(pc) != SRET

    def __call__(self, pending):
        pc, sp = registers(pending)
        if not address_of("trap_entry") <= pc < address_of("thread_start") + START_BYTES:
            return None
        unwound = pending.create_unwind_info(FrameId(pointer(sp), pointer(pc)))
        if pending.level() > 0 or self.has_frame(pc):
            save_trap(unwound, sp)
        else:
            save_live(unwound, pending, pc, sp)
        return unwound


class ContextUnwinder(Unwinder):
    """Stands in for the innermost frame: its caller is the thread that was switched away from."""

    def __init__(self):
        super().__init__("hartbeat context")
        self.context = None
        self.stands_for = None
        self.pc = None

    def __call__(self, pending):
        if self.context is None or registers(pending) != self.stands_for:
            return None
        sp = int(self.context)
        unwound = pending.create_unwind_info(FrameId(pointer(sp - 1), pointer(0)))
        self.pc = self.save(unwound, sp, (self.context - 1).dereference())
        return unwound

    @staticmethod
    def save(unwound, sp, data):
        """Unwind to what the ContextData below `sp` holds. Returns: the program counter."""
        if int(data["ra"]) == address_of("thread_start"):
            return save_trap(unwound, sp)  # it never ran: an InitStack
        unwound.add_saved_register("pc", data["ra"])
        unwound.add_saved_register("ra", data["ra"])
        unwound.add_saved_register("sp", pointer(sp))
        unwound.add_saved_register("fp", data["s"][0])
        for number in range(1, 12):
            unwound.add_saved_register(f"s{number}", data["s"][number])
        return int(data["ra"])

    @contextlib.contextmanager
    def standing_in(self, thread):
        """Let `thread`, which no hart runs, be what the selected hart has called."""
        self.stands_for = registers(gdb.newest_frame())
        self.context = thread["context"]["sp"]
        gdb.invalidate_cached_frames()
        try:
            yield
        finally:
            self.context = None
            gdb.invalidate_cached_frames()


CONTEXT = ContextUnwinder()


def register():
    """Have gdb ask these two before its own."""
    register_unwinder(None, TrapUnwinder(), replace=True)
    register_unwinder(None, CONTEXT, replace=True)  # asked first


def without_end(text):
    """Return a backtrace without the line for the 0 that a thread's first function returns to."""
    return re.sub(r"#\d+ +0x0+ in \?\? \(\)\n(Backtrace stopped: .*\n)?$", "", text)


def first_level():
    """Return the level of the innermost frame of the thread that stands in."""
    frame = gdb.newest_frame()
    while frame is not None and frame.pc() != CONTEXT.pc:
        frame = frame.older()
    if frame is None:
        raise gdb.GdbError("hb: the saved context cannot be unwound")
    return frame.level()


def saved_backtrace(thread):
    """Return the backtrace of a thread that no hart runs."""
    with machine.keep_selection():
        with CONTEXT.standing_in(thread):
            first = first_level()
            text = gdb.execute("backtrace", to_string=True)
    numbered = re.compile(r"^#(\d+) +", re.MULTILINE)
    start = next(m.start() for m in numbered.finditer(text) if int(m[1]) == first)
    return without_end(numbered.sub(lambda m: f"#{int(m[1]) - first:<3}", text[start:]))


def backtrace(thread):
    """Return the backtrace of any thread."""
    hart = machine.hart_of(thread)
    if hart is None:
        return saved_backtrace(thread)
    with machine.keep_selection():
        hart.thread.switch()
        if not machine.can_read():
            return f"in the firmware, called from {machine.symbol(machine.register('mepc'))}\n"
        return without_end(gdb.execute("backtrace", to_string=True))
