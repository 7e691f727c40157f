# make            the binary, ./seeother
# make demo       install what is missing, serve the shipped forms on loopback, show one exchange
# make test       install what is missing, run every test
# make check      the unit tests alone, and the fuzzing targets over their seeds
# make fuzz       install what is missing, run each fuzzing target for FUZZ_SECONDS
# make faults     install what is missing, look for what is lost under power cuts, faults of system calls, rough peers; a model
# make faults-hosts  the same for three hosts on GlusterFS and on CephFS, which die, sleep or lose their network
# make demo-hosts as root: three hosts on GlusterFS behind HAProxy, of which parts are killed under posts
# make bench      install what is missing, measure against floors and against what would be used instead
# make bench-hosts as root: the same on three hosts with GlusterFS, against PHP-FPM and PostgreSQL with synchronous replication
# make instructions install what is missing, count the instructions of requests, against bench/instructions.txt
# make growth     the same with ten million outcomes against none
# make pages      install what is missing, look for faults of HTML and accessibility in every kind of page
# make site       install what is missing, build the web page from the documents into build/site
# make try-site   install what is missing, look for faults of the web page, and post its form
# make static     one static binary, ./seeother-static
# make static-musl install what is missing, build libraries from Debian's sources, then a small static binary, ./seeother-musl
# make try-musl   test that binary, also below BusyBox httpd in a chroot that holds nothing else
# make lint       install what is missing, check format, warnings (gcc and clang), cppcheck, the layers of src/, manuals, scripts, instructions
# make install    the binary, its manuals, languages, completion and, if there is none, /etc/seeother/config.ini
# make install-systemd  the units, and what makes their user and the data folder
# make uninstall  remove what install put there, but never a config.ini
# make other-processors  install what is missing, build for five processors, run the unit tests and posts there under qemu, move data
# make try-deb    as root: install what is missing, build the Debian package, try it in containers of Debian 12 and 13
# make try-packages  as root: install what is missing, try the packages for other systems, OpenRC's services and the containers
# make try-servers  as root: install what is missing, try the recipes of all web servers, write the table of docs/servers.md
# make dist       seeother-VERSION.tar.gz from the last commit
# make clean
#
# Variables: PREFIX SYSCONFDIR DATADIR DESTDIR CC HOSTCC CFLAGS LDFLAGS BUILD BIN STATIC FUZZ_SECONDS SHORT SHARED; HACKING.md says what each is for.

VERSION = 0.1.0
PREFIX = /usr/local
SYSCONFDIR = /etc
DATADIR = $(PREFIX)/share
DESTDIR =

CC = cc
HOSTCC = cc
CFLAGS = -O2 -g
LDFLAGS = -Wl,--as-needed
# Measured on a static CGI start these cost less than 0.5 %; -static-pie would cost 3.5 %, so seeother-static stays where it is linked to.
HARDENING = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENING_LINK = -Wl,-z,relro,-z,now
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
BUILD = build
BIN = seeother
STATIC = seeother-static
FUZZ_SECONDS = 60
SHORT =
SHARED =

# From archives, where there are any: what is one file starts in two thirds of the time as CGI, and misses fewer pages by FastCGI.
# libatomic is taken from where a processor has no atomic operations on 8 bytes (mipsel, armel).
# SHARED=yes takes shared libraries; libc is shared in either case, since it loads the conversions of charsets.
LIBRARIES = fcgi iniparser jansson sodium nettle pcre2-8 cdb
archive = $(if $(SHARED),,$(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)))
LIBS := $(foreach library,$(LIBRARIES),$(or $(call archive,$(library)),-l$(library))) -lm -pthread $(call archive,atomic)
COMPILE = $(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 $(WARNINGS) -Isrc $(CPPFLAGS) $(HARDENING) $(CFLAGS) -MMD -MP
command_FLAGS = -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"'
config_path_FLAGS = -DSYSCONFDIR='"$(SYSCONFDIR)"'
exposure_FLAGS = $(config_path_FLAGS)
seccomp_FLAGS = -I$(BUILD)
catalogue_FLAGS = -DDATADIR='"$(DATADIR)"'
command_init_FLAGS = $(catalogue_FLAGS)
init_recipe_FLAGS = $(catalogue_FLAGS)

OBJECTS = $(patsubst %.c,$(BUILD)/%.o,fcgi_main.c seeother.c $(sort $(wildcard src/*/*.c)))
UNITS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
FUZZERS = $(patsubst %.c,$(BUILD)/%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
FUZZ_MAIN = $(BUILD)/tests/fuzz/replay.o

BUILD_PACKAGES = gcc make libc6-dev libfcgi-dev libiniparser-dev libjansson-dev libsodium-dev nettle-dev libpcre2-dev libcdb-dev libseccomp-dev
SERVER_PACKAGES = lighttpd spawn-fcgi multiwatch curl openssl
TEST_PACKAGES = msmtp nginx apache2 libapache2-mod-xsendfile e2fsprogs libcmocka-dev python3 python3-pytest python3-jsonschema python3-selenium chromium chromium-driver strace valgrind util-linux mount fish zsh runit s6 execline supervisor
BROWSER_PACKAGES = firefox-esr
LINT_PACKAGES = clang clang-format cppcheck mandoc python3 git valgrind
TRIED_PACKAGES = nginx fcgiwrap apache2 libapache2-mod-fcgid libapache2-mod-xsendfile apache2-suexec-custom caddy haproxy h2o busybox-static uwsgi-core civetweb varnish libconfuse2 python3
TRY_PACKAGES = debootstrap systemd-container git
OTHER_PACKAGES = rpm rpm2cpio cpio rpmlint openrc nix-bin buildah debootstrap git iproute2 procps util-linux mount python3 libcmocka-dev
SITE_PACKAGES = pandoc mandoc
FUZZ_PACKAGES = clang libclang-rt-dev
CROSS_PACKAGES = qemu-user gcc-s390x-linux-gnu gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-mipsel-linux-gnu gcc-i686-linux-gnu python3
FAULT_PACKAGES = spin strace pkg-config libfuse3-dev e2fsprogs xfsprogs util-linux mount python3
GLUSTER_PACKAGES = glusterfs-server glusterfs-client iproute2 util-linux mount e2fsprogs python3
CEPH_PACKAGES = ceph-mon ceph-mgr ceph-osd ceph-mds ceph-fuse ceph-common
BENCH_PACKAGES = e2fsprogs util-linux mount nginx python3 wrk
DATABASE_PACKAGES = postgresql php-fpm php-pgsql
MUSL_PACKAGES = musl-tools linux-libc-dev dpkg-dev m4
PEER_PACKAGES = php-fpm php-cgi golang-go libcgi-fast-perl libfcgi-procmanager-perl libjson-xs-perl uwsgi-core uwsgi-plugin-python3 rustc libnginx-mod-http-lua lua-cjson busybox-static haproxy caddy

all: $(BIN)

$(BIN): $(OBJECTS)
	$(CC) $(CFLAGS) $(HARDENING_LINK) -pie $(LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

# A CGI process takes memory from src/base/bump/bump.c. glibc warns of gethostbyname, which libfcgi has for a function that is never
# called here.
BUMP = $(BUILD)/src/base/bump/bump.o
BUMP_LINK = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
$(STATIC): $(OBJECTS) $(BUMP)
	$(CC) $(CFLAGS) $(HARDENING_LINK) $(LDFLAGS) $(BUMP_LINK) -static -o $@ $(OBJECTS) $(BUMP) $(LIBS)

static: $(STATIC)

# Sections let the linker drop what is never called. The program stays where it is linked to, so position-independent code is not needed.
# Fewer segments, and small variables beside each other, cost a CGI process fewer pages.
MUSL = $(abspath $(BUILD))/musl
MUSL_MAKE = $(MAKE) BUILD=$(MUSL) CC='musl-gcc -B$(MUSL)/libraries/lib' CPPFLAGS='-isystem $(MUSL)/libraries/include' \
	HARDENING=-fstack-protector-strong LDFLAGS='-Wl,--gc-sections,-z,noseparate-code,--sort-section=alignment -s' \
	CFLAGS='-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables' STATIC=seeother-musl

$(MUSL)/libraries/built: packaging/musl/libraries
	packaging/musl/libraries $(MUSL)/libraries

static-musl:
	@tests/need $(BUILD_PACKAGES) $(MUSL_PACKAGES)
	@$(MAKE) -s $(MUSL)/libraries/built
	@$(MUSL_MAKE) -s seeother-musl

try-musl: static-musl
	@tests/need $(TEST_PACKAGES) $(SERVER_PACKAGES) busybox-static
	@$(MAKE) -s all
	@PYTHONDONTWRITEBYTECODE=1 tests/musl

# Rebuilds all when the compiler, its options or a path that is compiled in are other than last time.
FLAGS = $(COMPILE) $(command_FLAGS) $(catalogue_FLAGS) $(HARDENING_LINK) $(LDFLAGS) $(LIBS)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' >$@

$(BUILD)/%.o: %.c Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $($(*F)_FLAGS) -c -o $@ $<

# The sandbox's filter of system calls is compiled here by libseccomp, for the machine that CC compiles for.
$(BUILD)/filter: src/serve/filter/filter.c src/serve/filter/brief.c src/serve/filter/brief.h Makefile
	@mkdir -p $(@D)
	$(HOSTCC) -O2 -std=c11 $(WARNINGS) -o $@ $(filter %.c,$^) -lseccomp

$(BUILD)/filter.h: $(BUILD)/filter
	$< $(firstword $(subst -, ,$(shell $(CC) -dumpmachine))) >$@.new
	mv $@.new $@

$(BUILD)/src/serve/seccomp.o: $(BUILD)/filter.h

# --- tests: a program for each noun, linked with everything but main; then real servers ---

# All but main, of which the linker takes what a test program needs.
$(BUILD)/parts.a: $(filter-out $(BUILD)/fcgi_main.o,$(OBJECTS))
	@rm -f $@
	ar rcsT $@ $^

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/parts.a Makefile
	@mkdir -p $(@D)
	$(COMPILE) $(HARDENING_LINK) -pie $(LDFLAGS) -o $@ $< $(BUILD)/parts.a -lcmocka $(LIBS)

$(BUILD)/tests/unit/bump: $(BUMP)
$(BUILD)/tests/unit/bump: private LIBS := $(BUMP) $(BUMP_LINK) $(LIBS)

$(FUZZERS): $(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(BUILD)/tests/fuzz/replay.o $(BUILD)/parts.a Makefile
	@mkdir -p $(@D)
	$(COMPILE) $(HARDENING_LINK) -pie $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(BUILD)/parts.a $(LIBS)

check: $(UNITS) $(FUZZERS)
	@tests/layers
	@tests/units $(UNITS) $(FUZZERS)

# libFuzzer brings a main of its own; replay.c has the one for the seeds alone.
fuzz:
	@tests/need $(BUILD_PACKAGES) $(FUZZ_PACKAGES)
	@$(MAKE) -s BUILD=$(BUILD)/fuzz CC=clang HARDENING=-fPIE CFLAGS='$(SANITIZE) -fsanitize=fuzzer-no-link' FUZZ_MAIN=-fsanitize=fuzzer fuzzers
	@tests/fuzz/run $(FUZZ_SECONDS) $(BUILD)/fuzz $(patsubst $(BUILD)/%,$(BUILD)/fuzz/%,$(FUZZERS))

fuzzers: $(FUZZERS)

asan:
	@$(MAKE) BUILD=$(BUILD)/asan BIN=$(BUILD)/asan/seeother HARDENING=-fPIE CFLAGS='$(SANITIZE)' all

# Compiles two programs: on all processors, where make was not told by -j how many.
test: private JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
test:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(TEST_PACKAGES)
	@tests/need $(BROWSER_PACKAGES) || echo 'Firefox could not be installed: its tests are skipped.'
	@$(MAKE) -s $(JOBS) all asan
	@tests/run

lint:
	@tests/need $(BUILD_PACKAGES) $(LINT_PACKAGES)
	@$(MAKE) -s all
	@CPPCHECK_FLAGS='-DVERSION="" -Isrc' CC='$(CC)' MAKE='$(MAKE)' BUILD='$(BUILD)' tests/lint

# Compiles everything, with whatever CC, and stops at the first warning.
warnings: CFLAGS += -Werror
warnings: $(OBJECTS) $(BUMP)

# As root: file systems are mounted. SHORT=yes takes a sample.
faults:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(FAULT_PACKAGES)
	@$(MAKE) -s all
	@tests/faults/run $(if $(SHORT),--short)

# A file system that can't be installed is left out.
faults-hosts:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(GLUSTER_PACKAGES) strace
	@tests/need $(CEPH_PACKAGES) || echo 'Ceph could not be installed.'
	@$(MAKE) -s all
	@tests/faults/hosts $(if $(SHORT),--short)

# What can't be installed of the others is left out.
bench:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(BENCH_PACKAGES)
	@tests/need $(PEER_PACKAGES) || echo 'Not all of the others could be installed.'
	@$(MAKE) -s all static
	@$(MAKE) -s static-musl || echo 'No static program with musl could be built.'
	@bench/run $(if $(SHORT),--short)
	@[ -n "$(SHORT)" ] || bench/picture

# Without PostgreSQL it measures the rest.
bench-hosts:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(GLUSTER_PACKAGES)
	@tests/need $(DATABASE_PACKAGES) || echo 'PostgreSQL or PHP could not be installed.'
	@$(MAKE) -s all
	@bench/hosts $(if $(SHORT),--short)

instructions:
	@tests/need $(BUILD_PACKAGES) valgrind python3
	@$(MAKE) -s all
	@CC='$(CC)' BUILD='$(BUILD)' bench/instructions

growth:
	@tests/need $(BUILD_PACKAGES) $(BENCH_PACKAGES)
	@$(MAKE) -s all static
	@bench/growth $(if $(SHORT),--short)

# npm and Java may well be here by another way than Debian's packages. vnu-jar's install script fetches a Java: not needed.
page-checkers:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(TEST_PACKAGES)
	@command -v npm >/dev/null || tests/need nodejs npm
	@command -v java >/dev/null || tests/need default-jre-headless
	@mkdir -p $(BUILD)/pages
	@npm install --silent --no-save --ignore-scripts --prefix $(BUILD)/pages axe-core vnu-jar

pages: page-checkers
	@$(MAKE) -s all
	@PYTHONDONTWRITEBYTECODE=1 tests/browser/pages

# docs/site/screenshots makes the pictures anew.
site:
	@tests/need $(SITE_PACKAGES)
	@docs/site/build $(BUILD)/site

try-site: site page-checkers
	@$(MAKE) -s all
	@PYTHONDONTWRITEBYTECODE=1 tests/browser/site

demo:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES)
	@$(MAKE) -s all
	@examples/demo

demo-hosts:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(GLUSTER_PACKAGES) haproxy
	@$(MAKE) -s all
	@examples/demo-hosts

# --- installing ---

MANUALS = $(wildcard man/*.[1-8])
SERVERS = $(wildcard packaging/servers/*)
TASKS = $(wildcard examples/tasks/*)
LANGUAGE_FILES = $(wildcard languages/*.ini)
UNITS_SYSTEMD = $(wildcard packaging/systemd/seeother*)
UNITDIR = $(PREFIX)/lib/systemd/system
manual_folder = $(DESTDIR)$(DATADIR)/man/man$(subst .,,$(suffix $(1)))
shared = $(DESTDIR)$(DATADIR)/seeother
bash_completion = $(DESTDIR)$(DATADIR)/bash-completion/completions/seeother
zsh_completion = $(DESTDIR)$(DATADIR)/zsh/site-functions/_seeother
fish_completion = $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/seeother.fish

install: $(BIN) install-shared
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(SYSCONFDIR)/seeother'
	install -m 755 $(BIN) '$(DESTDIR)$(PREFIX)/bin/seeother'
	[ -e '$(DESTDIR)$(SYSCONFDIR)/seeother/config.ini' ] || \
		install -m 644 config.ini '$(DESTDIR)$(SYSCONFDIR)/seeother/config.ini'

# What does not depend on the machine.
install-shared:
	install -d '$(shared)/languages' '$(shared)/servers' '$(shared)/tasks'
	$(foreach manual,$(MANUALS),install -d '$(call manual_folder,$(manual))' && \
		install -m 644 $(manual) '$(call manual_folder,$(manual))/' &&) true
	install -m 644 config.ini '$(shared)/'
	install -m 644 $(LANGUAGE_FILES) '$(shared)/languages/'
	install -m 644 $(SERVERS) '$(shared)/servers/'
	install -m 755 $(TASKS) '$(shared)/tasks/'
	install -d '$(dir $(bash_completion))' '$(dir $(zsh_completion))' '$(dir $(fish_completion))'
	install -m 644 packaging/completion/seeother.bash '$(bash_completion)'
	install -m 644 packaging/completion/_seeother '$(zsh_completion)'
	install -m 644 packaging/completion/seeother.fish '$(fish_completion)'

# The user, the data folder and the units; "systemctl daemon-reload" and "systemd-sysusers" come afterwards.
install-systemd:
	install -d '$(DESTDIR)$(UNITDIR)' '$(DESTDIR)$(PREFIX)/lib/sysusers.d' '$(DESTDIR)$(PREFIX)/lib/tmpfiles.d' '$(shared)/systemd'
	$(foreach unit,$(UNITS_SYSTEMD),sed 's|/usr/bin/seeother|$(PREFIX)/bin/seeother|' $(unit) >'$(DESTDIR)$(UNITDIR)/$(notdir $(unit))' && \
		chmod 644 '$(DESTDIR)$(UNITDIR)/$(notdir $(unit))' &&) true
	install -m 644 packaging/systemd/setgid-mail.conf '$(shared)/systemd/'
	install -m 644 packaging/systemd/sysusers.conf '$(DESTDIR)$(PREFIX)/lib/sysusers.d/seeother.conf'
	install -m 644 packaging/systemd/tmpfiles.conf '$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/seeother.conf'

# The configuration and the data are the owner's; only what install and install-systemd brought goes.
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/seeother' '$(bash_completion)' '$(zsh_completion)' '$(fish_completion)'
	rm -f '$(DESTDIR)$(PREFIX)/lib/sysusers.d/seeother.conf' '$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/seeother.conf' '$(shared)/systemd/setgid-mail.conf'
	rm -f $(foreach unit,$(notdir $(UNITS_SYSTEMD)),'$(DESTDIR)$(UNITDIR)/$(unit)')
	$(foreach manual,$(MANUALS),rm -f '$(call manual_folder,$(manual))/$(notdir $(manual))' &&) true
	rm -f '$(shared)/config.ini' $(foreach file,$(LANGUAGE_FILES),'$(shared)/$(file)') $(foreach file,$(TASKS),'$(shared)/tasks/$(notdir $(file))') \
		$(foreach file,$(SERVERS),'$(shared)/servers/$(notdir $(file))')
	for folder in languages servers tasks systemd; do \
		[ ! -d '$(shared)'/$$folder ] || rmdir -p --ignore-fail-on-non-empty '$(shared)'/$$folder; done

# Downloads libraries for each processor: minutes, and no part of make test.
other-processors:
	@tests/need $(BUILD_PACKAGES) $(CROSS_PACKAGES)
	@PYTHONDONTWRITEBYTECODE=1 tests/processors

# Downloads two bare systems: minutes, and no part of make test.
try-deb:
	@tests/need $(TRY_PACKAGES)
	@packaging/try-deb

# Downloads a bare system for the containers.
try-packages:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(OTHER_PACKAGES)
	@packaging/try-packages

# Minutes, and no part of make test. SHORT=yes leaves out what does TLS in front, and leaves the table as it is.
try-servers:
	@tests/need $(BUILD_PACKAGES) $(SERVER_PACKAGES) $(TRIED_PACKAGES)
	@tests/servers/merecat $(BUILD)/merecat
	@$(MAKE) -s all
	@PATH="$$PATH:$(abspath $(BUILD))/merecat" tests/servers/run --jobs 2 $(if $(SHORT),--front none,--write)

dist:
	git archive --format=tar.gz --prefix=seeother-$(VERSION)/ -o seeother-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD) seeother seeother-static seeother-musl seeother-*.tar.gz

-include $(OBJECTS:.o=.d) $(BUMP:.o=.d) $(UNITS:=.d) $(FUZZERS:=.d) $(BUILD)/tests/fuzz/replay.d

force:

.PHONY: force all static static-musl try-musl check lint warnings fuzz fuzzers asan test faults bench bench-hosts instructions growth page-checkers pages site try-site demo demo-hosts faults-hosts install install-shared install-systemd uninstall other-processors try-deb try-packages try-servers dist clean
