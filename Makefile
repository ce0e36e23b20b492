# HookWise for Apache. Hand-written, one Makefile for the whole tree.
#
#   make            build everything into build/
#   make run        install what is missing, build, start a private stack, show it working
#   make start|stop|status|clean-run   the private stack in run/
#   make test       install what the tests need, build, prove -r t
#   make install DESTDIR= PREFIX=      asan  bench  fuzz  check  deps  clean

BUILD  ?= build
PREFIX ?= /usr/local
CC     ?= cc
APXS   ?= $(shell command -v apxs || command -v apxs2 || echo apxs)
PERL   ?= perl

# Asked only when something is compiled, so that "make deps" works before anything is installed.
PKGS       = json-c libpcre2-8 libcrypto hiredis
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) libpq)
APR_CFLAGS = $(shell apr-1-config --includes --cppflags)
AP_CFLAGS  = -I$(shell $(APXS) -q INCLUDEDIR)
BASE_LIBS  = $(shell pkg-config --libs $(PKGS)) -lcrypt
APR_LIBS   = $(shell apr-1-config --link-ld --libs)
PQ_LIBS    = $(shell pkg-config --libs libpq)
CURL_LIBS  = $(shell pkg-config --libs libcurl)

WARN   = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
CFLAGS ?= -O2 -g
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2
ALLCFLAGS = -std=gnu11 $(CFLAGS) $(WARN) -fPIC -fvisibility=hidden -I. $(APR_CFLAGS) $(PKG_CFLAGS) $(EXTRA)
LDFLAGS ?= -Wl,-z,relro,-z,now

SANITIZE ?= address,undefined

COMMON  := $(wildcard common/*.c)
MODULE  := $(wildcard mod_hookwise/*.c)
CTL     := $(wildcard hookwised/ctl_*.c) $(wildcard hookwised/ctl.c)
DAEMON  := $(filter-out $(CTL),$(wildcard hookwised/*.c))
CGI     := $(wildcard htdocs/cgi/*.c)
UNIT    := $(wildcard t/unit/*.c)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
san = $(patsubst %.c,$(BUILD)/san/%.o,$(1))

PRODUCTS := $(BUILD)/hookwised $(BUILD)/hookwisectl $(BUILD)/mod_hookwise.so
ifneq ($(CGI),)
PRODUCTS += $(BUILD)/hookwise.cgi
endif

all: $(PRODUCTS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALLCFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<

$(BUILD)/obj/mod_hookwise/%.o: mod_hookwise/%.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALLCFLAGS) $(HARDEN) $(AP_CFLAGS) -MMD -MP -c -o $@ $<

# The migrations become part of the programs.
SQL := $(wildcard sql/[0-9]*.sql)
$(BUILD)/gen/migrations.c: sql/embed.pl $(SQL)
	@mkdir -p $(@D)
	@$(PERL) sql/embed.pl $(SQL) > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/gen/migrations.o: $(BUILD)/gen/migrations.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALLCFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<

$(BUILD)/libhookwise.a: $(call obj,$(COMMON)) $(BUILD)/obj/gen/migrations.o
	@rm -f $@
	@ar rcs $@ $^

# The module takes from the archive what it uses: no libpq, no libcurl (t/ checks it).
$(BUILD)/mod_hookwise.so: $(call obj,$(MODULE)) $(BUILD)/libhookwise.a
	@echo "  LINK $@"
	@$(CC) -shared $(LDFLAGS) -Wl,--exclude-libs,ALL -o $@ $^ $(BASE_LIBS)

$(BUILD)/hookwised: $(call obj,$(DAEMON)) $(BUILD)/libhookwise.a
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(CURL_LIBS) $(APR_LIBS) -lpthread

$(BUILD)/hookwisectl: $(call obj,$(CTL)) $(BUILD)/libhookwise.a
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

$(BUILD)/hookwise.cgi: $(call obj,$(CGI)) $(BUILD)/libhookwise.a
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

# --- unit tests: compiled with sanitizers, TAP on stdout -----------------------------------------
$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $< ($(SANITIZE))"
	@$(CC) $(ALLCFLAGS) -O1 -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -MMD -MP -c -o $@ $<

$(BUILD)/san/gen/migrations.o: $(BUILD)/gen/migrations.c
	@mkdir -p $(@D)
	@echo "  CC   $< ($(SANITIZE))"
	@$(CC) $(ALLCFLAGS) -O1 -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -MMD -MP -c -o $@ $<

$(BUILD)/san/libhookwise.a: $(call san,$(COMMON)) $(BUILD)/san/gen/migrations.o
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/t/%: $(BUILD)/san/t/unit/%.o $(BUILD)/san/t/lib/tap.o $(BUILD)/san/libhookwise.a
	@mkdir -p $(@D)
	@$(CC) -fsanitize=$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

UNITBIN := $(patsubst t/unit/%.c,$(BUILD)/t/%,$(UNIT))
unit: $(UNITBIN)
	@for t in $(UNITBIN); do ln -sf $(abspath $(BUILD))/t/$$(basename $$t) t/unit/$$(basename $$t).t; done

.SECONDARY:
.PHONY: all unit clean
clean:
	rm -rf $(BUILD) t/unit/*.t

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
