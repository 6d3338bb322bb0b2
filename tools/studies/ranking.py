# SPDX-License-Identifier: MIT
# tools/studies/ranking.py - whether machines agree on which lock costs less.
"""Two costs that differ by less than APART are not told apart: the model's constants and the order
of its turns move a result by about as much. A ranking holds if no two locks are told apart one way
on one machine and the other way on another, with the same number of harts.
"""

import itertools
from typing import NamedTuple

APART = 1.2


class Reversal(NamedTuple):
    """Machines that disagree: with `harts` harts, `lock` costs less than `other` on some only."""

    harts: int
    lock: str
    other: str
    cheaper_on: list
    dearer_on: list


def judge(cost, other_cost):
    """Return -1 if the first cost is the lower one, 1 if the second is, 0 if they are not apart."""
    if other_cost >= APART * cost:
        return -1
    return 1 if cost >= APART * other_cost else 0


def order(costs):
    """Return the locks of {lock: cost} as groups, cheapest first.

    A group is of those that are not told apart from the cheapest in it.
    """
    groups = []
    for lock in sorted(costs, key=lambda name: (costs[name], name)):
        if groups and judge(costs[groups[-1][0]], costs[lock]) == 0:
            groups[-1].append(lock)
        else:
            groups.append([lock])
    return groups


def in_words(groups):
    """Return groups as text: `mcs, clh < ticket < tas`."""
    return " < ".join(", ".join(group) for group in groups)


def reversals_at(harts, costs):
    """Return the reversals among {machine: {lock: cost}}, all with `harts` harts."""
    shared = set.intersection(*(set(of_machine) for of_machine in costs.values()))
    found = []
    for lock, other in itertools.combinations(sorted(shared), 2):
        verdicts = {name: judge(of[lock], of[other]) for name, of in costs.items()}
        cheaper = [name for name, verdict in verdicts.items() if verdict < 0]
        dearer = [name for name, verdict in verdicts.items() if verdict > 0]
        if cheaper and dearer:
            found.append(Reversal(harts, lock, other, cheaper, dearer))
    return found


def reversals(costs):
    """Return all reversals in {machine: {harts: {lock: cost}}}."""
    return [one for harts, those in by_harts(costs).items() for one in reversals_at(harts, those)]


def agreements_at(costs):
    """Return {lock: those that cost more than it on every machine} of {machine: {lock: cost}}."""
    shared = sorted(set.intersection(*(set(of_machine) for of_machine in costs.values())))
    found = {
        lock: [other for other in shared
               if all(judge(of[lock], of[other]) < 0 for of in costs.values())]
        for lock in shared
    }
    return {lock: others for lock, others in found.items() if others}


def by_harts(costs):
    """Return {harts: {machine: {lock: cost}}} of {machine: {harts: {lock: cost}}}, where several
    machines have so many harts."""
    counts = sorted({harts for of_machine in costs.values() for harts in of_machine})
    found = {
        harts: {name: of[harts] for name, of in costs.items() if harts in of} for harts in counts
    }
    return {harts: of_machines for harts, of_machines in found.items() if len(of_machines) > 1}


def agreement_lines(costs):
    """Return in words what all machines agree on, by number of harts."""
    lines = []
    for harts, of_machines in by_harts(costs).items():
        found = agreements_at(of_machines)
        parts = [f"{lock} costs less than {' '.join(others)}" for lock, others in found.items()]
        lines.append(f"With {harts} harts all {len(of_machines)} agree "
                     f"{'that ' + ', '.join(parts) if parts else 'on nothing'}.")
    return lines


def verdict(costs):
    """Return in words, as lines, whether the ranking holds in {machine: {harts: {lock: cost}}}."""
    machines = " ".join(costs)
    if len(costs) < 2:
        return [f"One machine, {machines}: whether the ranking holds takes a second one."]
    found = reversals(costs)
    lines = [f"The ranking {'does not hold' if found else 'holds'} on: {machines}."]
    for one in found:
        lines.append(
            f"With {one.harts} harts {one.lock} costs less than {one.other} on "
            f"{' '.join(one.cheaper_on)}, and more on {' '.join(one.dearer_on)}."
        )
    return lines + agreement_lines(costs)
