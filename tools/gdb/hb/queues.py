# SPDX-License-Identifier: MIT
# tools/gdb/hb/queues.py - the queues in which ready threads wait.
"""Knows no policy: it finds the order where the policy links its entities into lists that begin in
the queue, each node at the start of its entity's area, as fifo and rr do."""

import gdb

from hb import machine


def known_queues():
    """Return {address: label} of every queue there is, the one that harts share first."""
    harts = machine.harts()
    found = {int(hart.processor["rq"]["queue"].address): "shared" for hart in harts}
    for hart in harts:
        found[int(hart.processor["own"]["queue"].address)] = f"cpu {hart.cpu}"
    return found


def ready_by_queue(threads):
    """Return {address of a queue: the threads that wait there}, empty queues included."""
    found = {address: [] for address in known_queues()}
    for thread in threads:
        if machine.status(thread) == "Ready" and not machine.is_idle(thread):
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
