# Benchmarks: tests/bench/b_NAME.c print figures of one library each.
#
#	make bench              all of them, one after the other
#	make bench BENCH=repo   one
BENCH ?= $(patsubst tests/bench/b_%.c,%,$(wildcard tests/bench/b_*.c))

bench_src := $(wildcard tests/bench/*.c)
benches := $(bench_src:tests/bench/%.c=$(B)/bench/%)

$(B)/bench/%: $(B)/tests/bench/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $^ $(ldflags) $(libs)

bench: $(benches)
	@for name in $(BENCH); do echo "== $$name"; $(B)/bench/b_$$name || \
	  exit 1; done
