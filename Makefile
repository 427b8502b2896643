# preforkd: make run, make test; `make help` lists the rest.
#
#   CC=gcc|clang|musl-gcc   STATIC=1   SANITIZE=1   BUILD=build   CONF=conf/unix.conf
#   DESTDIR= PREFIX=/usr/local

CC      = gcc
BUILD   = build
CONF    = conf/unix.conf
PREFIX  = /usr/local
DESTDIR =
SYSCONFDIR = $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)

version  := 0.1.0
programs := preforkd preforkcall preforkload

# What a person may set, and what the project needs whatever they set.
CFLAGS   = -O2 -g
warnings := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wcast-qual -Wformat=2 -Wconversion \
            -Wundef -Wvla-larger-than=4096 -Werror
cppflags := -D_GNU_SOURCE -I. -DVERSION='"$(version)"'
cflags   := -std=gnu11 $(warnings) -fno-common
ldflags  :=

ifdef SANITIZE
cflags  += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ldflags += -fsanitize=address,undefined
else
cppflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
cflags   += -fstack-protector-strong -fstack-clash-protection \
            $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
endif

ifdef STATIC
cflags  += -fPIE
ldflags += -static-pie
else
cflags  += -fPIE
ldflags += -pie
endif
ldflags += -Wl,-z,relro,-z,now

# musl-gcc sees musl's headers alone; the kernel's are looked for last, behind them.
ifneq ($(findstring musl,$(CC)),)
cppflags += -idirafter /usr/include -idirafter /usr/include/$(shell uname -m)-linux-gnu
endif

sources   := $(wildcard common/*.c server/*.c server/services/*.c client/*.c tests/unit/*.c tests/helpers/*.c)
objects    = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
common    := $(call objects,$(wildcard common/*.c))
server    := $(call objects,$(wildcard server/*.c server/services/*.c))
call      := $(call objects,client/call.c client/target.c)
load      := $(call objects,client/target.c $(wildcard client/load*.c))
units     := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
helpers   := $(patsubst tests/helpers/%.c,$(BUILD)/tests/%,$(wildcard tests/helpers/*.c))

.PHONY: all help run load deps test test-programs check format install uninstall clean FORCE
.DELETE_ON_ERROR:

all: $(addprefix $(BUILD)/,$(programs))

help:
	@sed -n 's/^#: //p' Makefile

#: make              build the programs into build/
#: make run          start the master in the foreground (CONF=conf/inet.conf for inet)
#: make load         run the client load scripts, each against a master of its own
#: make deps         install what the tests need (as root)
#: make test         run the tests
#: make check        look for mistakes without running: compilers, linters, the house's rules
#: make format       lay the code out as .clang-format says
#: make install      programs, manual pages, examples (PREFIX, DESTDIR); uninstall takes them away
#: make clean        remove build/

$(BUILD)/preforkd: $(server)
$(BUILD)/preforkcall: $(call)
$(BUILD)/preforkload: $(load)
$(addprefix $(BUILD)/,$(programs)): $(common)
	$(CC) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS) $^ -o $@

# The units under test are linked without the server's main.
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(common) $(filter-out %/server/main.o,$(server))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS) $^ -o $@
$(BUILD)/tests/%: $(BUILD)/obj/tests/helpers/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS) $^ -o $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) -MMD -MP -c $< -o $@

# Other flags or another compiler: everything is built again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS)' | cmp -s - $@ || \
	 echo '$(CC) $(CPPFLAGS) $(cppflags) $(CFLAGS) $(cflags) $(ldflags) $(LDFLAGS)' > $@

-include $(patsubst %.o,%.d,$(call objects,$(sources)))

clean:
	rm -rf build
	@test '$(BUILD)' = build || rm -rf '$(BUILD)'
