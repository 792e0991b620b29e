# Fuzz targets: tests/fuzz/f_NAME.c with inputs in tests/fuzz/corpus/NAME.
#
#   make fuzz                       each for FUZZ_SECONDS, with libFuzzer
#   make fuzz FUZZ="json gzip"      only these
#
# New inputs gather in build/fuzz/NAME.  The corpora are replayed by
# tests/check/c_corpus in every variant, so `make check` runs them too.
FUZZ_SECONDS ?= 30
FUZZ_CC ?= clang
FUZZ ?= $(patsubst tests/fuzz/f_%.c,%,$(wildcard tests/fuzz/f_*.c))

fuzz_src := $(wildcard tests/fuzz/f_*.c)
replays := $(fuzz_src:tests/fuzz/%.c=$(B)/replay/%)
fuzzers := $(FUZZ:%=$(B)/fuzz/f_%)

units: $(replays)

$(B)/replay/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $^ $(ldflags) $(libs)

$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -fsanitize=fuzzer -o $@ $^ $(ldflags) $(libs)

.PHONY: fuzz-run
fuzz:
	@$(MAKE) -s CC="$(FUZZ_CC)" SAN=fuzzer-no-link,address,undefined \
	  fuzz-run

fuzz-run: $(fuzzers)
	@for name in $(FUZZ); do \
	  mkdir -p build/fuzz/$$name; \
	  nice $(B)/fuzz/f_$$name -max_total_time=$(FUZZ_SECONDS) \
	    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/crash-$$name- build/fuzz/$$name \
	    tests/fuzz/corpus/$$name >build/fuzz/$$name.log 2>&1 || { \
	    tail -n 40 build/fuzz/$$name.log; exit 1; }; \
	  printf '%s: %s runs\n' $$name "$$(sed -n \
	    's/^stat::number_of_executed_units: *//p' \
	    build/fuzz/$$name.log)"; \
	done
