/* SPDX-License-Identifier: MIT */
/*
 * A model of the protocols that let a name live exactly as long as its holders,
 * for the model checker spin: as they are implemented in
 * platform/posix/posix_name_{inode,record}.c. scripts/model runs all variants.
 *
 * There is one name: a directory entry that is empty or leads to a record (each
 * new section of the name is a new record, an incarnation). Several workers
 * create, open, fork, close and sweep at once; each step below is one system
 * call. A worker may be killed before every step; the rest of its calls are
 * then those of a new process. Death drops what it has one by one, in any
 * order, because kernels promise none. A worker that holds may fork once: the
 * child holds a copy of the handle. Views are not in the model since they keep
 * nothing, contents are not since nothing depends on them, and growth is not
 * since it has a model of its own (growth.pml): who extends holds all the time.
 *
 * With SENDS, who holds may hand the section over: make another share of the
 * name, put it into a channel, and let go of the copy. What is in the channel is
 * held by nobody but the kernel. Whoever takes it out is a holder from then on;
 * or the channel is lost with what is in it, at any moment, because the other
 * side has closed it or was killed. That is a death: nobody looks after it.
 *
 * Nobody waits for another: no step below has a condition that could block
 * (spin would find it), and whoever finds a guard taken says BUSY, after which
 * he may try again or not. So a stopped process needs nothing of its own: it is
 * one that takes no step while the others take all of theirs.
 *
 * Without options, the record is the memory (posix_name_inode.c): the guard is
 * a lock on the record itself, to hold is to have another kind of lock, asked
 * for without taking anything (F_OFD_GETLK), and a section that is being made
 * has no name (O_TMPFILE); it is held from the start, whatever is done before it
 * gets one. EXISTS is said without the guard. An opener has the
 * guard and the hold through one description; an open that fails after it held,
 * and whoever had the guard and found a holder, looks once more.
 *
 *   APART         the record, the memory and what is held are apart
 *                 (posix_name_record.c): the guard is one of the name's
 *                 stripe; to hold is to have the pulse (a FIFO) open for
 *                 reading, asked for by opening it for writing; the pulse is
 *                 made before the memory, under the guard, and stays if its
 *                 maker dies, until it is swept
 *   WORKERS=n     workers (3), CALLS=n calls of each (2), CHILD_CALLS=n calls
 *                 of the forked child after it closed the inherited handle (0)
 *   RECORDS=n     as many as are ever in use at once (6); checked
 *   SENDS=n       so many times a section is handed over (0)
 *   NO_FORK       no worker forks
 *   NO_KILL       no worker is killed. Then, with TIDY, the entry must be empty
 *                 at the end without another call having looked at it, unless
 *                 a channel was lost
 * These are known to be wrong, and must be found out:
 *   TAKING        (APART) to hold is a shared lock on the pulse; to ask is to
 *                 try the exclusive one, under the guard. A process that dies
 *                 while it asks may lose the guard first: the next one takes
 *                 what is left of it for a holder
 *   TAKING_TWICE  (APART) the same, but who does not get the exclusive lock
 *                 takes a shared one, which shows that no exclusive one is in
 *                 the way, and tries again. Then the shared lock of one who
 *                 dies while he asks is taken for a holder's
 *   NO_GUARD      (TAKING) no guard but the exclusive lock
 *   UPGRADE       close upgrades the handle's own lock to see if it is the last
 *   NO_RECHECK    the entry is removed without looking, under the guard,
 *                 whether it still leads to the record
 *   BARE_PULSE    (APART) the pulse is made without the guard; whether it still
 *                 is there is looked at after it is held
 *   MEMORY_FIRST  (APART) the memory is made before the pulse
 *   PULSE_FIRST   (APART) the pulse of the dead is removed before the memory
 *   NO_HANDOVER   who had the guard and found a holder does not look again
 *                 after releasing it (with TIDY)
 *   NO_LOOK       nor does an open that fails after it held (with TIDY)
 *   SEND_BARE     what is sent does not hold: a description that was opened and
 *                 not locked, or (APART) the memory without the pulse; who
 *                 takes it makes it hold
 *   SEND_SHARED   what is sent is the sender's own description, and who closes
 *                 lets go of the lock by name and not by closing
 *   SEND_KEPT     who has sent keeps the copy until it dies
 *   ORDERED       is not wrong itself: death drops the guard after what was
 *                 taken to ask. Then TAKING holds
 *   SPLIT_ONLY    is not wrong itself: S3, which breaks before S1, is not
 *                 checked, to see that S1 breaks as well
 *
 * Checked, by assertions:
 *   S1  there are never two live sections of the name
 *   S2  no section is opened after its last holder was gone
 *   S3  the entry leads to the live section
 *   S4  NOT_FOUND and EXISTS were true at a moment within the call
 *   S5  when everybody has closed or died, one open finds the name absent, and
 *       after it and a sweep nothing is left
 *   S6  (TIDY) if nobody died, not even that is needed
 *   S7  (APART) all memory has a pulse that tells of it, and what is opened has
 *       memory
 * and by spin itself: nobody waits for ever.
 *
 * What is left out because the library must rule it out itself: a fork while a
 * thread is within the protocol (a copy of the guard in the child), and others
 * who remove names.
 */

#ifndef WORKERS
#define WORKERS 3
#endif
#ifndef CALLS
#define CALLS 2
#endif
#ifndef CHILD_CALLS
#define CHILD_CALLS 0
#endif
#ifndef RECORDS
#define RECORDS 6
#endif
#ifdef TAKING_TWICE
#define TAKING
#endif
#ifndef SENDS
#define SENDS 0
#endif
#if defined SEND_BARE || defined SEND_SHARED
#define LOAN
#endif
#define CHILD WORKERS
#define JUDGE (WORKERS + 1)
#define PEOPLE (WORKERS + 2)

#define NONE RECORDS
#define BIT(who) (1 << (who))

mtype = { nothing, create, open_only, sweep_pulse };

/* What the kernel knows. */
byte entry = NONE;        /* the record the name leads to */
byte uses[RECORDS];       /* processes that know the record */
byte holders[RECORDS];    /* copies of handles: who truly holds it */
bit guard[RECORDS];       /* APART: only guard[0] is used */
#ifdef APART
bit pulse[RECORDS];       /* has one */
bit memory[RECORDS];      /* has some */
#endif
#ifdef TAKING
bit exclusive[RECORDS];   /* locked by who asks */
byte shared[RECORDS];     /* locked by who asks, in the middle of it */
#endif
#ifdef UPGRADE
byte locks[RECORDS];      /* open file descriptions with a shared lock */
byte copies[PEOPLE];      /* of the description a worker made at its open */
bit locked[PEOPLE];
#endif

/* What an observer who sees everything knows. */
bit published[RECORDS];   /* the name has led to it */
bit dead[RECORDS];        /* and its last holder is gone */
byte promised[RECORDS];   /* openers that saw a holder and will hold it */
byte calling;             /* set of workers within a call */
byte saw_live;            /* ... during which there was a live section */
byte saw_none;            /* ... during which there was none */

byte begun;
byte running;
bit forked;

#if SENDS > 0
byte channel = NONE;      /* the record of the section that is in it */
byte sent;                /* how often one was */
bit dropped;              /* a channel was, with what was in it */
#endif
#ifdef LOAN
byte loan = NONE;         /* the record of what was sent, while it is there */
bit bare;                 /* which does not hold */
#endif

hidden byte i;
hidden byte live;

#ifdef APART
#define GUARD guard[0]
#define REMAINS(r) (pulse[r] || memory[r])
#else
#define GUARD guard[record]
#define REMAINS(r) false
#endif

#if defined UPGRADE
#define LOOKS_HELD(r) (locks[r] > 0)
#elif defined TAKING
#define LOOKS_HELD(r) (holders[r] > 0 || exclusive[r] || shared[r] > 0)
#elif defined APART
#define LOOKS_HELD(r) (pulse[r] && HOLDING(r))
#else
#define LOOKS_HELD(r) HOLDING(r)
#endif
#ifdef LOAN
#define HOLDING(r) (holders[r] > (loan == (r) && bare))
#else
#define HOLDING(r) (holders[r] > 0)
#endif

/* To be called after each change of the entry, of holders or of what there is
 * of a record. */
inline settle()
{
    d_step {
        i = 0;
        live = 0;
        do
        :: i < RECORDS ->
            if
            :: published[i] && holders[i] == 0 && promised[i] == 0 ->
                dead[i] = 1
            :: else
            fi;
            live = live + (published[i] && !dead[i]);
            i++
        :: else -> break
        od;
        assert(live <= 1); /* S1 */
        i = 0;
        do
        :: i < RECORDS ->
#ifndef SPLIT_ONLY
            assert(!published[i] || dead[i] || entry == i); /* S3 */
#endif
#ifdef APART
            assert(!memory[i] || pulse[i]); /* S7 */
#endif
            /* Nobody can reach it any more: it may be used anew. */
            if
            :: uses[i] == 0 && entry != i && !REMAINS(i) ->
                published[i] = 0;
                dead[i] = 0
            :: else
            fi;
            i++
        :: else -> break
        od;
        if
        :: live -> saw_live = saw_live | calling
        :: else -> saw_none = saw_none | calling
        fi;
        i = 0;
        live = 0
    }
}

inline new_record(which)
{
    which = 0;
    do
    :: which < RECORDS &&
       (uses[which] > 0 || entry == which || REMAINS(which)) -> which++
    :: else -> break
    od;
    assert(which < RECORDS); /* RECORDS is large enough */
    uses[which] = 1
}

inline let_go(which)
{
    uses[which]--;
    which = NONE;
    settle()
}

inline drop_guard()
{
    if
    :: guarded -> GUARD = 0; guarded = 0
    :: else
    fi
}

inline drop_handle()
{
    holders[handle]--;
#ifdef UPGRADE
    copies[description]--;
    if
    :: copies[description] == 0 && locked[description] ->
        locked[description] = 0;
        locks[handle]--
    :: else
    fi;
    description = 0;
#endif
#ifdef LOAN
    end_loan(borrower);
    borrower = 0;
#endif
    let_go(handle)
}

#if SENDS > 0
inline drop_copy()
{
    holders[copy]--;
    let_go(copy)
}

inline lose_channel()
{
#ifdef LOAN
    end_loan(true);
#endif
    holders[channel]--;
    dropped = 1;
    let_go(channel)
}
#endif

#ifdef LOAN
inline end_loan(whose)
{
    if
    :: whose -> loan = NONE; bare = 0
    :: else
    fi
}
#endif

/* A section that was made in vain: its hold goes with the descriptor. */
inline drop_own()
{
    holders[own] = 0;
#ifdef UPGRADE
    locks[own] = 0;
    copies[me] = 0;
    locked[me] = 0;
#endif
    let_go(own)
}

inline begin_call()
{
    calling = calling | BIT(me);
    settle()
}

inline end_call()
{
    calling = calling & ~BIT(me);
    saw_live = saw_live & ~BIT(me);
    saw_none = saw_none & ~BIT(me);
    op = nothing
}

inline break_promise()
{
    promised[record] = promised[record] - promise;
    promise = 0
}

#define NOT_FOUND assert(saw_none & BIT(me)) /* S4 */
#define EXISTS assert(saw_live & BIT(me))    /* S4 */

#ifdef NO_KILL
#define MAY_DIE
#else
#define MAY_DIE :: atomic { me != JUDGE -> goto dying }
#endif

/* One system call, before which the worker may be killed. */
#define STEP if :: atomic {
#define END ; skip } MAY_DIE fi

/*
 * Ends a step. A bare goto from one atomic sequence to another joins both; it
 * is used only where that is meant.
 */
#define NEXT(step) d_step { i = 0 }; goto step

#ifdef NO_GUARD
#define TAKE_GUARD(taken) skip
#else
#define TAKE_GUARD(taken)                                                    \
    STEP                                                                     \
        if                                                                   \
        :: GUARD -> NEXT(taken)                                              \
        :: else -> GUARD = 1; guarded = 1                                    \
        fi                                                                   \
    END
#endif

/*
 * Ask under the guard, and go on there, or here if it is dead: then a lock that
 * was taken to ask is kept (`asking`) until after the removal. Who sees a
 * holder and joins it is as good as a holder from that moment on.
 */
#define PROMISE                                                              \
    if                                                                       \
    :: holders[record] > 0 -> promise = 1; promised[record]++                \
    :: else                                                                  \
    fi
#if defined TAKING_TWICE
#define ASK(held, busy, seen)                                                \
    STEP                                                                     \
        if                                                                   \
        :: exclusive[record] -> NEXT(busy)                                   \
        :: else -> shared[record]++; asking = 1                              \
        fi                                                                   \
    END;                                                                     \
    STEP                                                                     \
        shared[record]--;                                                    \
        asking = 0;                                                          \
        if                                                                   \
        :: LOOKS_HELD(record) -> seen; NEXT(held)                            \
        :: else -> exclusive[record] = 1; asking = 1                         \
        fi                                                                   \
    END
#elif defined TAKING
#define ASK(held, busy, seen)                                                \
    STEP                                                                     \
        if                                                                   \
        :: LOOKS_HELD(record) -> seen; NEXT(held)                            \
        :: else -> exclusive[record] = 1; asking = 1                         \
        fi                                                                   \
    END
#else
#define ASK(held, busy, seen)                                                \
    STEP                                                                     \
        if                                                                   \
        :: LOOKS_HELD(record) -> seen; NEXT(held)                            \
        :: else                                                              \
        fi                                                                   \
    END
#endif

#ifdef TAKING
#define ASKING asking
#define STOP_ASKING                                                          \
    if                                                                       \
    :: asking && exclusive[record] -> exclusive[record] = 0; asking = 0      \
    :: asking && !exclusive[record] -> shared[record]--; asking = 0          \
    :: else                                                                  \
    fi
#else
#define ASKING false
#define STOP_ASKING skip
#endif

#if SENDS > 0
#define COPYING (copy != NONE)
#else
#define COPYING false
#endif

#ifdef ORDERED
#define GUARD_LAST true
#else
#define GUARD_LAST false
#endif

/* Under the guard: remove what is dead. */
#if defined PULSE_FIRST
#define REMOVE_RECORD                                                        \
    STEP pulse[record] = 0; settle() END;                                    \
    STEP memory[record] = 0; settle() END
#elif defined APART
#define REMOVE_RECORD                                                        \
    STEP memory[record] = 0; settle() END;                                   \
    STEP pulse[record] = 0; settle() END
#else
#define REMOVE_RECORD skip
#endif

proctype worker(byte me; byte handle; byte calls; byte description)
{
    byte record = NONE;  /* looked at */
    byte own = NONE;     /* made and not yet published */
    bit guarded;         /* we have the guard */
    bit promise;         /* we saw a holder and shall hold */
    bit failed;          /* an open did, after it held */
#ifdef TAKING
    bit asking;          /* we have a lock to ask */
#endif
#if SENDS > 0
    byte copy = NONE;    /* what is being sent */
#endif
#ifdef LOAN
    bit lender;          /* we sent what we hold */
    bit borrower;        /* we were sent it */
#endif
    mtype op = nothing;

    if
    :: handle != NONE -> goto holding /* a forked child */
    :: else
    fi;

idle:
    atomic {
        /* All workers are alike: let them begin in their order. */
        if
        :: calls == 0 -> goto finished
        :: calls > 0 && (calls < CALLS || me >= WORKERS) -> calls--
        :: calls == CALLS && begun == me -> calls--; begun++
        fi;
        if
#if SENDS > 0
        :: channel != NONE -> NEXT(receive)
#endif
        :: me != JUDGE -> op = create
        :: me != JUDGE || entry != NONE -> op = open_only
#ifdef APART
        :: me != JUDGE || entry == NONE -> op = sweep_pulse
#else
        :: me == JUDGE && entry == NONE -> op = open_only
#endif
        fi;
        begin_call();
        if
        :: op == open_only -> goto look
#ifdef APART
        :: op == sweep_pulse -> goto sweep
#endif
        :: else -> goto make
        fi
    };

    /* Create: alive before visible. */
make:
#ifdef APART
#ifndef BARE_PULSE
    TAKE_GUARD(busy);
#endif
    STEP
        new_record(own);
#ifdef MEMORY_FIRST
        memory[own] = 1;
        settle()
#else
        pulse[own] = 1
#endif
    END;
    STEP
        holders[own] = 1
    END;
#ifdef BARE_PULSE
    STEP
        if
        :: !pulse[own] -> drop_own(); NEXT(make)
        :: else
        fi
    END;
#else
    STEP
        drop_guard()
    END;
#endif
    STEP
        memory[own] = 1;
        settle();
        goto publish /* nobody sees a difference */
    END;
#else
    STEP
        new_record(own);
        holders[own] = 1;
#ifdef UPGRADE
        locks[own] = 1;
        copies[me] = 1;
        locked[me] = 1;
#endif
        goto publish /* nobody sees a difference */
    END;
#endif

publish:
    STEP
        if
        :: entry == NONE ->
            entry = own;
            published[own] = 1;
            handle = own;
#ifdef UPGRADE
            description = me;
#endif
            settle();
            own = NONE;
            end_call();
            NEXT(holding)
        :: else ->
            record = entry;
            uses[record]++;
            NEXT(judge)
        fi
    END;

    /* Whether a record that the entry led to is held; if not, remove it. For a
     * publication, a close, or an open that failed. */
judge:
#ifndef TAKING
    STEP
        if
        :: LOOKS_HELD(record) -> goto held
        :: else
        fi
    END;
#endif
    TAKE_GUARD(guarded_by_another);
#ifndef NO_RECHECK
    STEP
        if
        :: entry != record -> NEXT(removed)
        :: else
        fi
    END;
#endif
    ASK(still_held, still_held, skip);
    STEP
        entry = NONE;
        settle()
    END;
    REMOVE_RECORD;
#ifdef TAKING
    STEP
        STOP_ASKING
    END;
#endif
removed:
    STEP
        drop_guard();
        let_go(record);
        if
        :: op == nothing -> NEXT(idle)
        :: op != nothing && failed -> goto leave
        :: op != nothing && !failed -> NEXT(publish)
        fi
    END;

still_held:
    STEP
        drop_guard();
#if defined NO_HANDOVER || defined TAKING
        goto held
#else
        NEXT(judge)
#endif
    END;

held:
    atomic {
        if
        :: op == nothing -> let_go(record); NEXT(idle)
        :: op != nothing && failed -> let_go(record); goto leave
        :: op != nothing && !failed ->
#ifndef TAKING
            EXISTS;
#endif
            let_go(record);
            /* A create is exclusive or not; it matters only here. */
            if
            :: goto leave
            :: NEXT(look)
            fi
        fi
    };

guarded_by_another:
    atomic {
        let_go(record);
        if
        :: op == nothing -> NEXT(idle)
        :: op != nothing && failed -> goto leave
        :: op != nothing && !failed -> goto busy
        fi
    };

    /* Open, also after a creation found that another was first. */
look:
    STEP
        record = entry;
        if
        :: record == NONE && own == NONE -> NOT_FOUND; goto leave
        :: record == NONE && own != NONE -> NEXT(publish)
        :: else -> uses[record]++
        fi
    END;
    TAKE_GUARD(open_busy);
#ifndef NO_RECHECK
    STEP
        if
        :: entry != record -> NEXT(open_stale)
        :: else
        fi
    END;
#endif
    ASK(open_held, open_stale, PROMISE);
    goto open_dead;
open_held:
    STEP
#ifdef TAKING
        /* No lock is waited for. */
        if
        :: exclusive[record] -> NEXT(open_stale)
        :: else
        fi;
#endif
        holders[record]++;
        uses[record]++;
        handle = record;
#ifdef UPGRADE
        locks[record]++;
        description = me;
        copies[me] = 1;
        locked[me] = 1;
        /* The record that was made in vain; its lock is not this one. */
        if
        :: own != NONE -> holders[own] = 0; locks[own] = 0; let_go(own)
        :: else
        fi;
#endif
#ifdef NO_GUARD
    END;
    STEP
        if
        :: entry != record -> drop_handle(); NEXT(open_stale)
        :: else
        fi;
#endif
        assert(!dead[record]); /* S2 */
        break_promise();
        settle()
    END;
    STEP
        /* What else it takes to map it: this may fail. */
        if
        :: true ->
#ifdef APART
            assert(memory[record]) /* S7 */
#endif
        :: true ->
            drop_handle();
            failed = 1;
            NEXT(open_failed)
        fi
    END;
    STEP
        drop_guard();
        let_go(record);
        goto leave
    END;

open_failed:
    STEP
        drop_guard();
#ifdef NO_LOOK
        let_go(record);
        goto leave
#else
        NEXT(judge)
#endif
    END;

open_dead:
    STEP
        entry = NONE;
        settle();
        NOT_FOUND
    END;
    REMOVE_RECORD;
#ifdef TAKING
    STEP
        STOP_ASKING
    END;
#endif
    STEP
        drop_guard();
        let_go(record);
        if
        :: own == NONE -> goto leave
        :: else -> NEXT(publish)
        fi
    END;

open_stale:
    STEP
        drop_guard();
        break_promise();
        goto open_busy
    END;
open_busy:
    atomic {
        let_go(record);
        goto busy
    };

    /* Try again, or give up: who called has a timeout. */
busy:
    atomic {
        if
        :: op == create && own == NONE -> NEXT(make)
        :: op == create && own != NONE -> NEXT(publish)
        :: op == open_only -> NEXT(look)
        :: me != JUDGE -> goto leave
        fi
    };

    /* Every end of a call. What was made in vain goes. */
leave:
#ifdef APART
    if
    :: own != NONE ->
        STEP
            memory[own] = 0
        END;
        STEP
            pulse[own] = 0;
            drop_own() /* nobody sees a difference */
        END
    :: else
    fi;
#endif
    atomic {
        if
        :: own != NONE -> drop_own()
        :: else
        fi;
        failed = 0;
        end_call();
        if
        :: handle != NONE -> NEXT(holding)
        :: else -> NEXT(idle)
        fi
    };

holding:
    STEP
#ifdef UPGRADE
        record = handle;
        uses[record]++;
        NEXT(upgrade)
#else
#ifdef SEND_SHARED
        /* All copies lose it. */
        if
        :: lender && loan == handle -> bare = 1
        :: else
        fi;
        lender = 0;
#endif
        drop_handle();
        NEXT(close)
#endif
    }
#if SENDS > 0
    :: atomic { sent < SENDS && channel == NONE -> NEXT(send) }
#endif
#ifndef NO_FORK
    :: atomic { !forked ->
        forked = 1;
        holders[handle]++;
        uses[handle]++;
#ifdef UPGRADE
        copies[description]++;
#endif
        running++;
        run worker(CHILD, handle, CHILD_CALLS, description);
        NEXT(holding) }
#endif
    MAY_DIE
    fi;

#if SENDS > 0
    /* Hand it over. To open another description, before it is locked, changes
     * nothing for anybody. */
send:
    STEP
        copy = handle;
        holders[copy]++;
        uses[copy]++
    END;
    STEP
        if
        :: channel == NONE && sent < SENDS ->
            sent++;
            channel = copy;
            holders[channel]++;
            uses[channel]++;
#ifdef LOAN
            loan = channel;
#ifdef SEND_BARE
            bare = 1;
#endif
            lender = 1
#endif
        :: else /* another was first: no room */
        fi
    END;
    STEP
#ifndef SEND_KEPT
        drop_copy();
#endif
        NEXT(holding)
    END;

    /* Take what another has sent. */
receive:
    STEP
        if
        :: channel == NONE -> NEXT(idle) /* taken by another, or lost */
        :: else -> handle = channel; channel = NONE
        fi;
#ifdef LOAN
        borrower = 1
    END;
    STEP
        bare = 0; /* it is locked again */
#endif
        NEXT(holding)
    END;
#endif

#ifdef UPGRADE
upgrade:
    TAKE_GUARD(close_busy);
    STEP
        if
        :: locked[description] && locks[record] == 1 -> skip
        :: else ->
            /* A conversion that fails loses the lock, for all copies. */
            if
            :: locked[description] ->
                locked[description] = 0;
                locks[record]--
            :: else
            fi;
            drop_handle();
            NEXT(close_done)
        fi
    END;
    STEP
        if
        :: entry == record -> entry = NONE
        :: else
        fi;
        drop_handle();
        NEXT(close_done)
    END;
close_busy:
    STEP
        drop_handle();
        NEXT(close_done)
    END;
close_done:
    STEP
        drop_guard();
        let_go(record);
        NEXT(idle)
    END;
#endif

close: /* after our hold is dropped */
    STEP
        record = entry;
        if
        :: record == NONE -> NEXT(idle)
        :: else -> uses[record]++
        fi;
        NEXT(judge)
    END;

#ifdef APART
    /* A record that leads to a pulse that is gone is dead, too. */
sweep:
    STEP
        if
        :: pulse[0] -> record = 0
        :: RECORDS > 1 && pulse[1 % RECORDS] -> record = 1
        :: RECORDS > 2 && pulse[2 % RECORDS] -> record = 2
        :: RECORDS > 3 && pulse[3 % RECORDS] -> record = 3
        :: RECORDS > 4 && pulse[4 % RECORDS] -> record = 4
        :: RECORDS > 5 && pulse[5 % RECORDS] -> record = 5
        :: else -> goto leave
        fi;
        uses[record]++;
#ifndef TAKING
        if
        :: LOOKS_HELD(record) -> let_go(record); goto leave
        :: else
        fi
#endif
    END;
    TAKE_GUARD(sweep_end);
    ASK(sweep_done, sweep_done, skip);
    REMOVE_RECORD;
#ifdef TAKING
    STEP
        STOP_ASKING
    END;
#endif
sweep_done:
    STEP
        drop_guard()
    END;
sweep_end:
    atomic {
        let_go(record);
        goto leave
    };
#endif

    /* The kernel drops what the process had, one after the other. */
dying:
    atomic {
        if
        :: promise -> break_promise()
        :: else
        fi;
        if
        :: ASKING -> STOP_ASKING
        :: guarded && !(ASKING && GUARD_LAST) -> drop_guard()
        :: own != NONE && own != handle -> drop_own()
#if SENDS > 0
        :: copy != NONE -> drop_copy()
#endif
        :: handle != NONE ->
            if
            :: own == handle -> own = NONE
            :: else
            fi;
            drop_handle()
        :: !ASKING && !guarded && own == NONE && !COPYING && handle == NONE
        fi;
        if
        :: ASKING || guarded || own != NONE || COPYING || handle != NONE ->
            NEXT(dying)
        :: else
        fi;
        if
        :: record != NONE -> let_go(record)
        :: else -> settle()
        fi;
        failed = 0;
#ifdef LOAN
        lender = 0;
#endif
        end_call();
        NEXT(idle)
    };

finished:
    atomic { running--; me = 0 };
end: false
}

#if SENDS > 0
/* The other side closes the channel, or is killed. */
proctype other_side()
{
end:
    do
    :: atomic { channel != NONE -> lose_channel() }
    od
}
#endif

init
{
    byte j;

    atomic {
        running = WORKERS;
        for (j : 0 .. WORKERS - 1) {
            run worker(j, NONE, CALLS, 0)
        }
#if SENDS > 0
        run other_side();
#endif
        j = 0
    };
    atomic {
#if SENDS > 0
        running == 0 && channel == NONE ->
#else
        running == 0 ->
#endif
#ifdef TIDY
#if SENDS > 0
        assert(dropped || entry == NONE); /* S6 */
#else
        assert(entry == NONE); /* S6 */
#endif
#endif
        running = 1
    };
    run worker(JUDGE, NONE, RECORDS + 1, 0);
    atomic {
        running == 0 ->
        assert(entry == NONE); /* S5 */
        for (j : 0 .. RECORDS - 1) {
            assert(!REMAINS(j)); /* S5 */
            assert(uses[j] == 0 && holders[j] == 0 && !guard[j])
        }
        j = 0
    }
}
