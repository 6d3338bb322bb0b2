// SPDX-License-Identifier: MIT
// kernel/park.pml - park against unpark and time-out, as in kernel/dispatch.c; checked by Spin.
//
// A worker parks until it has seen each of two pieces of work; a producer makes one and unparks it.
// Lost wake-up: the worker never ends, which is an invalid end state. Double run: the assertion in
// hart(). Each MUTANT_ is a mistake that has to be found.
#define ROUNDS 2

mtype = { RUNNING, READY, SLEEPING };
mtype = { PENDING, WOKEN, TIMED_OUT };

bool rq;                // the run queue's lock
mtype status = RUNNING; // guarded by: rq
mtype result = WOKEN;   // guarded by: rq
bool parked;            // guarded by: rq
bool token;             // guarded by: rq
byte queued;            // guarded by: rq; entries of the worker in the run queue
byte harts_on = 1;      // harts that run the worker
byte made;              // pieces of work

inline lock() { atomic { !rq -> rq = true } }
inline unlock() { rq = false }

// end_wait(), the lock held.
inline end_wait(why)
{
    if
    :: result == PENDING ->
        result = why;
        parked = false;
        if
#ifdef MUTANT_WAKES_WHO_HAS_NOT_SLEPT
        :: true -> status = READY; queued++
#else
        :: status == SLEEPING -> status = READY; queued++
        :: else
#endif
        fi
    :: else
    fi
}

// stop(): whoever runs next on this hart publishes the state and drops the lock. Continues when a
// hart has picked the worker.
inline stop()
{
#ifdef MUTANT_PUBLISHES_ON_ITS_STACK
    status = SLEEPING;
    unlock();
    harts_on--;
#else
    harts_on--;
    status = SLEEPING;
    unlock();
#endif
    status == RUNNING
}

// dispatch_park()
inline park()
{
    lock();
    had_token = token;
    token = false;
#ifdef MUTANT_ANNOUNCES_LATE
    unlock();
    lock();
#endif
    if
    :: had_token -> unlock()
    :: else ->
        result = PENDING;
        parked = true;
        unlock();
        lock();
#ifdef MUTANT_NO_SECOND_LOOK
        stop()
#else
        if
        :: result == PENDING -> stop()
        :: else -> unlock()
        fi
#endif
    fi
}

active proctype worker()
{
    byte done;
    bool had_token;

    do
    :: done < made -> done++
    :: done == ROUNDS -> break
    :: done >= made && done < ROUNDS -> park()
    od
}

active proctype producer()
{
    do
    :: made < ROUNDS ->
        made++;
        lock();
        if
        :: parked && result == PENDING -> end_wait(WOKEN)
#ifdef MUTANT_NO_TOKEN
        :: else
#else
        :: else -> token = true
#endif
        fi;
        unlock()
    :: else -> break
    od
}

// The deadline of one of the parks comes, at any time.
active proctype timer()
{
    lock();
    end_wait(TIMED_OUT);
    unlock()
}

active [2] proctype hart()
{
end:
    do
    :: atomic { queued > 0 && !rq -> rq = true };
        if
        :: queued > 0 ->
            queued--;
            harts_on++;
            assert(harts_on == 1);
            assert(status == READY);
            status = RUNNING
        :: else
        fi;
        unlock()
    od
}
