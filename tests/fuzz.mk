# make fuzz: libFuzzer's targets under clang's sanitizers, as many at a time as there are processors. Each
# runs the inputs in tests/fuzz/seeds first, then others for FUZZ_TIME seconds. What it finds is in
# $(BUILD)/fuzz/found, and the inputs that are worth keeping for the next run in $(BUILD)/fuzz/corpus.

targets := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

# What the targets use, compiled once: each is linked with what of it it needs, and a function that a target
# defines itself is not taken from here.
fuzzed  := $(call rooms,common server/net server/scoreboard client/control) client/load/report/json_read.c client/web/accept.c client/web/host.c client/web/request.c \
           $(addprefix server/control/,actions.c client.c command.c dispatch.c reply.c) \
           $(addprefix server/upgrade/,handover.c takeover_state.c) \
           $(addprefix server/worker/connection/,access_table.c networks.c proxy_header.c)
fuzz-library := $(BUILD)/fuzzed.a

.PHONY: fuzz fuzz-all $(targets:%=fuzz-%)

# In a make of its own, with other flags.
fuzz:
	@$(MAKE) --no-print-directory -s -k -j$$(nproc) BUILD='$(BUILD)/fuzz' CC=clang SANITIZE=1 STATIC= \
		CFLAGS='-O1 -gline-tables-only -fsanitize=fuzzer-no-link' LDFLAGS= fuzz-all

fuzz-all: $(targets:%=fuzz-%)

$(fuzz-library): $(call objects,$(fuzzed)) $(BUILD)/sources
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(targets:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/obj/tests/fuzz/%.o $(fuzz-library)
	@$(CC) $(ldflags) -fsanitize=fuzzer $^ -o $@

$(targets:%=fuzz-%): fuzz-%: $(BUILD)/%
	@mkdir -p $(BUILD)/corpus/$* $(BUILD)/found $(BUILD)/run
	@cd $(BUILD)/run && ../$* -max_total_time=$(FUZZ_TIME) -timeout=10 -max_len=$(longest) -verbosity=0 \
		-print_final_stats=1 -artifact_prefix=../found/$*- ../corpus/$* $(seeds) > ../$*.log 2>&1 || \
		{ tail -n 40 ../$*.log; echo 'fuzz: $*: see $(BUILD)/found'; exit 1; }
	@echo "fuzz: $*: $$(sed -n 's/^stat::number_of_executed_units: *//p' $(BUILD)/$*.log) inputs, all is well"

seeds = $(abspath tests/fuzz/seeds/$* $(if $(filter config,$*),conf))
# The longest input, in bytes: what is longer is refused for its length alone.
longest = $(or $(longest_$*),400)
longest_access_table := 1024
longest_config   := 4096
longest_handover := 4096
longest_reply    := 4096
longest_request  := 8400
longest_scoreboard := 1100

-include $(targets:%=$(BUILD)/obj/tests/fuzz/%.d)
