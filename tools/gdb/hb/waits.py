# SPDX-License-Identifier: MIT
# tools/gdb/hb/waits.py - who waits for what, and whose it is.
"""A thread that waits for a mutex, a semaphore, an exit is linked into a ring with the wait queue
as its head: the one node that is no thread's. What the queue is part of is told by its lock's
name."""

import gdb

from hb import machine

MUTEX_WAITERS = 1


class Wait:
    """What one thread waits for: in words, and the thread that could end it, if one is known."""

    def __init__(self, what, owner=None):
        self.what, self.owner = what, owner

    def __str__(self):
        return self.what if self.owner is None else f"{self.what} {machine.label(self.owner)}"


def ring(head, nodes):
    """Return the addresses in `nodes` that are linked to the list `head`, in order."""
    found = []
    node = head["next"]
    while int(node) in nodes and len(found) < len(nodes):
        found.append(int(node))
        node = node.dereference()["next"]
    return found


def head_of(node, nodes):
    """Return the head of the list that a node is linked to, None if it is linked to nothing."""
    here = node["next"]
    for _ in range(len(nodes)):
        if int(here) not in nodes:
            return here if int(here) else None
        here = here.dereference()["next"]
    return None


def queues(threads):
    """Return [(wait queue, its waiters in order)] for every queue in which somebody waits."""
    nodes = {int(thread["wait_node"].address): thread for thread in threads}
    left, found = dict(nodes), []
    while left:
        _, thread = left.popitem()
        head = head_of(thread["wait_node"], nodes)
        if head is None:
            continue
        waiters = ring(head.dereference(), nodes)
        for waiter in waiters:
            left.pop(waiter, None)
        queue = machine.container_of(head, "waitq", "waiters").dereference()
        found.append((queue, [nodes[waiter] for waiter in waiters]))
    return sorted(found, key=lambda pair: int(pair[0].address))


def mutex_owner(mutex):
    """Return the thread that holds a mutex, None if it is free."""
    owner = int(mutex["owner"]) & ~MUTEX_WAITERS
    kind = gdb.lookup_type("struct thread").pointer()
    return gdb.Value(owner).cast(kind).dereference() if owner else None


def of_mutex(queue):
    """Return the wait for the mutex that a wait queue is part of."""
    mutex = machine.container_of(queue.address, "mutex", "wq")
    return Wait(f"mutex {machine.symbol(int(mutex))} owned by", mutex_owner(mutex.dereference()))


def of_exit(queue):
    """Return the wait for the end of the thread that a wait queue is part of."""
    return Wait("the exit of", machine.container_of(queue.address, "thread", "exit").dereference())


def of_queue(queue):
    """Return what those in a wait queue wait for."""
    name = queue["lock"]["name"].string()
    special = {"mutex": of_mutex, "thread exit": of_exit}.get(name)
    return special(queue) if special else Wait(f"{name} {machine.symbol(int(queue.address))}")


def spin_wait(hart):
    """Return what a hart's thread spins for; its holder is known in debug builds."""
    lock = hart.spins_for()
    if lock is None:
        return None
    holder = int(lock["holder"])
    what = f"spinlock '{lock['name'].string()}' {machine.symbol(int(lock.address))}"
    if holder == 0:
        return Wait(f"{what}, holder not known")
    return Wait(f"{what} held by", machine.harts()[holder - 1].current)


def unqueued(thread):
    """Return what a sleeping thread waits for that is in no wait queue."""
    deadline = int(thread["timer"]["node"]["key"]) if int(thread["timer"]["queue"]) else None
    until = "" if deadline is None else f" until tick {deadline}"
    return Wait(("unpark" if thread["parked"] else "time") + until)


def waits(threads):
    """Return {address of a thread: what it waits for} of all that wait."""
    found = {}
    for hart in machine.harts():
        wait = hart.current and spin_wait(hart)
        if wait:
            found[int(hart.current.address)] = wait
    for queue, waiters in queues(threads):
        found.update({int(waiter.address): of_queue(queue) for waiter in waiters})
    for thread in threads:
        if machine.status(thread) == "Sleeping":
            found.setdefault(int(thread.address), unqueued(thread))
    return found


def cycles(found):
    """Return each circle of threads that wait for each other, as a list of addresses."""
    owners = {a: int(wait.owner.address) for a, wait in found.items() if wait.owner is not None}
    seen, circles = set(), []
    for start in owners:
        path = []
        while start in owners and start not in seen:
            seen.add(start)
            path.append(start)
            start = owners[start]
        if start in path:
            circles.append(path[path.index(start):])
    return circles
