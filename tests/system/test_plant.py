# SPDX-License-Identifier: MIT
# tests/system/test_plant.py - the planted races: what finds them, and what their twins prove.
"""A plant shows under some interleavings only; its correct twin shows under none."""

import pytest
from harness import boot

KINDS = ["lost-update", "abba", "missed-wakeup", "double-free"]
SHOWS = {
    "lost-update": "lost update: 2 harts added 1 each, and the sum is 1\n",
    "abba": "deadlock: hart 0 has left and waits for right, hart 1 has right and waits for left\n",
    "missed-wakeup":
        "missed wake-up: hart 0 went to sleep after the wake-up that was meant for it\n",
    "double-free": "double free: one object, freed 2 times\n",
}


def check_verdict(done, kind):
    """Check that status and words agree. Returns: whether the bug showed."""
    found = done.status != 0
    shown = f"{SHOWS[kind]}plant {kind}: the bug showed\n"
    assert done.out == (shown if found else f"plant {kind}: the bug did not show\n"), done.err
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_plant_ends_and_says_how(kind):
    """Whether it shows on this host is not judged; a deadlock may be one of them."""
    check_verdict(boot(f"plant {kind}", SMP=2), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("smp, build", [(2, "release"), (4, "debug")])
def test_the_twin_never_fails_on_this_host(kind, smp, build):
    done = boot(f"plant {kind} fixed", SMP=smp, BUILD=build)
    assert (done.status, done.out) == (0, f"plant {kind} fixed: the bug did not show\n")


def explore(kind, seed):
    """Play a plant under one seed. Returns: whether the bug showed."""
    return check_verdict(boot(f"plant {kind}", TIMING="explore", SMP=2, SEED=seed), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_some_seed_finds_it_and_finds_it_again(kind):
    """Within 200; the same seed shows it each time, and the twin under it nothing."""
    seed = next((seed for seed in range(1, 201) if explore(kind, seed)), None)
    assert seed is not None
    assert explore(kind, seed) and explore(kind, seed)
    twin = boot(f"plant {kind} fixed", TIMING="explore", SMP=2, SEED=seed)
    assert (twin.status, twin.out) == (0, f"plant {kind} fixed: the bug did not show\n")


def test_one_hart_has_no_races():
    done = boot("plant abba", SMP=1)
    assert (done.status, done.out) == (1, "plant: this takes more than one hart\n")
    assert "status 2" in done.err


@pytest.mark.parametrize("words", ["", "abba broken", "nonesuch", "abba fixed twice"])
def test_bad_words_show_the_usage(words):
    done = boot(f"plant {words}", SMP=2)
    assert done.status == 1 and "usage: plant lost-update|abba|" in done.out
