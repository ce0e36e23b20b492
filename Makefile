# HookWise for Apache. Hand-written, one Makefile for the whole tree.
#
#   make help       what there is to make

BUILD  ?= build
PREFIX ?= /usr/local
CC     ?= cc
APXS   ?= $(shell command -v apxs || command -v apxs2 || echo apxs)
PERL   ?= perl

# Asked once, and only when something is compiled: "make deps" works before anything is installed.
once = $(eval $(1) := $(shell $(2)))$($(1))
PKGS       = json-c libpcre2-8 libcrypto hiredis
PKG_CFLAGS = $(call once,PKG_CFLAGS,pkg-config --cflags $(PKGS) libpq)
APR_CFLAGS = $(call once,APR_CFLAGS,apr-1-config --includes --cppflags)
AP_CFLAGS  = $(call once,AP_CFLAGS,echo -I`$(APXS) -q INCLUDEDIR`)
BASE_LIBS  = $(call once,BASE_LIBS,pkg-config --libs $(PKGS); echo -lcrypt)
APR_LIBS   = $(call once,APR_LIBS,apr-1-config --link-ld --libs)
PQ_LIBS    = $(call once,PQ_LIBS,pkg-config --libs libpq)
CURL_LIBS  = $(call once,CURL_LIBS,pkg-config --libs libcurl)
FCGI_LIBS  = $(call once,FCGI_LIBS,pkg-config --libs fcgi)

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
GUI := htdocs/assets/vendor/LICENSES.txt

all: $(PRODUCTS) $(GUI) | $(BUILD)/conf

# Here, so that it does not belong to root alone after "sudo make install".
$(BUILD)/conf:
	@mkdir -p $@

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
	@$(CC) $(LDFLAGS) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(FCGI_LIBS) $(APR_LIBS)

# The libraries of the pages, fetched by npm by the lock file; without npm or network everything else
# still builds, and what is missing is said.
$(GUI): package-lock.json conf/gui/gui.mjs conf/gui/icons.list
	@sh conf/gui/gui.sh maybe

gui:
	@sh conf/gui/gui.sh build

gui-test:
	@sh conf/gui/gui.sh test

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

# Checks of stores in C, run by a test of the same folder that starts the servers.
$(BUILD)/t/store/%: $(BUILD)/san/t/store/%.o $(BUILD)/san/t/lib/tap.o $(BUILD)/san/libhookwise.a
	@mkdir -p $(@D)
	@$(CC) -fsanitize=$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

# Checks of the daemon's own parts: t/unit/hwd_*.c.
$(BUILD)/san/libhookwised.a: $(call san,$(filter-out hookwised/main.c,$(DAEMON)))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/t/hwd_%: $(BUILD)/san/t/unit/hwd_%.o $(BUILD)/san/t/lib/tap.o $(BUILD)/san/libhookwised.a $(BUILD)/san/libhookwise.a
	@mkdir -p $(@D)
	@$(CC) -fsanitize=$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(CURL_LIBS) $(APR_LIBS) -lpthread

$(BUILD)/t/%: $(BUILD)/san/t/unit/%.o $(BUILD)/san/t/lib/tap.o $(BUILD)/san/libhookwise.a
	@mkdir -p $(@D)
	@$(CC) -fsanitize=$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

UNITBIN := $(patsubst t/unit/%.c,$(BUILD)/t/%,$(UNIT))
STOREBIN := $(patsubst t/store/%.c,$(BUILD)/t/store/%,$(wildcard t/store/*.c))

# Fuzz targets: replayed over their corpora by "make test" with this compiler, searched by "make fuzz"
# with clang's libFuzzer.
FUZZ     := $(filter-out fuzz driver replay,$(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/*.c)))
FUZZ_CC  ?= clang
FUZZ_SECONDS ?= 60
fuzzobj   = $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(1))
REPLAYBIN := $(patsubst %,$(BUILD)/t/fuzz/%,$(FUZZ))

$(BUILD)/t/fuzz/%: $(BUILD)/san/t/fuzz/%.o $(BUILD)/san/t/fuzz/fuzz.o $(BUILD)/san/t/fuzz/replay.o \
    $(BUILD)/san/t/lib/tap.o $(BUILD)/san/libhookwise.a
	@mkdir -p $(@D)
	@$(CC) -fsanitize=$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(PQ_LIBS) $(APR_LIBS)

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $< (fuzz)"
	@$(FUZZ_CC) $(ALLCFLAGS) -O1 -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/libhookwise.a: $(call fuzzobj,$(COMMON))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/t/fuzz/%.o $(BUILD)/fuzz/obj/t/fuzz/fuzz.o \
    $(BUILD)/fuzz/obj/t/fuzz/driver.o $(BUILD)/fuzz/libhookwise.a
	@$(FUZZ_CC) -fsanitize=fuzzer,$(SANITIZE) -o $@ $^ $(BASE_LIBS) $(APR_LIBS)

fuzz-build: $(patsubst %,$(BUILD)/fuzz/%,$(FUZZ))

# FUZZ="json cidr" for some of them.
fuzz: deps-fuzz
	@$(submake) fuzz-build
	@sh t/fuzz/run '$(BUILD)' '$(FUZZ_SECONDS)' $(FUZZ)

unit: $(UNITBIN) $(STOREBIN) $(REPLAYBIN)
	@for t in $(UNITBIN); do ln -sf $(abspath $(BUILD))/t/$$(basename $$t) t/unit/$$(basename $$t).t; done

# --- tests ---------------------------------------------------------------------------------------
parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))
submake  = $(MAKE) --no-print-directory $(parallel)

test: deps-test
	@$(submake) all unit gui-test
	@$(submake) check
	@HW_BUILD='$(abspath $(BUILD))' prove -j2 -r t

# Findings end it with an error; what is accepted says why, where it stands. Two kinds are off: NULL at
# the end of a variadic call is a pointer on every system we build for, and "uninitialized" does not
# follow rv == APR_SUCCESS (gcc's -Wmaybe-uninitialized and the sanitizers look at that).
check:
	@echo "  cppcheck"
	@mkdir -p $(BUILD)/cppcheck
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --suppress=missingIncludeSystem --suppress=varFuncNullUB --suppress=uninitvar \
	    --library=conf/cppcheck.cfg --cppcheck-build-dir=$(BUILD)/cppcheck -j2 \
	    -I. common mod_hookwise hookwised $(wildcard htdocs/cgi) t/lib

# The whole tree with sanitizers, beside the ordinary build. Servers that load the module need
# LD_PRELOAD=$(cc -print-file-name=libasan.so); the tests see to that.
asan:
	@$(submake) BUILD=build-asan CC='$(CC) -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer' \
	    CFLAGS='-O1 -g' HARDEN=-Wno-maybe-uninitialized all

# hookwised with ThreadSanitizer, and the tests that make its threads meet.
tsan:
	@$(submake) BUILD=build-tsan CC='$(CC) -fsanitize=thread -fno-omit-frame-pointer' CFLAGS='-O1 -g' HARDEN= \
	    build-tsan/hookwised build-tsan/hookwisectl
	@HW_BUILD=build-tsan prove t/daemon/10-local.t t/daemon/20-connectwise.t t/daemon/30-faults.t \
	    t/daemon/40-restarts.t

# The crash loop for long: SOAK_ROUNDS=200, HW_CRASH_SEED=… to repeat a run.
SOAK_ROUNDS ?= 60
soak: deps-test
	@$(submake) all
	@HW_BUILD='$(abspath $(BUILD))' HW_CRASH_ROUNDS='$(SOAK_ROUNDS)' prove -v t/e2e/50-crash-loop.t

bench: deps-test deps-bench
	@$(submake) all
	@HW_BUILD='$(BUILD)' sh conf/stack/bench.sh
	@HW_BUILD='$(BUILD)' sh conf/stack/bench-psa.sh

# The admin API over a large history: BENCH_ROWS=10000000 (12 GB below /tmp).
BENCH_ROWS ?= 1000000
bench-history: deps-test
	@$(submake) all
	@HW_BUILD='$(abspath $(BUILD))' t/bench/history --rows '$(BENCH_ROWS)'

# --- the private stack ---------------------------------------------------------------------------
deps:
	@sh conf/stack/deps.sh build

deps-test: deps
	@sh conf/stack/deps.sh test

deps-fuzz: deps
	@sh conf/stack/deps.sh fuzz

deps-bench: deps
	@sh conf/stack/deps.sh bench

run start: deps
	@$(submake) -s all
	@HW_BUILD='$(BUILD)' sh conf/stack/stack.sh $@

stop status clean-run:
	@sh conf/stack/stack.sh $@

# --- installation --------------------------------------------------------------------------------
# Programs, pages and manual below PREFIX; the module where apxs says; configuration in /etc, where a
# file that is there already stays as it is. Packagers set DESTDIR.
SYSCONFDIR ?= /etc
MODULEDIR   = $(call once,MODULEDIR,$(APXS) -q LIBEXECDIR)
HTTPDCONF   = $(call once,HTTPDCONF,$(APXS) -q SYSCONFDIR)
# systemd looks for units below /usr/local, but not for these two kinds of files.
SYSTEMDDIR  = $(if $(filter /usr,$(PREFIX)),/usr/lib,$(SYSCONFDIR))
D           = $(DESTDIR)
keep        = if [ -e '$(2)' ]; then echo "  KEEP $(2)"; else install -D -m $(3) $(1) '$(2)'; fi

install: all
	install -D -m 755 $(BUILD)/hookwised $(D)$(PREFIX)/sbin/hookwised
	install -D -m 755 $(BUILD)/hookwisectl $(D)$(PREFIX)/bin/hookwisectl
	install -D -m 644 $(BUILD)/mod_hookwise.so $(D)$(MODULEDIR)/mod_hookwise.so
	[ ! -e $(BUILD)/hookwise.cgi ] || install -D -m 755 $(BUILD)/hookwise.cgi $(D)$(PREFIX)/lib/hookwise/hookwise.cgi
	for page in docs/man/*.[1-8]; do \
	    install -D -m 644 $$page $(D)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	find htdocs -path htdocs/cgi -prune -o -type f ! -name README.md -exec sh -c 'for f; do \
	    install -D -m 644 "$$f" "$(D)$(PREFIX)/share/hookwise/www/$${f#htdocs/}" || exit 1; done' sh {} +
	install -d $(D)$(PREFIX)/lib/systemd/system
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' conf/packaging/hookwised.service.in >$(D)$(PREFIX)/lib/systemd/system/hookwised.service
	install -D -m 644 conf/packaging/hookwise.sysusers $(D)$(SYSTEMDDIR)/sysusers.d/hookwise.conf
	install -D -m 644 conf/packaging/hookwise.tmpfiles $(D)$(SYSTEMDDIR)/tmpfiles.d/hookwise.conf
	install -D -m 644 conf/hookwised.conf $(D)$(PREFIX)/share/doc/hookwise/hookwised.conf
	for f in hookwise.conf hookwise-gui.conf; do \
	    install -D -m 644 conf/httpd/$$f $(D)$(PREFIX)/share/doc/hookwise/$$f || exit 1; done
	@sed 's|^LoadModule .*|LoadModule hookwise_module $(MODULEDIR)/mod_hookwise.so|' \
	    conf/httpd/hookwise.load >$(BUILD)/conf/hookwise.load
	@sed 's|^HookwiseKeyFile .*|HookwiseKeyFile $(SYSCONFDIR)/hookwise/hookwised.conf|' \
	    conf/httpd/hookwise.conf >$(BUILD)/conf/hookwise.conf
	@sed 's|"/usr/local/|"$(PREFIX)/|; s|/etc/hookwise/|$(SYSCONFDIR)/hookwise/|' \
	    conf/httpd/hookwise-gui.conf >$(BUILD)/conf/hookwise-gui.conf
	@$(call keep,conf/hookwised.conf,$(D)$(SYSCONFDIR)/hookwise/hookwised.conf,640)
	@if [ '$(notdir $(HTTPDCONF))' = apache2 ]; then \
	    $(call keep,$(BUILD)/conf/hookwise.load,$(D)$(HTTPDCONF)/mods-available/hookwise.load,644); \
	    $(call keep,$(BUILD)/conf/hookwise.conf,$(D)$(HTTPDCONF)/mods-available/hookwise.conf,644); \
	    $(call keep,$(BUILD)/conf/hookwise-gui.conf,$(D)$(HTTPDCONF)/conf-available/hookwise-gui.conf,644); \
	else \
	    cat $(BUILD)/conf/hookwise.load $(BUILD)/conf/hookwise.conf >$(BUILD)/conf/both.conf; \
	    $(call keep,$(BUILD)/conf/both.conf,$(D)$(HTTPDCONF)/hookwise.conf,644); \
	fi

# What install put there. Configuration, and what is in PostgreSQL, Redis and the spool, stay.
uninstall:
	rm -f $(D)$(PREFIX)/sbin/hookwised $(D)$(PREFIX)/bin/hookwisectl $(D)$(MODULEDIR)/mod_hookwise.so \
	    $(D)$(PREFIX)/share/man/man8/hookwised.8 $(D)$(PREFIX)/share/man/man1/hookwisectl.1 \
	    $(D)$(PREFIX)/lib/systemd/system/hookwised.service \
	    $(D)$(SYSTEMDDIR)/sysusers.d/hookwise.conf $(D)$(SYSTEMDDIR)/tmpfiles.d/hookwise.conf
	rm -rf $(D)$(PREFIX)/lib/hookwise $(D)$(PREFIX)/share/hookwise $(D)$(PREFIX)/share/doc/hookwise

help:
	@cat conf/stack/help.txt

.SECONDARY:
.PHONY: all gui gui-test unit clean test check asan tsan soak bench bench-history fuzz fuzz-build deps deps-test deps-fuzz deps-bench run start stop status clean-run \
    install uninstall help
clean:
	rm -rf $(BUILD) t/unit/*.t htdocs/assets/vendor

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
