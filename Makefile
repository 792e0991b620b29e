# weir: one Makefile, no recursion, no configure step.
#
#   make                 build/release/bin/…, linked as build/bin/…
#   make check           unit tests, corpora and the checks of the tree
#   make SAN=address,undefined check      the same under sanitizers (clang)
#   make eval | bench | fuzz | install
#
# Knobs: SAN= O= CC= PREFIX= DESTDIR= V=1

PREFIX ?= /usr/local
DESTDIR ?=
O ?= -O2
SAN ?=
V ?=

comma := ,
variant := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),release)
B := build/$(variant)
ifneq ($(SAN),)
ifeq ($(origin CC),default)
CC := clang
endif
endif

pkgs := libzmq msgpack rocksdb libmicrohttpd zlib libsodium libpcre2-8 \
  libutf8proc
warn := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
  -Wwrite-strings -Wcast-qual -Wvla -Wformat=2 -Wswitch-enum -Wundef -Werror
hard := -fno-common -fstack-protector-strong -fvisibility=hidden -fPIE \
  $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer \
    -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2)
cflags := -std=c11 -D_GNU_SOURCE -Ilib -Itests -g $(O) $(warn) $(hard) \
  $(shell pkg-config --cflags $(pkgs)) $(CFLAGS)
ldflags := -pie -Wl,-z,relro,-z,now -Wl,--as-needed \
  $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)

lib_src := $(wildcard lib/*/*.c)
lib_obj := $(lib_src:%.c=$(B)/%.o)
tools := $(notdir $(patsubst %/,%,$(wildcard cmd/*/)))
unit_src := $(wildcard tests/unit/*.c)
units := $(unit_src:tests/unit/%.c=$(B)/unit/%)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib tools units check fuzz eval bench install clean

all: tools
tools: $(tools:%=$(B)/bin/%) build/bin
units: $(units)

# build/bin always points at the programs of the release variant.
build/bin:
	@mkdir -p build/release/bin && ln -sfn release/bin $@

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(cflags) $(EXTRA_$(subst /,_,$*)) -MMD -MP -c $< -o $@

# .incbin is not seen by -MMD.
$(B)/lib/prices/builtin.o: lib/prices/prices.tsv

$(B)/lib.a: $(lib_obj)
	$(call say,AR)rm -f $@ && ar rcs $@ $^

# A tool links lib.a and, by --as-needed, only the libraries that the objects
# it pulled in really use; tests/check/links holds DESIGN's table against it.
libs = $(shell pkg-config --libs $(pkgs)) -lstemmer -lpthread -lm

define tool
$(B)/bin/$(1): $$(patsubst %.c,$(B)/%.o,$$(wildcard cmd/$(1)/*.c)) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CC) -o $$@ $$^ $(ldflags) $$(libs)
endef
$(foreach t,$(tools),$(eval $(call tool,$(t))))

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -o $@ $^ $(ldflags) $(libs)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

check: all units
	@tests/check/run $(B)

# Programs and manual pages; DESTDIR is for those who make packages.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(tools:%=$(B)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard cmd/*/*.1) \
	  $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(wildcard cmd/*/*.8) \
	  $(DESTDIR)$(PREFIX)/share/man/man8

clean:
	rm -rf build

-include tests/*.mk scripts/*.mk
