# make check: what can be found without running the programs. Each check-NAME stands for itself;
# stamps under $(BUILD)/check keep a second run short.

# BUILT=clang leaves that out: where all is compiled by it anyway, with WERROR=1, as .ci/run does.
checks  := $(filter-out $(BUILT),gcc clang tidy cppcheck shellcheck mandoc format deb house words)
checked := $(sources) $(wildcard tests/fuzz/*.c)
headers := $(sort $(shell find common server client tests -name '*.h'))
scripts := $(wildcard .ci/run tests/run tests/*.sh tests/*.bats tests/*.bash tests/helpers/*.bash tests/shown/*.bash tests/shown/*.bats tests/shown/systemd-root tests/bench/peers/* client/*.bash) $(filter-out %.md,$(wildcard client/scenarios/*)) conf/run.sh client/web/embed.sh conf/s6/run \
           $(addprefix conf/debian/,build.sh postinst prerm postrm) \
           $(filter-out %.c %.md %.svg %/peers,$(wildcard tests/bench/*)) tests/faults/run tests/faults/inject $(wildcard tests/faults/*.ba*)
tidied  := $(checked:%.c=$(BUILD)/check/clang-tidy/%.ok)

.PHONY: objects $(checks:%=check-%)

# -k: all of what is wrong at once.
check:
	@$(MAKE) --no-print-directory -k -j$$(nproc) $(checks:%=check-%)
	@echo 'check: all is well'

objects: $(call objects,$(checked))

# The analyzer loses sight of memory and, from gcc 14 on, of descriptors that go into a structure.
# LeakSanitizer and valgrind see the former, and each test counts descriptors at its end.
analyzed := BUILD='$(BUILD)/check/gcc' CC=gcc WERROR=1 CFLAGS='-O2 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-fd-leak'
check-gcc:
	@$(MAKE) --no-print-directory -s $(analyzed) objects

# Clang's warnings come before it optimizes: it need not.
check-clang:
	@$(MAKE) --no-print-directory -s BUILD='$(BUILD)/check/clang' CC=clang WERROR=1 CFLAGS='-O2 -emit-llvm -Xclang -disable-llvm-passes' objects

# How many states of a function the analyzer looks at. Its default is 225000, at four times the time, a third of all that
# .ci/run computes; of 1,072 functions 114 have more than 60000, and beyond that it reached a line that it had not seen
# in these four alone (its debug.Stats). `make check STATES=225000` is the default for all.
STATES  = 60000
deeper := client/load/plan.c common/config/words.c tests/fuzz/handover.c tests/unit/sandbox.c
states  = -Xclang -analyzer-config -Xclang max-nodes=$(if $(filter $(deeper),$(1)),225000,$(STATES))

check-tidy: $(tidied)

$(tidied): $(BUILD)/check/clang-tidy/%.ok: %.c $(headers) .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' $< -- $(cppflags) -std=gnu11 $(call states,$<) 2> $@.log || \
	 { cat $@.log >&2; exit 1; }
	@touch $@

# A test may crash where there is no memory; how far cppcheck looked is no finding.
unheeded := nullPointerArithmeticRedundantCheck:tests/* nullPointerOutOfMemory:tests/* \
            nullPointerArithmeticOutOfMemory:tests/* normalCheckLevelMaxBranches
check-cppcheck:
	@mkdir -p $(BUILD)/check/cppcheck
	@cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
	 $(addprefix --suppress=,$(unheeded)) --error-exitcode=1 -j2 --cppcheck-build-dir=$(BUILD)/check/cppcheck -D_GNU_SOURCE -I. -Iserver/service $(checked)

# What helpers/common.bash and bats set is unknown to it in the tests (SC2154).
check-shellcheck:
	@shellcheck -x $(filter-out %.bats,$(scripts))
	@shellcheck -x -e SC2154 $(filter %.bats,$(scripts))

check-mandoc:
	@test -z '$(manuals)' || mandoc -T lint -W warning $(manuals)

# Releases of clang-format lay the same style out differently: this one decides.
formatter := 14
check-format:
	@found=$$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/'); \
	 if test "$$found" = $(formatter); then clang-format --dry-run -Werror $(checked) $(headers); \
	 else echo "check: formatting is not checked: it takes clang-format $(formatter), this is $$found"; fi

# The package is linked from the objects that are there.
check-deb: check-gcc
	@if command -v lintian > /dev/null; then \
	   $(MAKE) --no-print-directory -s $(analyzed) deb > $(BUILD)/check/deb.log && \
	   lintian --allow-root --fail-on error $$(tail -n 1 $(BUILD)/check/deb.log); \
	 else echo 'check: the package is not looked at: there is no lintian'; fi

# The arrows are looked up in the objects as well.
check-house: check-gcc
	@BUILD='$(BUILD)/check/gcc' bash tests/check.sh

check-words:
	@bash tests/words.sh
