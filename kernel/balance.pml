// SPDX-License-Identifier: MIT
// kernel/balance.pml - a thread that changes run queues: placed, taken, sent away; checked by Spin.
//
// Two harts, each with a run queue and its lock. A thread runs, yields if it may stay and moves off
// if it may not, and sleeps; it is woken into another queue, an idle hart takes it over, and
// its affinity changes twice, at any time. Lost thread: in the end it is Moving, or Ready in no
// queue, the last assertion; so is a deadlock. Double run and a run where it may not: assertions in
// hart(). Each MUTANT_ is a mistake that has to be found.
#define HARTS 2
#define BOTH  3
#define allowed(mask, cpu) ((mask >> cpu) & 1)

mtype = { RUNNING, READY, SLEEPING, MOVING };

bool lock_of[HARTS];
byte queued[HARTS];      // guarded by: lock_of[that]; entries of the thread
byte belongs;            // to which run queue; guarded by: the lock of that
mtype status = SLEEPING; // guarded by: the lock of the queue it belongs to
byte affinity = BOTH;    // the same
byte on_stack;           // harts that are on its stack
byte wakes;
byte changes;

inline lock(cpu) { atomic { !lock_of[cpu] -> lock_of[cpu] = true } }
inline unlock(cpu) { lock_of[cpu] = false }

// runq_lock_of(): the lock of the queue that the thread belongs to once it is held.
inline lock_its_queue(cpu)
{
    do
    :: cpu = belongs;
        lock(cpu);
        if
#ifdef MUTANT_TRUSTS_THE_FIRST_LOOK
        :: break
#else
        :: belongs == cpu -> break
        :: else -> unlock(cpu)
#endif
        fi
    od
}

inline enqueue(cpu)
{
    assert(queued[0] + queued[1] == 0);
    status = READY;
    queued[cpu]++
}

inline dequeue(cpu)
{
    assert(queued[cpu] == 1);
    queued[cpu]--
}

// topology_place()
inline place(to)
{
    if
    :: allowed(affinity, 0) -> to = 0
    :: allowed(affinity, 1) -> to = 1
    fi
}

// dispatch_move_locked()
inline move(to)
{
#ifdef MUTANT_TELLS_THE_QUEUE_FIRST
    belongs = to;
#endif
#ifdef MUTANT_MOVES_AS_READY
    status = READY;
#else
    status = MOVING;
#endif
    belongs = to
}

// dispatch_arrive()
inline arrive(cpu, to)
{
    lock_its_queue(cpu);
#ifndef MUTANT_ARRIVES_WITHOUT_A_LOOK
    do
    :: allowed(affinity, cpu) -> break
    :: else ->
        place(to);
        move(to);
        unlock(cpu);
        lock_its_queue(cpu)
    od;
#endif
    enqueue(cpu);
    unlock(cpu)
}

// make_ready_placed(), the lock of `cpu` held.
inline make_ready(cpu, to)
{
    place(to);
    if
    :: to == cpu -> enqueue(cpu); unlock(cpu)
    :: else ->
        move(to);
        unlock(cpu);
        arrive(cpu, to)
    fi
}

// give_way(), and settle() if it may not stay.
inline yield(me, cpu, to)
{
    lock(me);
    if
    :: allowed(affinity, me) -> enqueue(me); on_stack--; unlock(me)
    :: else ->
#ifdef MUTANT_SETTLES_ON_ITS_STACK
        status = MOVING;
        unlock(me);
        lock_its_queue(cpu);
        make_ready(cpu, to);
        on_stack--
#else
        on_stack--;
        status = MOVING;
        unlock(me);
        lock_its_queue(cpu);
        make_ready(cpu, to)
#endif
    fi
}

// balance_idle(): take the thread out of the other hart's queue.
inline steal(me, cpu, to)
{
#ifdef MUTANT_HOLDS_BOTH_LOCKS
    lock(me);
    lock(1 - me);
    if
    :: queued[1 - me] > 0 && allowed(affinity, me) ->
        dequeue(1 - me);
        belongs = me;
        enqueue(me)
    :: else
    fi;
    unlock(1 - me);
    unlock(me)
#else
    lock(1 - me);
    if
    :: queued[1 - me] > 0 && allowed(affinity, me) ->
        dequeue(1 - me);
        move(me);
        unlock(1 - me);
        arrive(cpu, to)
    :: else -> unlock(1 - me)
    fi
#endif
}

active [HARTS] proctype hart()
{
    byte cpu;
    byte to;

end:
    do
    :: queued[_pid] > 0 ->
        lock(_pid);
        if
        :: queued[_pid] > 0 ->
            assert(status == READY && belongs == _pid);
            assert(allowed(affinity, _pid));
            dequeue(_pid);
            status = RUNNING;
            on_stack++;
            assert(on_stack == 1);
            unlock(_pid);
            if
            :: yield(_pid, cpu, to)
            :: lock(_pid); on_stack--; status = SLEEPING; unlock(_pid)
            fi
        :: else -> unlock(_pid)
        fi
    :: queued[1 - _pid] > 0 && queued[_pid] == 0 -> steal(_pid, cpu, to)
    od
}

active proctype waker()
{
    byte cpu;
    byte to;

    do
    :: wakes == 2 -> break
    :: else ->
        lock_its_queue(cpu);
        if
        :: status == SLEEPING -> make_ready(cpu, to)
        :: else -> unlock(cpu)
        fi;
        wakes++
    od
}

// change_affinity()
active proctype changer()
{
    byte cpu;
    byte to;

    do
    :: changes == 2 -> break
    :: else ->
        lock_its_queue(cpu);
        if
        :: status == READY ->
            dequeue(cpu);
            affinity = 1 + changes; // one hart, then the other
            make_ready(cpu, to)
        :: else ->
            affinity = 1 + changes;
            unlock(cpu)
        fi;
        changes++
    od
}

// Nobody can do anything any more.
active proctype end_of_all()
{
    timeout -> assert(status == SLEEPING && wakes == 2 && changes == 2 && !lock_of[0] && !lock_of[1])
}
