// SPDX-License-Identifier: MIT
// kernel/kick.pml - idle hart against waker, as at the top of kernel/kick.h; checked by Spin.
//
// A hart's stores wait in a buffer of one entry a variable, in which other harts do not see them,
// until the hardware writes them, at any time, or a fence waits for that. Two harts idle, two
// threads are made Ready. Lost wake-up: in the end everybody sleeps and something waits, which is the
// last assertion. Each MUTANT_ is a mistake that has to be found.
#define HARTS 2

bool rq;                    // the run queue's lock
byte waiting;               // guarded by: rq; read without it as a hint
byte waiting_buffered;      // enqueued by the waker, and seen by the waker alone
bool idle[HARTS];           // bits of hart_masks.idle, as memory has them
bool idle_buffered[HARTS];  // set by that hart, and seen by it alone
byte interrupts[HARTS];     // pending
bool asleep[HARTS];         // in wfi
byte ran;

// The buffers are written back, in any order.
active proctype memory()
{
end:
    do
    :: atomic { idle_buffered[0] -> idle[0] = true; idle_buffered[0] = false }
    :: atomic { idle_buffered[1] -> idle[1] = true; idle_buffered[1] = false }
    :: atomic { waiting_buffered > 0 -> waiting = waiting + waiting_buffered; waiting_buffered = 0 }
    od
}

// idle_wait()
inline idle_wait(me)
{
#ifdef MUTANT_LOOKS_BEFORE_IT_ANNOUNCES
    none = waiting == 0;
    idle_buffered[me] = true;
    !idle_buffered[me];
#else
    idle_buffered[me] = true;
#ifndef MUTANT_IDLE_WITHOUT_FENCE
    !idle_buffered[me]; // fence_full()
#endif
    none = waiting == 0;
#endif
    if
    :: none ->
        asleep[me] = true;
end:
        interrupts[me] > 0;
        asleep[me] = false
    :: else
    fi;
    // kick_clear_idle(): an AMO on what it wrote itself
    atomic { !idle_buffered[me] -> idle[me] = false };
    interrupts[me] = 0
}

active [HARTS] proctype hart()
{
    bool none;
    byte me = _pid - 1;

    do
    :: waiting > 0 ->
        atomic { !rq -> rq = true };
        if
        :: waiting > 0 -> waiting--; ran++
        :: else
        fi;
        rq = false
    :: waiting == 0 -> idle_wait(me)
    od
}

// Enqueue a thread under the lock, and kick().
active proctype waker()
{
    byte made;
    byte cpu;

    do
    :: made == 2 -> break
    :: else ->
        made++;
        atomic { !rq -> rq = true };
#ifdef MUTANT_LOOKS_BEFORE_IT_ENQUEUES
        cpu = (idle[0] -> 0 : (idle[1] -> 1 : HARTS));
        waiting_buffered++;
        waiting_buffered == 0;
#else
        waiting_buffered++;
#ifndef MUTANT_WAKER_WITHOUT_FENCE
        waiting_buffered == 0; // fence_full()
#endif
        cpu = (idle[0] -> 0 : (idle[1] -> 1 : HARTS));
#endif
        // clear_idle(): whoever clears the bit interrupts
        if
        :: cpu < HARTS ->
            if
            :: atomic { idle[cpu] -> idle[cpu] = false }; interrupts[cpu]++
            :: !idle[cpu]
            fi
        :: else
        fi;
        waiting_buffered == 0; // the release of the lock
        rq = false
    od;
    // Nothing happens any more: everybody sleeps, or somebody has been lost.
    (asleep[0] && interrupts[0] == 0 && asleep[1] && interrupts[1] == 0 && waiting_buffered == 0) ->
    assert(waiting == 0 && ran == 2)
}
