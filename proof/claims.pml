/*
 * A model of one key on several hosts, each with a log of its own: Promela, for spin. It has the steps of keyed_claims.c and undecided.c,
 * about a system call each. Between any two, other hosts may do all of theirs, time may pass, and the outcome may be withdrawn. A host
 * that sleeps, and one that dies, is a post whose next step comes late, or never. A worker decides what it left, as often as it likes, but
 * leaves a line that no claim names alone while its post is under way: in the code, for the first seconds.
 *
 * Clocks differ by up to SKEW. A generation of claims is sealed by the next, which is begun when keys of this one and of the one before are
 * forgotten; keys are remembered for PERIOD. With -DDIFFER some hosts remember them for SHORT, and one of these has posts with other keys.
 *
 * Up to CUTS times the power goes everywhere: all processes end, and of the names and lines that were not flushed the latest are lost.
 *
 * What has to hold is in comes_alive(), make_void() and power(). -DNO_... leaves one step out, and then it must not hold: proof/model
 * tries each.
 *
 * proof/model has two posts. With three, -DPOSTS=3 -DTICKS=4, the states are too many for a whole search. One of a part of them, by
 * -DBITSTATE, finds nothing wrong with -DSKEW=0 in 115 million; with SKEW it finds that a key is remembered for SKEW less than PERIOD if the
 * outcome of a host whose clock is ahead was withdrawn.
 *
 * Left out: content that differs, the log itself (once.pml), calls that fail and do nothing, the removal of old generations, claims that
 * somebody removes.
 */
#ifndef POSTS
#define POSTS 2
#endif
#ifndef CUTS
#define CUTS 0
#endif
#ifndef ERASURES
#define ERASURES 1
#endif
#ifndef DECISIONS
#define DECISIONS 2             /* how often a worker looks at a line */
#endif
#ifndef SKEW
#define SKEW 1
#endif
#ifndef TICKS
#define TICKS 3
#endif
#ifndef PERIOD
#define PERIOD 2
#endif
#define SHORT 1

/* Generations are numbered from 0, of which the first is there; the last is never begun. */
#define GENERATIONS 3
#define CHAIN 3                 /* the key's names in a generation: the claim and its successors */
#define NAME(generation, number) ((generation) * CHAIN + (number))
#define FOLDER(generation) (GENERATIONS * CHAIN + (generation))
#define NONE 15

/* A line: not written, written, void or erased. A void that is not flushed may be undone by a power cut. */
#define WRITTEN 1
#define VOID 2
#define ERASED 3
#define VOID_FOR_NOW 4

byte claim[GENERATIONS * CHAIN] = NONE; /* the line that a name leads to */
byte newest;                    /* the last generation whose folder is there */
byte begun[GENERATIONS];
byte lasts[GENERATIONS];        /* how long its keys are remembered at the most */
byte line[POSTS];
bit line_flushed[POSTS];
byte received[POSTS];
byte seconds[POSTS];            /* how long its key is remembered, as its claim says */
bit locked[POSTS];              /* each post is at a host of its own: the lock of its log */
bit under_way[POSTS];           /* the post may still put a claim for its line */
bit waited[POSTS];              /* time has passed since it began */

byte unflushed[6] = NONE;       /* names in the order of their making */
byte pending;

byte now, cuts, decisions = DECISIONS, erasures = ERASURES;
byte alive;                     /* lines that a client was told of, or whose task was done, a bit each */
byte stale;                     /* lines that were written, and not alive, when another was withdrawn: no post may answer with its own */

#define BIT(n) (1 << (n))
#define LIVES(x) (x != NONE && line[x] == WRITTEN)
#define REMEMBERED(x, time) ((time) < received[x] + seconds[x])
#define COMPETE(x, y) (REMEMBERED(x, received[y]) && REMEMBERED(y, received[x]))

hidden byte i, other;

/* A client is told of line x, or its task is done: it is there, and the only one of its key that is remembered. */
inline comes_alive(x)
{
	d_step {
		assert(line[x] == WRITTEN || line[x] == ERASED);
		for (other : 0 .. POSTS - 1) {
			assert(other == x || !(alive & BIT(other)) || line[other] == ERASED || line[x] == ERASED || !COMPETE(x, other))
		};
		alive = alive | BIT(x)
	}
}

/* What was told of is never void. */
inline make_void(x)
{
	if
	:: line[x] == WRITTEN -> assert(!(alive & BIT(x))); line[x] = VOID_FOR_NOW
	:: else
	fi
}

/* One step, unless the process has ended. */
#define STEP atomic { if :: born == cuts -> skip :: else -> goto gone fi;

#if CUTS
inline make_name(name)
{
	unflushed[pending] = name;
	pending++
}

inline flush_names()
{
	d_step {
		for (i : 0 .. 5) { unflushed[i] = NONE };
		pending = 0
	}
}
#else
#define make_name(name) skip
#define flush_names() skip
#endif

/* put_link: the put-if-absent. done tells whether it was put, or is taken. */
inline put(in_, at_, whose, done)
{
#ifdef NO_PUT_IF_ABSENT
	STEP done = (claim[NAME(in_, at_)] == NONE) }
	STEP if :: done -> claim[NAME(in_, at_)] = whose; make_name(NAME(in_, at_)) :: else fi }
#else
	STEP done = (claim[NAME(in_, at_)] == NONE);
	     if :: done -> claim[NAME(in_, at_)] = whose; make_name(NAME(in_, at_)) :: else fi }
#endif
}

/* How many names a generation has of the key. */
#define LENGTH(of_) ((claim[NAME(of_, 0)] != NONE) + (claim[NAME(of_, 0)] != NONE && claim[NAME(of_, 1)] != NONE) + \
	(claim[NAME(of_, 0)] != NONE && claim[NAME(of_, 1)] != NONE && claim[NAME(of_, 2)] != NONE))
#define NAMES(of_, x) (claim[NAME(of_, 0)] == (x) || claim[NAME(of_, 1)] == (x) || claim[NAME(of_, 2)] == (x))

#define MOST(x, y) ((x) > (y) -> (x) : (y))
#ifdef NO_HEED_OF_OTHER_HOSTS_TIMES
#define LASTS(own) (own)
#else
#define LASTS(own) (newest > 0 -> MOST(own, lasts[newest - 1]) : (own))
#endif

/* Begins the next generation if this one is old. */
inline keep_up(t, own)
{
	if
	:: newest < GENERATIONS - 1 && t >= begun[newest] + LASTS(own) -> newest++; begun[newest] = t; make_name(FOLDER(newest))
	:: else
	fi;
	g = newest
}

proctype post(byte me)
{
	byte t, g, born, x = NONE, n, left, passed;
	bit done, counts, found;

	atomic {
		born = cuts; t = now; waited[me] = 0;
#if SKEW
		if :: t > 0 -> t-- :: skip fi;
#endif
		seconds[me] = PERIOD;
#ifdef DIFFER
		if :: seconds[me] = SHORT :: skip fi;
#endif
#ifndef NO_SEAL_BEFORE_LOOKING
		keep_up(t, seconds[me])
#else
		g = newest
#endif
	}
again:
	/* The last claim of the newest generation, or, if it has none, of the one before. */
	STEP n = LENGTH(g); x = (n > 0 -> claim[NAME(g, n - (n > 0))] : NONE) }
#ifndef NO_LOOK_AT_THE_GENERATION_BEFORE
	if
	:: n == 0 && g > 0 -> STEP x = LENGTH(g - 1); x = (x > 0 -> claim[NAME(g - 1, x - (x > 0))] : NONE) }
	:: else
	fi;
#endif
	if
	:: n > 0 && x == me -> goto settled
	:: else
	fi;
	STEP counts = (LIVES(x) && REMEMBERED(x, t));
#ifdef NO_END_OF_A_WITHDRAWN_ONES_TWIN
	     found = found || counts }
#else
	     found = found || counts || (left && x != NONE && x != passed && line[x] == ERASED) }
#endif
	if
	:: counts && n > 0 -> goto settled
#ifndef NO_END_OF_A_LATE_POST
	:: !counts && (found || (!left && waited[me])) -> goto gone    /* 503 */
	:: !counts && !left && !found && !waited[me] ->
#else
	:: !counts && !left ->
#endif
		STEP line[me] = WRITTEN; received[me] = t; left = 1; passed = x; under_way[me] = 1; line_flushed[me] = !CUTS }
#ifdef NO_CLAIM_BEFORE_THE_ANSWER
		STEP comes_alive(me) }
#endif
#if CUTS && !defined(NO_FLUSH_OF_THE_LINE)
#ifndef NO_FLUSH_BEFORE_THE_CLAIM
		STEP line_flushed[me] = 1 }
#endif
#endif
		x = me
#ifndef NO_END_OF_A_LATE_POST
	:: !counts && left && !found -> x = me
#else
	:: !counts && left -> x = me
#endif
	:: else
	fi;
#ifdef NO_SEAL_BEFORE_LOOKING
	STEP keep_up(t, seconds[me]) }
#endif
	if
	:: n == CHAIN -> goto gone      /* the model's end */
	:: else
	fi;
#ifdef DIFFER
	STEP lasts[g] = MOST(lasts[g], seconds[x]) }
#endif
	put(g, n, x, done);
#if CUTS && defined(NO_FLUSH_BEFORE_THE_CLAIM)
	STEP line_flushed[me] = left }
#endif
	if
#ifdef NO_LINE_LEFT_AFTER_A_DOUBT
	:: left -> STEP make_void(me) } goto gone
#endif
	:: !done -> goto again
	:: done
	fi;
settled:
#ifndef NO_LOOK_FOR_A_SEAL
	STEP if :: newest > g -> done = 0; g = newest :: else -> done = 1 fi }
	if
	:: !done -> goto again
	:: else
	fi;
#endif
	if
	:: x == me ->
		STEP !locked[me] -> if :: line[me] != WRITTEN -> goto gone :: else fi }
	:: x != me && left && COMPETE(me, x) ->
		STEP !locked[me] -> locked[me] = 1 }
		STEP g = newest; done = NAMES(newest, me) }
		STEP if :: !done -> make_void(me) :: else fi; locked[me] = 0 }
		if
		:: done -> goto gone    /* 503 */
		:: else
		fi
	:: x != me && left && !COMPETE(me, x) -> goto gone
	:: else
	fi;
#if CUTS && !defined(NO_FLUSH_OF_THE_CLAIM)
	STEP flush_names() }
#endif
	STEP assert(x != me || !(stale & BIT(me))); comes_alive(x) }
gone:
	atomic { under_way[me] = 0; t = 0; g = 0; born = 0; x = 0; n = 0; left = 0; passed = 0; done = 0; counts = 0; found = 0 }
}

/* What the claims of generation of_ say about line a. */
#define NEAR(y) ((y) != NONE && (y) != a && LIVES(y) && COMPETE(a, y))
#define GONE(y) ((y) != NONE && (y) != a && line[y] == ERASED)
#define LATER(y) ((y) != NONE && (y) != a && LIVES(y) && received[y] > received[a])
inline take_generation(of_)
{
	named = named || NAMES(of_, a);
	for (i : 0 .. CHAIN - 1) {
		other = claim[NAME(of_, i)];
		near = near || (!named && NEAR(other));
		erased = erased || (!named && GONE(other));
		later = later || LATER(other)
	};
	i = 0; other = 0
}

/* Looks at all generations, the newest first, down to one that names the line. */
inline find_rivals()
{
	STEP d_step { near = 0; erased = 0; named = 0; later = 0;
		g = newest; k = newest;
		n = LENGTH(g);
		in_newest = NAMES(g, a);
		take_generation(g)
	} }
	do
	:: k > 0 && !named -> STEP d_step { k--; take_generation(k) } }
	:: else -> break
	od;
	k = 0
}

#define HAS_LOST (!in_newest && (near || ((erased || later) && !named)))

/* Decides a line that it meets, and does its task. */
proctype worker()
{
	byte born, a, g, n, k;
	bit done, near, erased, named, later, in_newest;

end:
	if
	:: atomic { decisions > 0 && line[0] == WRITTEN && line_flushed[0] -> a = 0; born = cuts; decisions-- }
	:: atomic { decisions > 0 && line[1] == WRITTEN && line_flushed[1] -> a = 1; born = cuts; decisions-- }
#if POSTS > 2
	:: atomic { decisions > 0 && line[2] == WRITTEN && line_flushed[2] -> a = 2; born = cuts; decisions-- }
#endif
	fi;
#ifndef NO_HELP
again:
	find_rivals();
	if
#ifndef NO_TIME_FOR_THE_POST
	:: !in_newest && under_way[a] -> goto gone
	:: HAS_LOST && !under_way[a] ->
#else
	:: HAS_LOST ->
#endif
		STEP !locked[a] -> locked[a] = 1 }
		find_rivals();
		STEP if :: HAS_LOST -> make_void(a) :: else fi; locked[a] = 0 }
		goto gone
	:: !HAS_LOST && !in_newest && later -> goto lives
	:: else
	fi;
	if
	:: !in_newest && n == CHAIN -> goto gone        /* the model's end */
	:: !in_newest && n < CHAIN ->
#ifdef DIFFER
		STEP lasts[g] = MOST(lasts[g], seconds[a]) }
#endif
		put(g, n, a, done);
		if
		:: !done -> goto again
		:: else
		fi
	:: else
	fi;
	STEP done = (newest == g) }
	if
	:: !done -> goto again
	:: else
	fi;
#if CUTS && !defined(NO_FLUSH_BEFORE_A_TASK)
	STEP flush_names() }
#endif
lives:
#endif
	STEP if :: line[a] == WRITTEN -> comes_alive(a) :: else fi }
gone:
	atomic { a = 0; born = 0; g = 0; n = 0; k = 0; done = 0; near = 0; erased = 0; named = 0; later = 0; in_newest = 0; goto end }
}

active proctype clock()
{
	do
	:: d_step { now < TICKS -> now++; for (i : 0 .. POSTS - 1) { waited[i] = 1 } }
	:: else -> break
	od
}

#ifdef DIFFER
/* Posts with other keys at a host that remembers them for a shorter time. */
active proctype shorter()
{
	byte g;
	do
	:: atomic { newest < GENERATIONS - 1 && now >= begun[newest] + LASTS(SHORT) -> keep_up(now, SHORT); g = 0 }
	:: now == TICKS -> break
	od
}
#endif

/* Notes which lines had not come alive when another was withdrawn. */
inline note_stale(x)
{
	d_step {
		for (other : 0 .. POSTS - 1) {
			if
			:: other != x && line[other] == WRITTEN && !(alive & BIT(other)) && COMPETE(other, x) -> stale = stale | BIT(other)
			:: else
			fi
		};
		other = 0
	}
}

active proctype visitor()
{
end:
	do
	:: atomic { erasures > 0 && (alive & 1) && line[0] == WRITTEN -> line[0] = ERASED; erasures--; note_stale(0) }
	:: atomic { erasures > 0 && (alive & 2) && line[1] == WRITTEN -> line[1] = ERASED; erasures--; note_stale(1) }
	:: erasures == 0 -> break
	od
}

#if CUTS
active proctype power()
{
	do
	:: atomic {
		cuts < CUTS -> cuts++;
		do
		:: pending > 0 ->
			pending--;
			if
			:: unflushed[pending] >= FOLDER(0) -> begun[unflushed[pending] - FOLDER(0)] = 0; newest = unflushed[pending] - FOLDER(0) - 1
			:: else -> claim[unflushed[pending]] = NONE
			fi;
			unflushed[pending] = NONE
		:: break
		od;
		flush_names();
		for (i : 0 .. POSTS - 1) {
			locked[i] = 0; under_way[i] = 0;
			if
			:: line[i] == WRITTEN && !line_flushed[i] -> assert(!(alive & BIT(i))); line[i] = 0
			:: line[i] == VOID_FOR_NOW -> line[i] = WRITTEN
			:: line[i] == VOID_FOR_NOW -> line[i] = VOID
			:: else
			fi
		}; i = 0
	   }
	:: cuts == CUTS -> break
	od
}
#endif

init
{
	byte p;
	atomic {
		for (p : 0 .. POSTS - 1) { run post(p) };
		run worker();
		p = 0
	}
}
