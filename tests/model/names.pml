/* SPDX-License-Identifier: MIT */
/*
 * A model of the protocol that lets a name live exactly as long as its
 * holders, for the model checker spin. scripts/model runs it in all variants.
 *
 * There is one name: a directory entry that is empty or leads to a record (an
 * inode; each new section of the name is a new record, an incarnation).
 * Several workers create, open, fork and close at once; each step below is one
 * system call. A worker may be killed before every step; the rest of its calls
 * are then those of a new process. Death drops its locks one by one, because
 * kernels close the descriptors of a dying process one by one. A worker that
 * holds may fork once: the child holds a copy of the handle. Views are not in
 * the model since they keep nothing, contents are not since nothing depends
 * on them.
 *
 * Without options: the guard is a mutex on the record itself (flock on a fresh
 * open file description), a holder is an OFD read lock, which F_OFD_GETLK
 * tests without taking anything, a section that is being made has no name
 * (O_TMPFILE). Options (-D):
 *   STRIPED       the guard is a mutex for the name, a holder is a shared flock
 *                 on the record, tested by trying an exclusive flock under the
 *                 guard; a section that is being made has a temporary name,
 *                 which survives its maker until it is swept
 *   WORKERS=n     workers (3), CALLS=n calls of each (2), CHILD_CALLS=n calls
 *                 of the forked child after it closed the inherited handle (0)
 *   NO_FORK       no worker forks
 *   NO_KILL       no worker is killed. Then, with TIDY, the entry must be empty
 *                 at the end without another call having looked at it
 *   STOP          one worker may be stopped (SIGSTOP) before any step for ever,
 *                 and who waits for a guard may give up (BUSY)
 * These are known to be wrong, and must be found out:
 *   NO_GUARD      no guard: the test takes the exclusive lock (with STRIPED)
 *   UPGRADE       close upgrades the handle's own lock to see if it is the last
 *   NO_RECHECK    the entry is removed without looking, under the guard, whether
 *                 it still leads to the record
 *   LINK_COUNT    that look asks for the number of links instead, although a
 *                 temporary name counts as one (with STRIPED)
 *   ANY_ORDER     death may drop the guard before the lock of the test (with
 *                 STRIPED)
 *   NO_HANDOVER   who had the guard, let the record live and does not hold it
 *                 does not look again after releasing the guard (with TIDY)
 *   SPLIT_ONLY    is not wrong itself: S3, which breaks before S1, is not
 *                 checked, to see that S1 breaks as well
 *
 * Checked, by assertions:
 *   S1  there are never two live sections of the name
 *   S2  no section is opened after its last holder was gone
 *   S3  the entry leads to the live section
 *   S4  NOT_FOUND and EXISTS were true at a moment within the call
 *   S5  when everybody has closed or died, one open finds the name absent, and
 *       after it and a sweep no entry and no temporary name is left
 *   S6  (TIDY) if nobody died, not even that is needed
 * and by spin itself: nobody waits for ever. Only a guard is waited for, and
 * only by create and open.
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
#define CHILD WORKERS
#define JUDGE (WORKERS + 1)
#define PEOPLE (WORKERS + 2)

#define NONE RECORDS
#define BIT(who) (1 << (who))

mtype = { nothing, create, open_only, sweep_temporary };

/* What the kernel knows. */
byte entry = NONE;        /* the record the name leads to */
byte uses[RECORDS];       /* descriptors open on the record */
byte holders[RECORDS];    /* copies of handles: who truly holds it */
bit guard[RECORDS];       /* STRIPED: only guard[0] is used */
#ifdef STRIPED
bit temporary[RECORDS];   /* has a temporary name */
bit tested[RECORDS];      /* exclusively locked by who tests for holders */
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
byte stopped;
bit end_of_time;          /* now who is stopped is killed */
bit forked;

hidden byte i;
hidden byte live;

#ifdef STRIPED
#define GUARD guard[0]
#define HAS_TEMPORARY(r) (temporary[r])
#define IN_TEST(r) (tested[r])
#else
#define GUARD guard[record]
#define HAS_TEMPORARY(r) false
#define IN_TEST(r) false
#endif

#ifdef UPGRADE
#define LOOKS_HELD(r) (locks[r] > 0)
#else
#define LOOKS_HELD(r) (holders[r] > 0 || IN_TEST(r))
#endif

#ifdef LINK_COUNT
#define STILL_LINKED(r) (entry == r || HAS_TEMPORARY(r))
#else
#define STILL_LINKED(r) (entry == r)
#endif

#ifdef ANY_ORDER
#define GUARD_LAST true
#else
#define GUARD_LAST (!testing)
#endif

/* To be called after each change of the entry or of the holders. */
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
            /* Nobody can reach it any more: it may be used anew. */
            if
            :: uses[i] == 0 && entry != i && !HAS_TEMPORARY(i) ->
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
    :: which < RECORDS && (uses[which] > 0 || entry == which ||
                           HAS_TEMPORARY(which)) -> which++
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
    let_go(handle)
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

#define NOT_FOUND assert(saw_none & BIT(me)) /* S4 */
#define EXISTS assert(saw_live & BIT(me))    /* S4 */

#ifdef NO_KILL
#define MAY_DIE
#else
#define MAY_DIE :: atomic { me != JUDGE -> goto dying }
#endif
#ifdef STOP
#define MAY_STOP                                                             \
    :: atomic { me != JUDGE && !stopped && !end_of_time ->                   \
        stopped++; goto in_stop }
#define MAY_GIVE_UP :: atomic { me != JUDGE && GUARD -> goto give_up }
#else
#define MAY_STOP
#define MAY_GIVE_UP
#endif

/* One system call, before which the worker may be killed or stopped. */
#define STEP if :: atomic {
#define END ; skip } MAY_DIE MAY_STOP fi

/*
 * Ends a step. A bare goto from one atomic sequence to another joins both; it
 * is used only where that is meant.
 */
#define NEXT(step) d_step { i = 0 }; goto step

proctype worker(byte me; byte handle; byte calls; byte description)
{
    byte record = NONE;  /* looked at through a descriptor of its own */
    byte own = NONE;     /* made and not yet published */
    bit guarded;         /* we have the guard of the record */
    bit testing;         /* we have the lock of the test */
    bit promise;         /* we saw a holder and shall hold */
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
        :: me != JUDGE -> op = create
        :: me != JUDGE || entry != NONE -> op = open_only
#ifdef STRIPED
        :: me != JUDGE || entry == NONE -> op = sweep_temporary
#else
        :: me == JUDGE && entry == NONE -> op = open_only
#endif
        fi;
        begin_call();
        if
        :: op == open_only -> goto look
#ifdef STRIPED
        :: op == sweep_temporary -> goto sweep
#endif
        :: else -> goto make
        fi
    };

    /* Create: alive before visible. */
make:
#ifdef STRIPED
    STEP
        new_record(own);
        temporary[own] = 1
    END;
    STEP
        /* Not waited for: a sweeper may be stopped. */
        if
        :: tested[own] -> NEXT(make_again)
        :: else -> holders[own] = 1
        fi
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
#ifdef STRIPED
        :: !temporary[own] -> NEXT(make_again) /* swept before it was locked */
#endif
        :: entry != NONE -> NEXT(look)
        :: else ->
            entry = own;
            published[own] = 1;
            handle = own;
#ifdef UPGRADE
            description = me;
#endif
            settle();
#ifndef STRIPED
            own = NONE;
            end_call();
            NEXT(holding)
#endif
        fi
    END;
#ifdef STRIPED
    STEP
        temporary[own] = 0;
        own = NONE;
        end_call();
        NEXT(holding)
    END;

make_again:
    STEP
        temporary[own] = 0
    END;
    STEP
        holders[own] = 0;
        let_go(own);
        NEXT(make)
    END;
#endif

    /* Open, and create when the entry is taken. */
look:
    STEP
        record = entry;
        if
        :: record == NONE && op == open_only -> NOT_FOUND; goto leave
        :: record == NONE && op != open_only -> NEXT(publish)
        :: else -> uses[record]++
        fi
    END;
#ifndef NO_GUARD
    STEP
        !GUARD -> GUARD = 1; guarded = 1
    }
    MAY_GIVE_UP
    MAY_DIE
    MAY_STOP
    fi;
#ifndef NO_RECHECK
    STEP
        if
        :: !STILL_LINKED(record) -> NEXT(start_again)
        :: else
        fi
    END;
#endif
#endif
    STEP
        if
        /* A create is exclusive or not; it matters only here. */
        :: LOOKS_HELD(record) && op == create ->
            EXISTS;
            NEXT(exists)
        :: LOOKS_HELD(record) ->
            if
            :: holders[record] > 0 -> promise = 1; promised[record]++
            :: else
            fi
        :: else ->
#ifdef STRIPED
            tested[record] = 1;
            testing = 1;
#endif
            NEXT(remove)
        fi
    END;
    STEP
        !IN_TEST(record) ->
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
        :: !STILL_LINKED(record) -> drop_handle(); NEXT(start_again)
        :: else
        fi;
#endif
        assert(!dead[record]); /* S2 */
        promised[record] = promised[record] - promise;
        promise = 0;
        settle()
    END;
    STEP
        GUARD = 0;
        guarded = 0;
        let_go(record);
        goto leave
    END;

start_again:
    STEP
        if
        :: guarded -> GUARD = 0; guarded = 0
        :: else
        fi;
        promised[record] = promised[record] - promise;
        promise = 0;
        let_go(record);
        NEXT(look)
    END;

remove: /* no holder, and the entry leads to it */
    STEP
        entry = NONE;
        settle()
    END;
#ifdef STRIPED
    STEP
        tested[record] = 0;
        testing = 0
    END;
#endif
    STEP
        GUARD = 0;
        guarded = 0;
        let_go(record);
        if
        :: op == open_only -> NOT_FOUND; goto leave
        :: op == nothing -> NEXT(idle) /* a close */
        :: else -> NEXT(publish)
        fi
    END;

exists:
    STEP
        GUARD = 0;
        guarded = 0;
#if !defined STRIPED && !defined NO_HANDOVER && !defined UPGRADE
        NEXT(last)
#endif
    END;
give_up:
    atomic {
        let_go(record);
        goto leave
    };

    /* Every end of a call. What was made in vain goes. */
leave:
#ifdef STRIPED
    if
    :: own != NONE ->
        STEP
            temporary[own] = 0
        END;
        STEP
            holders[own] = 0;
            let_go(own)
        END
    :: else
    fi;
#endif
    atomic {
        if
        :: own != NONE ->
            holders[own] = 0;
#ifdef UPGRADE
            locks[own] = 0;
            copies[me] = 0;
            locked[me] = 0;
#endif
            let_go(own)
        :: else
        fi;
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
        drop_handle();
        NEXT(close)
#endif
    }
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
    MAY_STOP
    fi;

#ifdef UPGRADE
upgrade:
    STEP
        !GUARD -> GUARD = 1; guarded = 1
    END;
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
#elif defined STRIPED
close: /* after our lock is dropped; never waits */
#ifndef NO_GUARD
    STEP
        if
        :: GUARD -> NEXT(idle)
        :: else -> GUARD = 1; guarded = 1
        fi
    END;
#endif
    STEP
        record = entry;
        if
        :: record == NONE -> GUARD = 0; guarded = 0; NEXT(idle)
        :: else -> uses[record]++
        fi
    END;
    STEP
        if
        :: LOOKS_HELD(record) -> NEXT(close_done)
        :: else -> tested[record] = 1; testing = 1
        fi;
#ifdef NO_GUARD
    END;
    STEP
        if
        :: !STILL_LINKED(record) ->
            tested[record] = 0; testing = 0; NEXT(close_done)
        :: else
        fi;
#endif
        NEXT(remove)
    END;
#else
close: /* after our lock is dropped; never waits */
    STEP
        record = entry;
        if
        :: record == NONE -> NEXT(idle)
        :: else -> uses[record]++
        fi
    END;
last: /* also after the guard was released: others may have left it to us */
    STEP
        if
        :: LOOKS_HELD(record) -> goto seen
        :: else
        fi
    END;
    STEP
        if
        :: GUARD -> goto seen
        :: else -> GUARD = 1; guarded = 1
        fi
    END;
#ifndef NO_RECHECK
    STEP
        if
        :: !STILL_LINKED(record) -> NEXT(close_done)
        :: else
        fi
    END;
#endif
    STEP
        if
        :: LOOKS_HELD(record) -> NEXT(close_done)
        :: else
        fi
    END;
    STEP
        entry = NONE;
        settle();
        NEXT(close_done)
    END;
#endif

close_done:
    STEP
        GUARD = 0;
        guarded = 0;
#if !defined STRIPED && !defined NO_HANDOVER && !defined UPGRADE
        if
        :: STILL_LINKED(record) -> NEXT(last)
        :: else
        fi
#endif
    END;
seen:
    atomic {
        let_go(record);
        if
        :: op == nothing -> NEXT(idle)
        :: else -> goto leave
        fi
    };

#ifdef STRIPED
    /* Under the guard: a second link means that the name leads to it too. */
sweep:
    STEP
        if
        :: temporary[0] -> record = 0
        :: temporary[1] -> record = 1
        :: temporary[2] -> record = 2
        :: temporary[3] -> record = 3
        :: temporary[4] -> record = 4
        :: temporary[5] -> record = 5
        :: else -> goto leave
        fi;
        uses[record]++
    END;
    STEP
        !GUARD -> GUARD = 1; guarded = 1
    }
    MAY_GIVE_UP
    MAY_DIE
    MAY_STOP
    fi;
    STEP
        if
        :: entry == record -> NEXT(sweep_name)
        :: else
        fi
    END;
    STEP
        if
        :: LOOKS_HELD(record) -> NEXT(sweep_done)
        :: else -> tested[record] = 1; testing = 1
        fi
    END;
sweep_name:
    STEP
        temporary[record] = 0
    END;
    STEP
        if
        :: testing -> tested[record] = 0; testing = 0
        :: else
        fi
    END;
sweep_done:
    STEP
        GUARD = 0;
        guarded = 0;
        let_go(record);
        goto leave
    END;
#endif

#ifdef STOP
in_stop:
    end_of_time;
    calls = 0;
#endif

    /* The kernel drops what the process had, one after the other. */
dying:
    atomic {
        if
        :: promise -> promise = 0; promised[record]--
        :: else
        fi;
        if
#ifdef STRIPED
        :: testing -> tested[record] = 0; testing = 0
#endif
        :: guarded && GUARD_LAST -> GUARD = 0; guarded = 0
        :: own != NONE && own != handle ->
            holders[own] = 0;
#ifdef UPGRADE
            locks[own] = 0;
#endif
            let_go(own)
        :: handle != NONE ->
            if
            :: own == handle -> own = NONE
            :: else
            fi;
            drop_handle()
        :: !guarded && !testing && own == NONE && handle == NONE
        fi;
        if
        :: guarded || testing || own != NONE || handle != NONE -> NEXT(dying)
        :: else
        fi;
        if
        :: record != NONE -> let_go(record)
        :: else -> settle()
        fi;
        end_call();
        NEXT(idle)
    };

finished:
    atomic { running--; me = 0 };
end: false
}

init
{
    byte j;

    atomic {
        running = WORKERS;
        for (j : 0 .. WORKERS - 1) {
            run worker(j, NONE, CALLS, 0)
        }
        j = 0
    };
    atomic {
        running == stopped ->
        end_of_time = 1
    };
    atomic {
        running == 0 ->
#ifdef TIDY
        assert(entry == NONE); /* S6 */
#endif
        running = 1
    };
    run worker(JUDGE, NONE, RECORDS + 1, 0);
    atomic {
        running == 0 ->
        assert(entry == NONE); /* S5 */
        for (j : 0 .. RECORDS - 1) {
            assert(!HAS_TEMPORARY(j));
            assert(uses[j] == 0 && holders[j] == 0 && !guard[j])
        }
        j = 0
    }
}
