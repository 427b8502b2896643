# preforkd: make run, make test; `make help` lists the rest.
#
#   CC=gcc|clang|musl-gcc   STATIC=1   SANITIZE=1   BUILD=build   CONF=conf/unix.conf
#   DESTDIR= PREFIX=/usr/local   TESTS=FILES SUITE=all FUZZ_TIME=30   SHOWN=tests/shown ARTICLE=../shared/article.txt

# No rule here is one of make's own, among which it looked for the way to each of the files that it includes.
MAKEFLAGS += --no-builtin-rules

CC      = gcc
BUILD   = build
CONF    = conf/unix.conf
PREFIX  = /usr/local
DESTDIR =
SYSCONFDIR = $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)

version  := 0.1.0
programs := preforkd preforkcall preforkload preforkctl

# V=1 shows whole commands; WERROR=1, as the checks set it, lets no warning pass.
hide := $(if $(V),,@)

# What a person may set, and what the project needs whatever they set.
# The sanitizers find the same in half the time of a build where less is optimized away.
CFLAGS   = $(if $(SANITIZE),-O1,-O2) -g
warnings := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wcast-qual -Wformat=2 -Wconversion \
            -Wundef $(if $(WERROR),-Werror) $(if $(findstring clang,$(CC)),,-Wvla-larger-than=4096)
# In every build: a failure without its reason, and one that is not looked at (common/failure.h).
refused  := -Werror=unused-result -Werror=int-conversion -Werror=incompatible-pointer-types
cppflags := -D_GNU_SOURCE -I. -Iserver/service -DVERSION='"$(version)"'
cflags   := -std=gnu11 $(warnings) $(refused) -fno-common '-ffile-prefix-map=$(CURDIR)=.'
ldflags  :=

ifdef SANITIZE
# At -O1 gcc does not see that a length is compared with the room for it.
cflags  += $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
cflags  += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ldflags += -fsanitize=address,undefined
else
cppflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
cflags   += -fstack-protector-strong -fstack-clash-protection \
            $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
endif

ifdef STATIC
# musl-gcc's specs know no static PIE: they would link a dynamic one.
cppflags += -DSTATIC_BUILD=1
static  := $(if $(findstring musl,$(CC)),-static -no-pie,-static-pie)
cflags  += $(if $(findstring musl,$(CC)),-fno-pie,-fPIE)
ldflags += $(static)
else
cflags  += -fPIE
ldflags += -pie
endif
ldflags += -Wl,-z,relro,-z,now

# musl-gcc sees musl's headers alone; the kernel's are looked for last, behind them.
ifneq ($(findstring musl,$(CC)),)
cppflags += -idirafter /usr/include -idirafter /usr/include/$(shell uname -m)-linux-gnu
endif

TESTS     =
SUITE     = all
FUZZ_TIME = 30
SHOWN     = tests/shown
ARTICLE   = ../shared/article.txt

# The C files of the programs; rooms FOLDER...: those below these folders.
product   := $(sort $(shell find common server client -name '*.c'))
rooms      = $(foreach folder,$(1),$(filter $(folder)/%,$(product)))
sources   := $(call rooms,common server client) $(wildcard tests/unit/*.c tests/helpers/*.c tests/helpers/*/*.c tests/hostile/*.c tests/modules/*.c tests/bench/*.c conf/examples/module/*.c)
objects    = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
common    := $(call objects,$(call rooms,common))
server    := $(call objects,$(call rooms,server))
call      := $(call objects,$(call rooms,client/call client/shared))
load      := $(call objects,$(call rooms,client/load client/shared))
page      := $(BUILD)/obj/page.o
ctl       := $(call objects,$(call rooms,client/ctl client/web client/control client/shared)) $(page)
units     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
helpers   := $(patsubst tests/helpers/%.c,$(BUILD)/tests/%,$(wildcard tests/helpers/*.c))
benches   := $(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c))
hostile   := $(BUILD)/tests/preforkd_hostile
# Shared objects, which a static preforkd cannot load.
modules   := $(if $(STATIC),,$(patsubst %.c,$(BUILD)/tests/modules/%.so,$(notdir $(wildcard tests/modules/*.c conf/examples/module/*.c))))
files     := $(addprefix $(BUILD)/,$(programs)) $(units) $(helpers) $(benches) $(hostile)

manuals   := $(wildcard server/*.8 server/*.5 server/service/*.3 client/*.1)
# Below examples/ each lies in a folder of its own, but for the two files that show every key.
examples   = $(shell find conf/examples conf/container conf/logrotate conf/s6 -type f | sort) conf/inet.conf conf/unix.conf
sbindir   := $(DESTDIR)$(PREFIX)/sbin
bindir    := $(DESTDIR)$(PREFIX)/bin
mandir    := $(DESTDIR)$(PREFIX)/share/man
docdir    := $(DESTDIR)$(PREFIX)/share/doc/preforkd
tabdir    := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
unitdir   := $(DESTDIR)$(PREFIX)/lib/systemd/system
incdir    := $(DESTDIR)$(PREFIX)/include/preforkd
pcdir     := $(DESTDIR)$(PREFIX)/share/pkgconfig
services  := $(wildcard conf/systemd/*.service conf/systemd/*.socket)
confdir   := $(DESTDIR)$(SYSCONFDIR)/preforkd

.PHONY: all help run load deps deps-check deps-web test test-programs shown faults faults-publish bench bench-peers bench-publish check format install uninstall container dist clean FORCE
.DELETE_ON_ERROR:

all: $(addprefix $(BUILD)/,$(programs))

help:
	@sed -n 's/^#: //p' Makefile

#: make              build the programs into build/
#: make run          start the master in the foreground (CONF=conf/inet.conf for inet)
#: make load         run the client load scripts briefly, each against a master of its own
#: make deps         install what the tests need (as root); deps-check what make check needs as well, deps-web a browser
#: make test         run the tests (TESTS=tests/config.bats for one file; tests/run has the suites)
#: make shown        show the figures that the tests promise, at full scale (SHOWN=tests/shown/04-kills.bats)
#: make bench        measure preforkd against a bare loop and other servers (BENCH='unix inet' BENCH_PAIRS=5)
#: make faults       reloads, upgrades, deaths under load: what was lost, as a table (faults-publish: in tests/faults/RESULTS.md)
#: make bench-peers  install those servers and gnuplot (as root); bench-publish puts the figures into tests/bench/RESULTS.md
#: make check        look for mistakes without running: compilers, linters, the house's rules
#: make fuzz         feed what reads the words of others with anything for FUZZ_TIME=30 seconds each (tests/fuzz)
#: make format       lay the code out as .clang-format says
#: make install      programs, manual pages, examples, completion, the header for services in C (PREFIX, DESTDIR); uninstall takes them away
#: make container    what a container's image holds, as a bundle for runc and systemd-nspawn: build/container (CC=musl-gcc STATIC=1)
#: make dist         a tarball of the commit, the same bytes each time: build/preforkd-VERSION.tar.gz
#: make deb          a package for Debian, build/preforkd_VERSION_ARCHITECTURE.deb (conf/debian)
#: make clean        remove build/

$(BUILD)/preforkd: $(server) $(common)
$(BUILD)/preforkcall: $(call) $(common)
$(BUILD)/preforkload: $(load) $(common)
$(BUILD)/preforkctl: $(ctl) $(common)

# The units under test are linked with what they need of all but the server's main: 70 programs with everything in them
# took as long as half of the compiling.
library := $(BUILD)/preforkd.a
$(library): $(filter-out %/server/main.o,$(server)) $(common) $(BUILD)/sources
	@rm -f $@
	@ar rcsT $@ $(filter %.o,$^)

$(units): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(library)
$(addprefix $(BUILD)/tests/unit/,check json_read progress verdict): $(call objects, \
	client/shared/format.c $(addprefix client/load/,histogram.c $(addprefix report/,chart.c check.c metrics.c json_read.c progress.c quantity.c verdict.c)))
$(addprefix $(BUILD)/tests/unit/,scoreboard standing terminal top_view why): $(call objects, \
	client/shared/format.c $(addprefix client/control/why/,clauses.c notices.c past.c situations.c why.c) \
	$(addprefix client/ctl/view/,scoreboard.c sparkline.c top_view.c layout.c worker_list.c columns.c))
$(BUILD)/tests/unit/terminal: $(call objects,client/shared/program.c client/control/reading.c client/ctl/view/terminal.c client/ctl/view/top.c)
$(BUILD)/tests/unit/snapshot: $(call objects,client/control/snapshot.c client/control/source_lines.c)
$(addprefix $(BUILD)/tests/unit/,host request): $(call objects,client/web/accept.c client/web/host.c client/web/request.c)
$(BUILD)/tests/unit/histogram: $(call objects,client/load/histogram.c)
$(helpers): $(BUILD)/tests/%: $(BUILD)/obj/tests/helpers/%.o $(library)
$(BUILD)/tests/client: $(call objects,$(wildcard tests/helpers/client/*.c))
$(benches): $(BUILD)/tests/%: $(BUILD)/obj/tests/bench/%.o
# The server with a service that attacks it, which no other program has.
$(hostile): $(filter-out %/service/service.o,$(server)) $(common) $(call objects,$(wildcard tests/hostile/*.c))

# One is never written over: a process that has loaded it would run what it is then.
vpath %.c tests/modules conf/examples/module
$(modules): $(BUILD)/tests/modules/%.so: %.c $(BUILD)/flags server/service/preforkd/service.h
	@mkdir -p $(@D)
	@$(if $(V),,echo 'link $@')
	$(hide)$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) -fPIC -shared $(filter -fsanitize%,$(ldflags)) $(LDFLAGS) $(filter %.c,$^) -o $@.new && mv $@.new $@

# tcpserver starts it for each connection: a dynamic one takes longer to start than to run.
$(BUILD)/tests/handler: private ldflags := $(if $(SANITIZE)$(STATIC),$(ldflags),-static)

# A source file that comes or goes changes no object that is there, and yet the programs.
$(files): $(BUILD)/sources
	@mkdir -p $(@D)
	@$(if $(V),,echo 'link $@')
	$(hide)$(CC) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) -o $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo 'compile $<')
	$(hide)$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) -MMD -MP -c $< -o $@

# The page that preforkctl http serves. Compiled as standard input, so that the object is the same wherever it is built.
$(BUILD)/page.c: client/web/embed.sh $(wildcard client/web/page/*)
	@mkdir -p $(@D)
	@sh client/web/embed.sh client/web/page > $@

$(page): $(BUILD)/page.c client/web/page.h $(BUILD)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo 'compile $<')
	$(hide)$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) -x c -c - < $< -o $@

# Other flags or another compiler: everything is built again.
$(BUILD)/flags: text = $(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS)
$(BUILD)/sources: text = $(sources)
$(BUILD)/flags $(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(text)' | cmp -s - $@ || echo '$(text)' > $@

-include $(patsubst %.o,%.d,$(call objects,$(sources)))

# make stays the parent; run.sh becomes the master, so that Ctrl-C and signals reach the master itself.
run: all
	@exec env BUILD='$(BUILD)' sh conf/run.sh '$(CONF)'

load: all
	@BUILD='$(abspath $(BUILD))' client/scenarios/all

deps:
	@sh tests/deps.sh

deps-check:
	@sh tests/deps.sh check

deps-web:
	@sh tests/deps.sh web

test-programs: all $(units) $(helpers) $(benches) $(hostile) $(modules)

test:
	@command -v bats > /dev/null || { echo "bats is missing: run 'sudo make deps'" >&2; exit 2; }
	@$(MAKE) --no-print-directory test-programs
	@BUILD='$(abspath $(BUILD))' $(if $(strip $(TESTS)),bats $(TESTS),tests/run $(SUITE))

# About 15 minutes, alone on the machine: what it shows are times and rates.
shown:
	@BATS_TEST_TIMEOUT=180 $(MAKE) --no-print-directory test TESTS='$(SHOWN)' \
		ARTICLE='$(abspath $(ARTICLE))'

# About 8 minutes. The table is in build/faults.md, make faults-publish puts it into tests/faults/RESULTS.md.
faults: test-programs
	@BUILD='$(abspath $(BUILD))' tests/faults/run

faults-publish:
	@BUILD='$(abspath $(BUILD))' tests/faults/run publish

# About 30 minutes, alone on the machine. tests/bench/run says what may be set.
bench: test-programs
	@BUILD='$(abspath $(BUILD))' tests/bench/run

bench-peers:
	@sh tests/bench/peers.sh

bench-publish:
	@BUILD='$(abspath $(BUILD))' tests/bench/publish

include conf/debian/deb.mk
include tests/check.mk
include tests/fuzz.mk

format:
	clang-format -i $(checked) $(headers)

# place FILE,TARGET: install FILE, and note it in $$@; placed gives all that is noted the paths of this installation.
place  = to=$(2) && install -D -m 644 $(1) "$$to" && set -- "$$@" "$$to"
placed = sed -i 's,/usr/local/etc,@etc@,g; s,/usr/local,$(PREFIX),g; s,@etc@,$(SYSCONFDIR),g; s,@version@,$(version),' "$$@"

install: all
	install -d '$(sbindir)' '$(bindir)' '$(confdir)'
	install $(BUILD)/preforkd '$(sbindir)'
	install $(patsubst %,$(BUILD)/%,$(filter-out preforkd,$(programs))) '$(bindir)'
	for page in $(manuals); do \
		$(call place,$$page,'$(mandir)'/man$${page##*.}/$${page##*/}) || exit; \
	done; \
	for file in $(examples); do \
		name=$${file#conf/}; \
		$(call place,$$file,'$(docdir)/examples'/$${name#examples/}) || exit; \
	done; \
	for unit in $(services); do $(call place,$$unit,'$(unitdir)'/$${unit##*/}) || exit; done; \
	$(call place,server/service/preforkd.pc,'$(pcdir)/preforkd.pc') || exit; \
	$(placed)
	chmod 755 '$(docdir)/examples/s6/run' '$(docdir)/examples/python/handler.py' \
		'$(docdir)/examples/resident-python/server.py' '$(docdir)/examples/fcgiwrap/hello.cgi'
	install -D -m 644 server/service/preforkd/service.h '$(incdir)/service.h'
	install -D -m 644 client/completion.bash '$(tabdir)/preforkd'
	for program in $(filter-out preforkd,$(programs)); do ln -sf preforkd '$(tabdir)'/$$program || exit; done
	test -e '$(confdir)/preforkd.conf' || install -m 644 conf/preforkd.conf '$(confdir)/preforkd.conf'

# The configuration stays: it is the operator's.
uninstall:
	rm -f '$(sbindir)/preforkd' $(patsubst %,'$(bindir)/%',$(filter-out preforkd,$(programs)))
	for page in $(manuals); do rm -f '$(mandir)'/man$${page##*.}/$${page##*/}; done
	rm -f $(patsubst %,'$(tabdir)/%',$(programs)) $(patsubst conf/systemd/%,'$(unitdir)/%',$(services))
	rm -rf '$(docdir)' '$(incdir)'
	rm -f '$(pcdir)/preforkd.pc'

# conf/container/Dockerfile copies what is in rootfs; config.json says to other engines what that file says to docker.
# /usr and /tmp are for systemd-nspawn, which takes no tree without the one, and mounts something at the other.
tree := $(BUILD)/container/rootfs
container: $(if $(STATIC),$(addprefix $(BUILD)/,preforkd preforkctl preforkcall))
	@test '$(STATIC)' || { echo 'a container has no libraries: make container CC=musl-gcc STATIC=1' >&2; exit 2; }
	install -d $(addprefix '$(tree)'/,run/preforkd usr tmp)
	install $^ '$(tree)'
	install -D -m 644 conf/container/container.conf '$(tree)/etc/preforkd/preforkd.conf'
	install -m 644 conf/container/config.json '$(BUILD)/container'

# The times in it are that of the commit, and gzip adds none; the modes are not those that a person's git is set to. What
# is changed and not committed is not in it.
dist:
	@test -e .git || { echo "make dist needs a clone: there is no .git in $$PWD" >&2; exit 1; }
	@mkdir -p '$(BUILD)'
	git -c tar.umask=0022 archive --format=tar --prefix=preforkd-$(version)/ -o '$(BUILD)/preforkd-$(version).tar' HEAD
	gzip -9nf '$(BUILD)/preforkd-$(version).tar'

clean:
	rm -rf build
	@test '$(BUILD)' = build || rm -rf '$(BUILD)'
