# SPDX-License-Identifier: MIT
# tools/gdb/hb/queues.py - the queues in which ready threads wait.
"""Knows no topology: a queue is whatever a Processor or the variable `runq` holds of the type
struct sched_queue, directly or through a pointer, and whatever a ready thread names as its own.
Knows no policy either: it finds the order where the policy links its entities into lists that begin
in the queue, each node at the start of its entity's area, as fifo and rr do."""

import gdb

from hb import machine


def is_struct(kind, name):
    """Return whether a type is `struct name`."""
    return kind.code == gdb.TYPE_CODE_STRUCT and kind.tag == name


def queues_in(value, label, depth=2):
    """Yield (address, label) of the queues in a structure, and in run queues it points at."""
    for field in value.type.fields():
        kind, member = field.type.strip_typedefs(), f"{label}{field.name}"
        if is_struct(kind, "sched_queue"):
            yield int(value[field].address), member
        elif is_struct(kind, "runq") and depth:
            yield from queues_in(value[field], f"{member}.", depth - 1)
        elif kind.code == gdb.TYPE_CODE_PTR and is_struct(kind.target(), "runq") and depth:
            if int(value[field]):
                yield from queues_in(value[field].dereference(), f"{member}->", depth - 1)


def known_queues():
    """Return {address: label} of every queue there is."""
    found = {}
    symbol = gdb.lookup_global_symbol("runq")
    if symbol is not None:
        found.update(queues_in(symbol.value(), "runq."))
    for hart in machine.harts():
        for address, label in queues_in(hart.processor, f"cpu {hart.cpu} "):
            found.setdefault(address, label)
    return found


def ready_by_queue(threads):
    """Return {address of a queue: the threads that wait there}, empty queues included."""
    found = {address: [] for address in known_queues()}
    for thread in threads:
        if int(thread["state"]["status"]) == machine.THREAD_READY and not machine.is_idle(thread):
            found.setdefault(int(thread["queue"]), []).append(thread)
    return found


def lists(queue, threads):
    """Return the lists of a queue, each as its threads in order; None if it has another shape.

    A list's head is somewhere in the queue; a thread's node is what its entity begins with.
    """
    kind = gdb.lookup_type("struct list").pointer()
    nodes = {int(t["sched"]["area"].address): t for t in threads}
    inside = range(int(queue.address), int(queue.address) + queue.type.sizeof)
    found = {}
    for node in nodes:
        head = node
        for _ in range(len(nodes)):
            head = int(gdb.Value(head).cast(kind).dereference()["prev"])
            if head not in nodes:
                break
        if head not in inside:
            return None
        found[head] = None
    for head in found:
        found[head] = []
        node = int(gdb.Value(head).cast(kind).dereference()["next"])
        while node in nodes and len(found[head]) < len(nodes):
            found[head].append(nodes[node])
            node = int(gdb.Value(node).cast(kind).dereference()["next"])
    complete = sum(map(len, found.values())) == len(threads)
    return [found[head] for head in sorted(found)] if complete else None
