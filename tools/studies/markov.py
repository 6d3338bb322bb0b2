# SPDX-License-Identifier: MIT
# tools/studies/markov.py - the Markov model of a ticket lock's collapse.
"""Source: Boyd-Wickizer, Kaashoek, Morris, Zeldovich, "Non-scalable locks are dangerous", Ottawa
Linux Symposium 2012, section 3.

State k is how many of n cores are at the lock, the holder included. A core comes back to the lock
a cycles after it left, so arrivals come at the rate (n - k) / a. With k at the lock, one leaves
every s + c k / 2 cycles: the section of s cycles, and a hand-over in which the next owner's request
for the line is served after, on average, half of the k waiters', at c cycles each.
"""

from typing import NamedTuple

# The c with which this reproduces the paper's own curves; it names none.
PAPER_PER_WAITER = 1000
# Weights grow as a product of up to n ratios; above this they are scaled back.
LARGE = 1e200


class Loop(NamedTuple):
    """What each core repeats, in cycles: a serial section of `serial`, then `parallel` outside."""

    serial: float
    parallel: float


def loop_of(serial, fraction):
    """Return the loop whose section of `serial` cycles is this fraction of it on one core."""
    return Loop(serial, serial / fraction - serial)


def state_weights(cores, loop, per_waiter):
    """Return how often, relative to each other, 0 .. `cores` cores are at the lock."""
    weights = [1.0]
    for k in range(cores):
        arrivals = (cores - k) / loop.parallel
        departures = 1 / (loop.serial + per_waiter * (k + 1) / 2)
        weights.append(weights[-1] * arrivals / departures)
        if weights[-1] > LARGE:
            weights = [weight / LARGE for weight in weights]
    return weights


def waiting(cores, loop, per_waiter):
    """Return how many of `cores` cores are at the lock on average."""
    weights = state_weights(cores, loop, per_waiter)
    return sum(k * weight for k, weight in enumerate(weights)) / sum(weights)


def speedup(cores, loop, per_waiter):
    """Return how many times one core's throughput `cores` cores have: those not at the lock."""
    return cores - waiting(cores, loop, per_waiter)


def curve(most, loop, per_waiter):
    """Return {cores: speed-up} for 1 .. `most` cores."""
    return {cores: speedup(cores, loop, per_waiter) for cores in range(1, most + 1)}


def peak(points):
    """Return (cores, speed-up) of the highest point; of equal ones the one with fewest cores."""
    return max(sorted(points.items()), key=lambda point: point[1])
