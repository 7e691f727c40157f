/*
 * A model of exactly once, and of nothing acknowledged lost: Promela, for spin. It has the steps of store_keep, log_write,
 * log_line_renew, log_line_erase and key_index_lock in the order in which the code takes them, about a system call each, and lets a crash
 * fall between any two.
 *
 * Three clients ask, each until it is answered: two post with one key, the third does what THIRD says. Up to CRASHES times there is
 *
 *   a kill        a process ends at any step: its locks go, what it wrote stays; a write may be done in part
 *   a power cut   all processes end; of each line that was not flushed the disk has nothing, all, or some blocks of it
 *   harm          only with -DHARM: the table is removed, or an older copy of it is written over it
 *
 * What has to hold is in check() and answer(). -DNO_… leaves one step out, and then it must not hold: proof/model tries each.
 *
 * Left out: calls that fail, more than one day, node or form, keys that expire, other content under a key, uploads, tasks. All lines
 * are of one length. The table is whole or not there, since its checks tell (table.c); of two entries the one for the
 * earlier line is found first.
 */
#ifndef THIRD
#define THIRD 1                 /* 1: posts with another key; 2: posts without one; 3: erases what the key's first answer named */
#endif
#ifndef CRASHES
#define CRASHES 2
#endif

/* The log is a row of places for lines. What is at one is its kind and whose key it has. */
#define PLACES 7
#define NOWHERE PLACES
#define MISSING (PLACES + 1)
#define NOTHING 0               /* the file does not go that far */
#define TORN 1                  /* a start without a newline */
#define WHOLE 2
#define HOLLOW 3                /* start and newline are there, what is between is not, which shows */
#define SPLICED 4               /* likewise, but between is what another line had there, which may not show */
#define ERASED 5                /* a tombstone */
#define HALF 6                  /* begins as a tombstone, and has some of its content still */
#define JUNK 7                  /* ends in a newline, begins as no line */
#define INSIDE 8                /* whole, but no newline stands before it */

#define NONE 2                  /* no key; the keys are 0 and 1 */
#define LINE(kind, key) ((kind) << 2 | (key))
#define KIND(line) ((line) >> 2)
#define KEY(line) ((line) & 3)
#define ENDS(line) (KIND(line) >= WHOLE)
#define IS_TOMB(line) (KIND(line) == ERASED || KIND(line) == HALF)
#define BIT(n) (1 << (n))
#define WHEN(condition) if :: (condition) ->
#define END :: else fi

/* What record_start_read takes for a line of a key. */
#define STARTS(line) (KIND(line) >= WHOLE && KIND(line) <= SPLICED && KEY(line) != NONE)

byte cache[PLACES], disk[PLACES]; /* what processes read, and what a power cut leaves for sure */
byte size;                      /* how many places the file has, as processes see it */
bool named;                     /* the file's name is on the disk */
byte keys, log;                 /* who holds the lock of the form's folder, and of the file; 0: nobody */

/* The table of keys: a cache that nobody flushes. */
bool table;                     /* there is one, of this boot */
byte entries[2];                /* of a key: the places that it leads to, a bit each */
byte count;                     /* of changes to entries, as the table's header says */
byte marks;                     /* places whose line was flushed on behalf of another post */
byte last, length;              /* its note: the place after the start of the line that was written last, and how long that is */
#ifdef HARM
#define ONE 1
#define NOTE (count << 4 | last << 1 | length)
#else
#define ONE 0                   /* nobody asks */
#define NOTE 0
#endif
#ifdef NO_LOOK_AT_THE_NOTE
#define NOTE_HOLDS true
#define SAME_NOTE true
#else
#define NOTE_HOLDS (note == NOTE)
#define SAME_NOTE ((note & 15) == (NOTE & 15))
#endif
bool copied;                    /* there is a copy of it, which is */
byte copy_entries[2], copy_count, copy_marks, copy_last, copy_length;

byte crashes, dead;             /* dead: whose end is not noticed yet, a bit each */

/* What clients were told, which no process of ours knows. */
byte promised, erasing, gone;   /* places: that an answer named; that an eraser has written to; whose erasing was answered */
byte answered[2] = NOWHERE;     /* of a key: the place that the last answer named */

hidden byte i, n;

/* What has to hold at any time, as any reader of the file sees it. */
inline check()
{
	for (i : 0 .. PLACES - 1) {
		/* What was acknowledged is there, whole, until somebody erases it; and then it stays erased. */
		assert(!(promised & ~erasing & BIT(i)) || KIND(cache[i]) == WHOLE || KIND(cache[i]) == INSIDE);
		assert(!(gone & BIT(i)) || KIND(cache[i]) == ERASED);
		/* A key has one whole line. */
		for (n : 0 .. i) {
			assert(n == i || KEY(cache[i]) == NONE || KEY(cache[i]) != KEY(cache[n]) ||
				(KIND(cache[i]) != WHOLE && KIND(cache[i]) != INSIDE) || (KIND(cache[n]) != WHOLE && KIND(cache[n]) != INSIDE))
		}
	};
	skip
}

/* The 303. Whoever asks with a key gets the place that others got, unless that was erased. */
inline answer()
{
	d_step {
		if
		:: key != NONE ->
			assert(answered[key] == NOWHERE || answered[key] == at || (erasing & BIT(answered[key])));
			answered[key] = at
		:: else
		fi;
		promised = promised | BIT(at);
		check()
	}
}

/* fdatasync: of the whole file, whoever wrote it. (spin wants no loop at the end of a d_step, so something stands behind it.) */
inline flush()
{
	for (i : 0 .. PLACES - 1) {
		disk[i] = cache[i]
	};
	skip
}

/* log_line_renew: under the lock the line's bytes are written once more, if they are there still, and flushed. */
inline log_line_renew(was)
{
	d_step { log == 0 -> log = me };
#ifndef NO_LOOK_BEFORE_RENEWING
	if
	:: cache[at] == was
	:: else -> log = 0; keys = 0; goto again /* 503, and the client asks again */
	fi;
#endif
	cache[at] = was;
	d_step {
#ifndef NO_FLUSH_FOR_A_RETRY
		flush();
#endif
		log = 0
	}
}

/* key_table_make. What begins as a line and ends in a newline is taken for one. */
inline key_table_make()
{
#ifndef NO_FLUSH_BEFORE_A_TABLE
	flush();
#endif
	entries[0] = 0; entries[1] = 0; count = 0; marks = 0; last = 0; length = 0;
	for (i : 0 .. PLACES - 1) {
		WHEN(STARTS(cache[i])) entries[KEY(cache[i])] = entries[KEY(cache[i])] | BIT(i); count = count + ONE END;
		WHEN(ENDS(cache[i])) last = i + 1 END
	}
	table = true;
	copied = false
}

/* key_table_open, has_all_keys: nothing to do where the file ends with the line of the note, else what is behind it is looked at. */
inline key_table_open()
{
	if
	:: !table -> key_table_make()
#ifndef NO_LOOK_FOR_WHAT_IS_MISSING
	:: table && (size + 1 != last + length || (size > 0 && !ENDS(cache[size - 1]))) ->
		n = last;
		for (i : (last == 0 || size + 1 < last -> 0 : last - 1) .. PLACES - 1) {
			WHEN(STARTS(cache[i]) && !(entries[KEY(cache[i])] & BIT(i))) n = MISSING END;
			WHEN(ENDS(cache[i]) && n <= i) n = i + 1 END
		};
		if
		:: n == MISSING -> key_table_make()
		:: n > last && n != MISSING -> last = n; length = 0
		:: else
		fi
#endif
	:: else
	fi
}

/* What look_at takes for the line of the key; a start alone is not enough unless it was flushed in this boot. */
#if defined NO_LOOK_IN_THE_LOG
#define FOUND(p) (entries[key] & BIT(p))
#elif defined NO_LOOK_AT_ALL_OF_A_LINE
#define FOUND(p) ((entries[key] & BIT(p)) && STARTS(cache[p]) && KEY(cache[p]) == key)
#else
#define FOUND(p) ((entries[key] & BIT(p)) && STARTS(cache[p]) && KEY(cache[p]) == key && \
	((marks & BIT(p)) || KIND(cache[p]) != HOLLOW))
#endif
#ifdef NO_FLUSH_OF_A_TOMBSTONE
#define PASSED(p) false
#else
#define PASSED(p) ((entries[key] & BIT(p)) && IS_TOMB(cache[p]))
#endif

/* key_index_find: the line of the key, else a tombstone that its entry leads to. */
inline key_index_find()
{
	d_step {
		at = NOWHERE;
		for (i : 0 .. PLACES - 1) {
			WHEN(PASSED(i)) at = i END
		};
		for (i : 0 .. PLACES - 1) {
			WHEN(FOUND(i)) at = i; break END
		};
		was = (at < NOWHERE -> cache[at] : NOTHING)
	}
}

/* key_index_note: the table has the line that was just written, and all before it; not where an older one was written over it. */
inline key_index_note()
{
	d_step {
		WHEN(NOTE_HOLDS) last = at + 1; length = 1; note = NOTE END
	}
}

/*
 * key_index_add: the entry for a line that will be at a place, instead of the one for a tombstone, if there was one. Where another
 * table was written over this one the look-up may have been wrong, so it fails.
 */
inline key_index_add()
{
#ifdef NO_NOTE_AFTER_THE_LINE
	key_index_note();
#endif
	if
	:: d_step { SAME_NOTE ->
		WHEN(past < NOWHERE) entries[key] = entries[key] & ~BIT(past) END;
		entries[key] = entries[key] | BIT(at);
#ifdef NO_COUNT_OF_A_REPLACEMENT
		WHEN(past == NOWHERE) count = count + ONE END;
#else
		count = count + ONE;
#endif
		note = NOTE }
	:: else -> atomic { log = 0; keys = 0; goto again } /* 503 */
	fi
}

/* A process ends, or all do: the kernel lets its locks go. */
inline end_of(who)
{
	keys = (keys == who -> 0 : keys);
	log = (log == who -> 0 : log);
	dead = dead | BIT(who)
}

/* write_line: all of it, or the process is killed in the midst of it; the kernel may have put that on the disk by itself. */
inline write_line()
{
	atomic {
		assert(at < PLACES);
		size = at + 1;
		if
		:: true -> cache[at] = LINE((inside -> INSIDE : WHOLE), key); inside = false
		:: crashes < CRASHES ->
			crashes++;
			cache[at] = LINE(TORN, key);
			if :: disk[at] = cache[at] :: true fi;
			end_of(me)
		fi
	}
}

/*
 * mend_tail: what no newline ends is made blank, on the disk too, lest some of it comes back amidst the line that takes its place;
 * then it is cut.
 */
inline mend_tail()
{
	if
	:: size > 0 && !ENDS(cache[size - 1]) ->
#ifndef NO_BLANKING
		d_step {
			for (i : 0 .. PLACES - 1) {
				cache[i] = (KIND(cache[i]) == TORN -> LINE(TORN, NONE) : cache[i])
			};
			skip
		}
		d_step { flush() }
#endif
#ifndef NO_CUT
		d_step { do :: size > 0 && !ENDS(cache[size - 1]) -> size--; cache[size] = NOTHING :: else -> break od; skip }
#else
		d_step { /* what was torn goes on into the next line */
			cache[size - 1] = (KEY(cache[size - 1]) == NONE -> LINE(JUNK, NONE) : LINE(HOLLOW, KEY(cache[size - 1])));
			inside = true
		}
#endif
	:: else
	fi
}

byte busy = BIT(1) | BIT(2) | BIT(3); /* who has no answer yet */

/* store_keep, for a client that asks until it is answered. */
proctype post(byte me; byte key)
{
	byte at = NOWHERE, was, note;   /* the line's place; what stood there; the table's note as this process knows it */
	byte past = NOWHERE;            /* where the tombstone is that was found */
	bool inside;
again:
	{
		if
		:: key != NONE ->
			d_step { keys == 0 -> keys = me };      /* key_index_lock */
			d_step { key_table_open(); note = NOTE }
			key_index_find();
			past = (at < NOWHERE && IS_TOMB(was) -> at : NOWHERE);
			WHEN(at < NOWHERE && (IS_TOMB(was) || !(marks & BIT(at)))) log_line_renew(was) END;
			if
			:: at < NOWHERE && !IS_TOMB(was) ->
				marks = marks | BIT(at);                /* key_index_confirm */
				keys = (keys == me -> 0 : keys);
				answer();
				goto over
			:: else
			fi
#ifdef NO_LOCK_FROM_LOOKING_TO_WRITING
			; keys = 0
#endif
		:: else
		fi;
#ifndef NO_LOCK_FOR_WRITING
		d_step { log == 0 -> log = me };                /* log_write: lock_day */
#endif
		mend_tail();
		at = size;
#ifndef NO_FLUSH_OF_THE_NAME
		named = (at == 0 -> true : named);              /* sync_names */
#endif
#ifdef NO_ENTRY_BEFORE_THE_LINE
		write_line();
#endif
		WHEN(key != NONE) key_index_add() END;
#ifndef NO_ENTRY_BEFORE_THE_LINE
		write_line();
#endif
		d_step { check(); log = (log == me -> 0 : log) }
#ifndef NO_NOTE_AFTER_THE_LINE
		WHEN(key != NONE) key_index_note() END;
#endif
		d_step { keys = (keys == me -> 0 : keys) }
#ifndef NO_FLUSH
		d_step { flush() }                              /* log_flush */
#endif
		answer()
	} unless {
		atomic { dead & BIT(me) -> dead = dead & ~BIT(me); at = NOWHERE; past = NOWHERE; was = NOTHING; note = 0; inside = false; goto again }
	}
over:
	atomic { busy = busy & ~BIT(me); dead = dead & ~BIT(me) }
}

/* withdraw_answer, answer_erased, store_erase and log_line_erase, for a client that asks until it is answered. */
proctype eraser(byte me)
{
	byte at;
	answered[0] != NOWHERE -> at = answered[0];
again:
	{
#ifdef NO_SECOND_ERASING
		WHEN(IS_TOMB(cache[at])) goto told              /* 410 */ END;
#endif
#ifndef NO_LOCK_FOR_ERASING
		d_step { log == 0 -> log = me };
#endif
		atomic {
			erasing = erasing | BIT(at);
			if
			:: cache[at] = LINE(ERASED, KEY(cache[at]))
			:: crashes < CRASHES -> /* killed in the midst of it */
				crashes++;
				cache[at] = LINE((KIND(cache[at]) == ERASED -> ERASED : HALF), KEY(cache[at]));
				end_of(me)
			fi
		}
#ifndef NO_FLUSH_OF_AN_ERASING
		d_step { flush() }
#endif
		log = (log == me -> 0 : log);
told:
		atomic { gone = gone | BIT(at); d_step { check() } }
	} unless {
		atomic { dead & BIT(me) -> dead = dead & ~BIT(me); goto again }
	}
	atomic { busy = busy & ~BIT(me); dead = dead & ~BIT(me) }
}

#define BLANK(line) (line == NOTHING || line == LINE(TORN, NONE))

/* What a power cut leaves of each place: what the disk had, what processes saw, or some blocks of each. */
inline power_cut()
{
	place = 0;
	open = NOWHERE; /* where what no newline ends begins */
	do
	:: place < PLACES ->
		old = disk[place];
		new = cache[place];
		if
		:: left = old
		:: old != new -> left = new
		:: BLANK(old) && KIND(new) == WHOLE -> left = LINE(TORN, KEY(new))
		:: BLANK(old) && KIND(new) == WHOLE -> left = LINE(HOLLOW, KEY(new))
		:: BLANK(old) && KIND(new) == WHOLE -> left = LINE(JUNK, NONE)
		:: KIND(old) == TORN && !BLANK(old) && KIND(new) == WHOLE -> left = LINE(SPLICED, KEY(old))
		:: KIND(old) == TORN && !BLANK(old) && KIND(new) == WHOLE -> left = LINE(SPLICED, KEY(new))
		:: KIND(old) == WHOLE && IS_TOMB(new) -> left = LINE(HALF, KEY(old))
		:: KIND(old) == WHOLE && IS_TOMB(new) -> left = LINE(HOLLOW, KEY(old))
		fi;
		if
		:: open < NOWHERE && ENDS(left) ->
			disk[open] = (KIND(disk[open]) == TORN && KEY(disk[open]) != NONE -> LINE(HOLLOW, KEY(disk[open])) : LINE(JUNK, NONE));
			left = LINE(JUNK, NONE);
			open = NOWHERE
		:: open == NOWHERE && !ENDS(left) -> open = place
		:: else
		fi;
		disk[place] = left;
		place++
	:: else -> break
	od;
	if :: !named -> lost = true :: lost = false fi;
#ifdef NO_MARK_OF_THE_BOOT
	if :: entries[0] = 0; entries[1] = 0 :: true fi;
#else
	table = false; entries[0] = 0; entries[1] = 0; count = 0; last = 0; length = 0;
#endif
	d_step {
		size = 0;
		for (i : 0 .. PLACES - 1) {
			disk[i] = (lost -> NOTHING : disk[i]);
			cache[i] = disk[i];
			size = (cache[i] == NOTHING -> size : i + 1)
		}
		marks = 0; keys = 0; log = 0; dead = busy;
		place = 0; open = 0; old = 0; new = 0; left = 0; lost = false;
		check()
	}
}

proctype faults()
{
	byte place, open, old, new, left;
	bool lost;
end:
	do
	:: atomic { crashes < CRASHES && (busy & ~dead & BIT(1)) -> crashes++; end_of(1) }
	:: atomic { crashes < CRASHES && (busy & ~dead & BIT(2)) -> crashes++; end_of(2) }
	:: atomic { crashes < CRASHES && (busy & ~dead & BIT(3)) -> crashes++; end_of(3) }
#ifdef HARM
	:: atomic { crashes < CRASHES && table && !copied ->
		copied = true; copy_entries[0] = entries[0]; copy_entries[1] = entries[1];
		copy_count = count; copy_marks = marks; copy_last = last; copy_length = length }
	:: atomic { crashes < CRASHES && copied -> crashes++;
		entries[0] = copy_entries[0]; entries[1] = copy_entries[1];
		count = copy_count; marks = copy_marks; last = copy_last; length = copy_length }
	:: atomic { crashes < CRASHES && table -> crashes++; table = false; copied = false } /* who has it open goes on with it */
#else
	:: atomic { crashes < CRASHES -> crashes++; power_cut() }
#endif
	od
}

init {
	atomic {
		run post(1, 0);
		run post(2, 0);
#if THIRD == 3
		run eraser(3);
#else
		run post(3, (THIRD == 1 -> 1 : NONE));
#endif
		run faults()
	}
}
