// SPDX-License-Identifier: MIT
// kernel/handover.pml - the hand-over at a switch, and exit against join; checked by Spin.
//
// A thread yields, with the run queue's lock held over the switch, and exits, with that lock and its
// exit lock held over the switch; see kernel/dispatch.c and kernel/thread.c. Two harts run it. One
// other thread joins or detaches it, and one holds a reference for a while. Double run and a stack that is
// given away while somebody is on it are assertions; a join that never returns is an invalid end
// state. Each MUTANT_ is a mistake that has to be found.
mtype = { READY, RUNNING, EXITED };

bool rq;              // the run queue's lock
bool exit_lock;       // the lock of the thread's wait queue for joiners
mtype status = READY; // guarded by: rq
bool queued = true;   // guarded by: rq
bool has_yielded;
bool exited;          // guarded by: exit_lock
bool join_waits;      // guarded by: exit_lock
bool code_set;
byte on_stack;        // harts that are on the thread's stack
byte refs = 4;        // its own, its joiner's right and reference, the looker's reference
bool retired;         // somebody else has the stack

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

inline retire()
{
    assert(on_stack == 0);
    assert(!exit_lock);
    assert(!retired);
    retired = true
}

// unreference()
inline unreference(n, last)
{
    atomic { refs = refs - n; last = refs == 0 }
}

// give_way(): the next thread finishes the hand-over. The state is Ready all along.
inline yield_and_switch()
{
    lock(rq);
    status = READY;
    queued = true;
    has_yielded = true;
#ifdef MUTANT_UNLOCKS_ON_ITS_STACK
    unlock(rq);
    on_stack--
#else
    on_stack--;
    unlock(rq)
#endif
}

// thread_exit(), dispatch_exit(), and finish() and thread_finish_exit() on the next thread's stack.
inline exit_and_switch()
{
    lock(exit_lock);
    exited = true;
    join_waits = false; // wakes the joiner
#ifdef MUTANT_EXIT_UNLOCKS_EARLY
    unlock(exit_lock);
#endif
#ifdef MUTANT_FINISHES_ON_ITS_STACK
    unreference(1, last);
    if
    :: last -> unlock(exit_lock); retire()
    :: else
    fi;
#endif
    lock(rq);
    code_set = true;
    on_stack--;
    status = EXITED;
    unlock(rq);
#ifndef MUTANT_FINISHES_ON_ITS_STACK
    unreference(1, last);
#endif
#ifndef MUTANT_EXIT_UNLOCKS_EARLY
    assert(!retired); // the lock is in the structure that is retired
    unlock(exit_lock);
#endif
    if
    :: last -> retire()
    :: else
    fi
}

// thread_put()
inline put(last)
{
    unreference(1, last);
    if
    :: last ->
#ifndef MUTANT_PUT_PASSES_THE_LOCK_BY
        lock(exit_lock);
        unlock(exit_lock);
#endif
        retire()
    :: else
    fi
}

active [2] proctype hart()
{
    bool last;

end:
    do
    :: atomic { queued && !rq -> rq = true };
        if
        :: queued ->
            queued = false;
            assert(status == READY);
            status = RUNNING;
            on_stack++;
            assert(on_stack == 1); // not on two harts
            assert(!retired);
            unlock(rq);
            if
            :: has_yielded -> exit_and_switch()
            :: else -> yield_and_switch()
            fi
        :: else -> unlock(rq)
        fi
    od
}

inline join()
{
    lock(exit_lock);
    if
    :: exited -> skip
    :: else ->
        join_waits = true;
        unlock(exit_lock);
        !join_waits;
#ifndef MUTANT_JOIN_RETURNS_AT_ONCE
        lock(exit_lock)
#endif
    fi;
    assert(code_set);
    assert(on_stack == 0);
#ifndef MUTANT_JOIN_RETURNS_AT_ONCE
    unlock(exit_lock);
#endif
    unreference(2, last);
    if
    :: last -> retire()
    :: else
    fi
}

active proctype joiner()
{
    bool last;

    if
    :: join()
    :: unreference(1, last); assert(!last); put(last) // thread_detach()
    fi
}

// thread_get(), something, thread_put().
active proctype looker()
{
    bool last;

    assert(!retired);
    put(last)
}
