# Benchmarks: tests/bench/b_NAME.c print figures of one library each, and
# scripts/bench, called pipeline here, measures all processes together.
#
#	make bench                  all of them, one after the other
#	make bench BENCH=pipeline   one
BENCH ?= $(patsubst tests/bench/b_%.c,%,$(wildcard tests/bench/b_*.c)) pipeline

bench_src := $(wildcard tests/bench/*.c)
benches := $(bench_src:tests/bench/%.c=$(B)/bench/%)

$(B)/bench/%: $(B)/tests/bench/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $^ $(ldflags) $(libs)

bench: all $(benches)
	@for name in $(BENCH); do echo "== $$name"; case $$name in \
	  pipeline) scripts/bench ;; *) $(B)/bench/b_$$name ;; esac || \
	  exit 1; done
