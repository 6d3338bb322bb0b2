// SPDX-License-Identifier: MIT
// kernel/waitq.pml - the protocol of kernel/waitq.h as a semaphore; checked by Spin.
//
// Two threads take one each of two that a poster gives; the wait of the first may also time out or
// be ended by a kill. Lost wake-up: a thread that never ends, or something given that nobody got and
// that is not left over. A waker that comes too late: the assertion in wake(). Each MUTANT_ is a
// mistake that has to be found.
#define SLEEPERS 2

mtype = { RUNNING, READY, SLEEPING, GONE };
mtype = { PENDING, WOKEN, TIMED_OUT, KILLED };

bool wq;                       // the wait queue's lock
bool rq;                       // the run queue's lock
byte count;                    // guarded by: wq; the semaphore
byte got;                      // successes
bool linked[SLEEPERS];         // guarded by: wq
byte first;                    // guarded by: wq; who came first, if both are linked
byte ended;
mtype result[SLEEPERS] = WOKEN;   // guarded by: rq
mtype status[SLEEPERS] = RUNNING; // guarded by: rq

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

// dispatch_wake() of `t`; *did says whether it ended the wait.
inline wake(t, why, did)
{
    lock(rq);
    assert(status[t] != GONE); // nobody may look at a thread that has returned and ended
    if
#ifdef MUTANT_ENDS_WHAT_HAS_ENDED
    :: true ->
#else
    :: result[t] == PENDING ->
#endif
        result[t] = why;
        did = true;
        if
        :: status[t] == SLEEPING -> status[t] = READY
        :: else
        fi
#ifndef MUTANT_ENDS_WHAT_HAS_ENDED
    :: else -> did = false
#endif
    fi;
    unlock(rq)
}

// dispatch_wait()
inline wait(t)
{
    lock(rq);
    if
#ifdef MUTANT_NO_SECOND_LOOK
    :: true ->
#else
    :: result[t] != PENDING -> unlock(rq)
    :: else ->
#endif
        status[t] = SLEEPING;
        unlock(rq);
        atomic { status[t] == READY && !rq -> status[t] = RUNNING }
    fi
}

inline enter(t)
{
    if
    :: !linked[1 - t] -> first = t
    :: else
    fi;
    linked[t] = true;
    result[t] = PENDING
}

active [SLEEPERS] proctype sleeper()
{
    lock(wq);
    if
    :: count > 0 -> count--; got++; unlock(wq)
    :: else ->
#ifdef MUTANT_ANNOUNCES_LATE
        unlock(wq);
        lock(wq);
#endif
        enter(_pid);
        unlock(wq);
        wait(_pid);
        if
        :: result[_pid] == WOKEN -> got++
#ifdef MUTANT_LEAVES_WITHOUT_THE_LOCK
        :: else -> linked[_pid] = false
#else
        :: else -> lock(wq); linked[_pid] = false; unlock(wq)
#endif
        fi
    fi;
    atomic { status[_pid] = GONE; ended++ }
}

active proctype poster()
{
    byte posts;
    byte t;
    bool did;

    do
    :: posts == SLEEPERS -> break
    :: else ->
        posts++;
        did = false;
        lock(wq);
        do
        :: !did && (linked[0] || linked[1]) ->
            if
            :: linked[first] -> t = first
            :: else -> t = 1 - first
            fi;
            linked[t] = false;
            wake(t, WOKEN, did);
#ifdef MUTANT_WAKES_NO_OTHER
            did = true
#endif
        :: else -> break
        od;
        if
        :: !did -> count++
        :: else
        fi;
        unlock(wq)
    od;
    ended == SLEEPERS;
    assert(got + count == SLEEPERS);
    assert(!linked[0] && !linked[1])
}

// The deadline of the first, and somebody who kills it: it cancels the timer and drops its
// reference only once it has returned, so both leave it alone then.
active proctype timer()
{
    bool did;

    if
    :: atomic { status[0] != GONE && !rq -> rq = true };
        if
        :: result[0] == PENDING ->
            result[0] = TIMED_OUT;
            if
            :: status[0] == SLEEPING -> status[0] = READY
            :: else
            fi
        :: else
        fi;
        unlock(rq)
    :: status[0] == GONE
    fi
}

active proctype killer()
{
    if
    :: atomic { status[0] != GONE && !rq -> rq = true };
        if
        :: result[0] == PENDING && status[0] == SLEEPING ->
            result[0] = KILLED;
            status[0] = READY
        :: else
        fi;
        unlock(rq)
    :: status[0] == GONE
    fi
}
