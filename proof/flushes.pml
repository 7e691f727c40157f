/*
 * A model of flushes that many share: Promela, for spin. It has the steps of flushes.c in the order in which the code takes them,
 * about a look at shared memory or a system call each, and lets errors and kills fall between any two.
 *
 * Three processes write LINES lines to one log. Up to ERRORS times there is
 *
 *   a lost page   what no fdatasync has written yet is lost, and a later one does not fail for it. A descriptor that was open
 *                 then is told once; one that was opened after somebody had been told is not
 *   a refusal     an fdatasync fails, for its caller alone; what it was to write has still to be written
 *
 * and up to CRASHES times a process is killed: the gate is let go, its line and its ticket stay, another takes its place. A
 * stranger who shares nothing, such as a CGI process, may be the first to be told of a lost page, at any time.
 *
 * What has to hold: what is answered is on the disk, so the power may go at any time after; and nobody waits for ever. -DNO_…
 * leaves one step out, and then it must not hold: proof/model tries each. But it holds without the gate, without the flag of a
 * failure, and where nobody opens the log anew. Left out: lines that are taken back, and shared memory that is harmed.
 */
#define BIT(n) (1 << (n))
#define ALL (BIT(1) | BIT(2) | BIT(3))
#define END :: else fi
#if defined NO_TIMEOUT || defined ONLY_WOKEN
#define EARLY false
#else                           /* else a wait that ends early begins again as it was, which is not gone through */
#define EARLY (gate == 0 || failed || flushed >= mine)
#endif
#ifdef NO_PAGE_FOR_EACH_FILE
#define FILE (me == 1 -> BIT(1) | BIT(4) : ~(BIT(1) | BIT(4))) /* the first process writes to another day's */
#else
#define FILE 255
#endif
#ifdef NO_DESCRIPTOR_OF_ONES_OWN
byte mark;                      /* inherited: one for all */
#endif
byte written, flushed; bool failed; /* tickets given, those whose lines are on the disk; an fdatasync failed once */
byte gate, turned = ALL, asleep; /* who has the lock, or 0; who did not look since the turn changed, who waits: a bit each */
byte dirty, disk;               /* lines to be written, and on the disk, a bit each; a lost one is neither */
byte lost; bool told = true;    /* the file's mark, which counts lost pages, those before somebody is told as one; somebody was */
byte errors, crashes, dead;     /* dead: whose end is not noticed yet, a bit each */
byte begun, busy;               /* the three are alike, so they begin in order; who is at it, a bit each */

/* A descriptor has the mark of its opening, or none where nobody was told yet; a look tells whether the file has another. */
inline open_log() { mark = (told -> lost : 0) }
inline look() { ok = (mark == lost); told = told || !ok; mark = lost }
inline fdatasync()
{
	had = dirty & FILE;
	atomic {
		if :: disk = disk | (had & dirty); dirty = dirty & ~had; look() :: errors < ERRORS -> errors++; ok = false fi; had = 0
	}
}
#ifdef NO_TICKET_IN_ONE_STEP
inline take_ticket() { mine = written + 1; written = mine }
#else
inline take_ticket() { d_step { written++; mine = written } }
#endif

proctype post(byte me)
{
	byte line = me, mine, upto, had;
	bool ok;
#ifndef NO_DESCRIPTOR_OF_ONES_OWN
	byte mark;
#endif
	d_step { begun == me - 1 -> begun = me; busy = busy | BIT(me); open_log() }
next:	{
#ifdef NO_TICKET_AFTER_THE_LINE
		take_ticket(); dirty = dirty | BIT(line);
#else
		dirty = dirty | BIT(line); take_ticket();
#endif
again:
		if :: failed -> mine = 0; fdatasync(); goto answer END;
		if
		:: d_step { flushed >= mine -> ok = true }
#ifndef NO_LOOK_AT_ONES_OWN_DESCRIPTOR
			d_step { look() }
#endif
			goto answer
		END;
		turned = turned & ~BIT(me);             /* looks at the turn, tries the gate */
		if
		:: d_step { gate == 0 -> gate = me; mine = 0; turned = turned | BIT(me) }
#ifdef NO_COUNT_BEFORE_THE_FLUSH
			fdatasync(); upto = written;
#else
			upto = written; fdatasync();
#endif
#ifndef NO_HEED_OF_A_FAILURE
			if :: !ok -> upto = 0; failed = true END;
#endif
			flushed = (upto > flushed -> upto : flushed); upto = 0; gate = 0;
#ifndef NO_TURN
			turned = ALL;
#endif
#ifndef NO_WAKE
			asleep = 0;
#endif
			goto answer
		END;
		d_step { if :: !(turned & BIT(me)) -> asleep = asleep | BIT(me) END; turned = turned | BIT(me) }
		d_step { !(asleep & BIT(me)) || EARLY -> asleep = asleep & ~BIT(me) }
		goto again
	} unless { d_step { dead & BIT(me) -> dead = dead & ~BIT(me); ok = false; upto = 0; had = 0; } }
answer:
	atomic {
		assert(!ok || (disk & BIT(line)));
		if :: !ok -> open_log() END;
		disk = disk & ~BIT(line); dirty = dirty & ~BIT(line);
		mine = 0; ok = false; turned = turned | BIT(me); line = line + 3;
		if :: line <= LINES -> goto next END; busy = busy & ~BIT(me); dead = dead & ~BIT(me)
	}
}
inline kill(who)
{
	crashes++; dead = dead | BIT(who); asleep = asleep & ~BIT(who);
#ifndef NO_RELEASE_BY_DEATH
	gate = (gate == who -> 0 : gate)
#endif
}
proctype faults()
{
end:	do
	:: atomic { errors < ERRORS -> errors++; lost = (told -> lost + 1 : lost); told = false; dirty = 0 }
	:: atomic { !told -> told = true }              /* a stranger is */
	:: atomic { crashes < CRASHES && (busy & BIT(1)) -> kill(1) }
	:: atomic { crashes < CRASHES && (busy & BIT(2)) -> kill(2) }
	:: atomic { crashes < CRASHES && (busy & BIT(3)) -> kill(3) }
	od
}
init { atomic { run post(1); run post(2); run post(3); run faults() } }
