# make            the binary, ./seeother
# make demo       install what is missing, serve the shipped forms on loopback, show one exchange
# make test       install what is missing, run every test
# make check      the unit tests alone
# make static     one static binary, ./seeother-static
# make install    PREFIX, SYSCONFDIR, DESTDIR
# make clean

VERSION = 0.1.0
PREFIX = /usr/local
SYSCONFDIR = /etc
DESTDIR =

CC = cc
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
BUILD = build
BIN = seeother

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(CFLAGS) $(CPPFLAGS) -MMD -MP
LIBS = -lfcgi -liniparser -ljansson -lsodium -lpcre2-8 -lm
CPPFLAGS_command = -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"'

SOURCES = fcgi_main.c seeother.c $(wildcard src/*.c)
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)
UNITS = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))

all: $(BIN)

$(BIN): $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

seeother-static: $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $(OBJECTS) $(LIBS)

static: seeother-static

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CPPFLAGS_$(*F)) -c -o $@ $<

# --- tests: a program for each noun, linked with everything but main ---

$(BUILD)/tests/unit/%: tests/unit/%.c $(filter-out $(BUILD)/fcgi_main.o,$(OBJECTS)) Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc $(LDFLAGS) -o $@ $< $(filter %.o,$^) -lcmocka $(LIBS)

check: $(UNITS)
	@tests/units $(UNITS)

-include $(OBJECTS:.o=.d) $(UNITS:=.d)

.PHONY: all static check
