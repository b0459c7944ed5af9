/* SPDX-License-Identifier: MIT */
/*
 * A model of how several make memory larger at the same time, for the model
 * checker spin: as it is implemented in lib/growth.c and
 * platform/posix/posix_growth_linux.c. scripts/model runs all variants.
 *
 * There is one object of a few bytes, PAGE of them in a page, with an end. Views
 * reach to the end of the last page, so what is behind the end can be written;
 * the system keeps it, and shows it when the end moves. Each extender wants the
 * object to have a size of his own, and writes the last byte of it when his call
 * has returned. Each step below is one system call; an extender may be killed
 * before every step, and loses the lock with that. He who finds the lock taken
 * gives up: in the library he tries again, which is another extender here. A
 * spoiler writes behind the end, at any time at which nobody is in a call.
 *
 *   EXTENDERS=n   extenders (3)
 * These are known to be wrong, and must be found out:
 *   NO_LOCK       nobody locks
 *   FREE_AT_PAGE  who finds the end at the end of a page, and so has nothing to
 *                 clear, does not lock
 *   NO_CLEAR      nobody clears
 *   LATE_CLEAR    the end is moved first, and what was behind it cleared after
 *                 that (as ext4 does within one system call)
 *   TWO_MOVES     the end is moved to the end of the page first
 *
 * Checked, by assertions:
 *   G1  what was written to the object is not lost (`lost`)
 *   G2  what is new when a call has returned is zero (`stale`)
 *   G3  the object has a size that somebody asked for, always (`odd`)
 * and by spin itself: nobody waits for ever.
 */

#ifndef EXTENDERS
#define EXTENDERS 3
#endif
#define PAGE  2
#define BYTES 6

#define ZERO 0
#define DIRT 1
#define MARK 2

byte bytes[BYTES];
byte size;
bit asked[BYTES + 1];
bit locked;
byte calling;
byte finished;
bit lost, stale, odd;

hidden byte i;

/* The end of the page that a byte is in; of the page before, if it is the first
 * one of a page. */
#define PAGE_END(at) (((at) + PAGE - 1) / PAGE * PAGE)

inline clear(from)
{
    i = from;
    do
    :: i < PAGE_END(from) ->
        bytes[i] = ZERO;
        i++
    :: else -> break
    od;
    i = 0
}

/* It only ever becomes larger. */
inline move_end(to)
{
    if
    :: size < to -> size = to
    :: else
    fi;
    odd = odd || !asked[size];
    assert(!odd) /* G3 */
}

#define MAY_DIE :: atomic { goto dying }
#define STEP    if :: atomic {
#define END     ; i = 0 } MAY_DIE fi

proctype extender(byte wanted)
{
    byte from;
    bit done;
    bit alone; /* we have the lock */

    d_step { calling++ };
    STEP from = size; done = from >= wanted END;
    if
    :: done -> goto returned
#ifdef NO_LOCK
    :: else -> goto extend
#else
#ifdef FREE_AT_PAGE
    :: !done && from % PAGE == 0 -> goto extend
    :: !done && from % PAGE != 0 -> skip
#else
    :: else -> skip
#endif
#endif
    fi;
    STEP
        if
        :: !locked -> locked = 1; alone = 1
        :: else
        fi
    END;
    if
    :: !alone -> goto dying /* BUSY */
    :: else
    fi;
    STEP from = size; done = from >= wanted END;
    if
    :: done -> goto unlock
    :: else
    fi;
extend:
#ifdef TWO_MOVES
    STEP
        if
        :: PAGE_END(from) < wanted -> move_end(PAGE_END(from))
        :: else
        fi
    END;
#endif
#ifdef LATE_CLEAR
    STEP move_end(wanted) END;
    STEP clear(from) END;
#else
#ifndef NO_CLEAR
    STEP clear(from) END;
#endif
    STEP move_end(wanted) END;
#endif
unlock:
    STEP
        if
        :: alone -> locked = 0; alone = 0
        :: else
        fi
    END;
returned:
    atomic {
        calling--;
        assert(size >= wanted);
        stale = stale || bytes[wanted - 1] != ZERO;
        assert(!stale) /* G2 */
    };
    d_step { bytes[wanted - 1] = MARK };
    /* At any time after that. */
    d_step {
        lost = lost || bytes[wanted - 1] != MARK;
        assert(!lost) /* G1 */
    };
    atomic { finished++; goto end };
dying:
    atomic {
        if
        :: alone -> locked = 0
        :: else
        fi;
        calling--;
        finished++
    };
end: skip
}

proctype spoiler()
{
    byte at;
    byte times = 2;
    do
    :: atomic {
        calling == 0 && times > 0 ->
        times--;
        at = size;
        do
        :: at < PAGE_END(size) -> bytes[at] = DIRT; at++
        :: else -> break
        od;
        at = 0 }
    :: atomic { finished == EXTENDERS -> break }
    od
}

init
{
    byte j, wanted;

    atomic {
        if /* within a page, and at its end */
        :: size = 1
        :: size = 2
        fi;
        asked[size] = 1;
        /* All want different sizes; that they come in this order is no loss,
         * for they are alike. */
        wanted = size;
        for (j : 1 .. EXTENDERS) {
            wanted++;
            do
            :: wanted < BYTES - (EXTENDERS - j) -> wanted++
            :: break
            od;
            asked[wanted] = 1;
            run extender(wanted)
        }
        run spoiler();
        j = 0;
        wanted = 0
    };
    finished == EXTENDERS -> skip
}
