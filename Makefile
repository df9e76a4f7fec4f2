# sekimori: build, check, install. `make help` lists the targets.
# Sources are found by wildcard; a new file needs no edit here.

VERSION    := 0.1.0
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(if $(filter /usr,$(PREFIX)),/lib,$(PREFIX)/lib)/systemd/system
DESTDIR    ?=
BUILD      ?= build
SAN        ?=
T          ?=
F          ?=
SEC        ?= 60
QUICK      ?=
ifeq ($(origin CC),default)
CC         := gcc
endif

# The one list of Debian packages: to build, to check, to show.
DEPS_BUILD := gcc libc6-dev make pkg-config libmilter-dev libclamav-dev libyara-dev libjson-c-dev \
        libarchive-dev libseccomp-dev libssl-dev zlib1g-dev libhiredis-dev uthash-dev libunbound-dev libidn2-dev \
        libmaxminddb-dev libcurl4-openssl-dev libpsl-dev publicsuffix libicu-dev \
        libpng-dev libjpeg62-turbo-dev libwebp-dev libgif-dev libpoppler-glib-dev libfontconfig-dev \
        libcdb-dev liblmdb-dev libdb-dev libsqlite3-dev libpq-dev libzstd-dev libldap-dev libmicrohttpd-dev gettext
DEPS_CHECK := clang clang-tidy libclang-rt-14-dev libgmime-3.0-dev libgumbo-dev libopendkim-dev mandoc shellcheck \
        python3-dkim python3-nacl redis-server postfix postfix-sqlite postfix-lmdb postfix-cdb \
        sqlite3 postgresql slapd ldap-utils clamav clamav-daemon clamav-milter clamav-testfiles \
        zip p7zip-full xz-utils zstd procps util-linux jq git curl chromium fonts-noto-cjk
DEPS       := $(DEPS_BUILD) $(DEPS_CHECK)

# B is where this combination of compiler and sanitizers builds.
comma  := ,
B      := $(BUILD)$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
try    = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
PKGS   := libclamav yara json-c libarchive libseccomp libcrypto zlib hiredis libunbound libidn2 libmaxminddb libcdb lmdb sqlite3 ldap libcurl libmicrohttpd libpsl icu-uc libzstd
# libunbound's own file asks for one that is not needed, which would cost the flags of all: these are asked apart.
DRAW   := libpng libjpeg libwebp poppler-glib fontconfig libpq
PKGS   += $(DRAW)
WARN   := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wno-missing-field-initializers -Werror
HARDEN := -fstack-protector-strong -fno-strict-overflow -fno-delete-null-pointer-checks -fPIE \
        $(foreach f,-fstack-clash-protection -fcf-protection=full -mbranch-protection=standard \
        -ftrivial-auto-var-init=zero,$(call try,$(f)))
ifeq ($(SAN),)
OPT    ?= -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(if $(findstring clang,$(CC)),2,3)
else
OPT    ?= -O1 -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
endif
CFLAGS ?= -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(OPT) $(CFLAGS) $(WARN) $(HARDEN) -I. -Ilib -Itest \
        -DSEKIMORI_VERSION='"$(VERSION)"' -DSEKIMORI_RULES_DIR='"$(PREFIX)/share/sekimori/rules"' \
        -DSEKIMORI_CONF_DIR='"$(SYSCONFDIR)/sekimori"' $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
ALL_CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(DRAW) 2>/dev/null))
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS)
LDLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lssl -ldb -lgif -lpthread -lm

# The differential tests and the benchmark of MIME have GMime beside ours, that of DKIM OpenDKIM, that of HTML Gumbo.
beside   = $(if $(or $(findstring mime_diff,$(2)),$(findstring mime_bench,$(2))),$(shell pkg-config $(1) gmime-3.0)) \
        $(if $(findstring opendkim,$(2)),$(shell pkg-config $(1) opendkim)) \
        $(if $(findstring gumbo,$(2)),$(shell pkg-config $(1) gumbo))
obj      = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
bin      = $(patsubst %.c,$(B)/%,$(wildcard $(1)))
LIB     := $(B)/libsekimori.a
PROGRAMS := $(if $(wildcard milter/main.c),$(B)/sekimorid) $(if $(wildcard ctl/main.c),$(B)/sekimorictl) $(if $(wildcard web/main.c),$(B)/sekimori-web)
TESTS   := $(call bin,test/*/*_test.c)
TOOLS   := $(call bin,test/tool/*.c)
FUZZERS := $(call bin,test/fuzz/$(or $(F),*)_fuzz.c)
BENCH   := $(call bin,test/bench/*.c)
# Tests that start threads or drive the code that does.
THREADED := $(patsubst %.c,%,$(shell grep -lE 'pthread|workers_new' test/*/*_test.c 2>/dev/null))
SCRIPTS  = $(filter-out test/tool/% test/lint/% %/lib.sh %/demo.sh,$(sort $(shell find test -mindepth 2 -name "*.sh" -perm -u+x)))
MAN     := $(wildcard man/*.[0-9])
RUN     := test/run -b $(B)$(if $(T), -t $(T))
SUB     := $(MAKE) --no-print-directory

all: $(PROGRAMS) ## build the programs into build/

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) $(call beside,--cflags,$<) -MMD -MP -c -o $@ $<
# The compiled texts of other languages: sekimori-web and digests speak them.
MO      := $(patsubst po/%.po,$(B)/po/%.mo,$(wildcard po/*.po))
$(B)/po/%.mo: po/%.po
	@mkdir -p $(@D)
	@msgfmt --check -o $@ $<
$(B)/po/files.S: web/embed $(MO)
	@web/embed lang_files $(filter-out web/embed,$^) >$@
$(LIB): $(call obj,lib/*/*.c) $(B)/po/files.o
	@rm -f $@
	@$(AR) rcs $@ $^
# Where the rules will be is compiled in: another PREFIX means another object.
$(B)/prefix: FORCE
	@mkdir -p $(@D); echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@
$(B)/lib/gate/settings.o: $(B)/prefix
link = echo "  LD $@"; $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(1) -o $@ $^ $(2) $(LDLIBS)
$(B)/sekimorid: $(call obj,milter/*.c) $(LIB)
	@$(call link,,-lmilter)
$(B)/sekimorictl: $(call obj,ctl/*.c) $(LIB)
	@$(call link)
# The files that sekimori-web carries: pages, style.
$(B)/web/files.S: web/embed $(wildcard web/text/* web/static/*)
	@mkdir -p $(@D)
	@web/embed web_builtin $(filter-out web/embed,$^) >$@
$(B)/%/files.o: $(B)/%/files.S
	@$(CC) -c -o $@ $<
WEB     := $(B)/libweb.a
$(WEB): $(filter-out %/main.o,$(call obj,web/*.c)) $(B)/web/files.o
	@rm -f $@
	@$(AR) rcs $@ $^
$(B)/sekimori-web: $(B)/web/main.o $(patsubst %,$(B)/milter/%.o,ground logsink notify) $(WEB) $(LIB)
	@$(call link)
$(B)/test/%_fuzz: $(B)/test/%_fuzz.o $(LIB)
	@$(call link,-fsanitize=fuzzer,$(call beside,--libs,$@))
# What several tests share: the DNS server of test/net/zone.h.
HELPERS := $(B)/libtest.a
$(HELPERS): $(filter-out %_test.o,$(call obj,test/net/*.c))
	@rm -f $@
	@$(AR) rcs $@ $^
$(B)/test/%: $(B)/test/%.o $(HELPERS) $(WEB) $(LIB)
	@$(call link,,$(call beside,--libs,$@))

programs: $(PROGRAMS)
tests: $(TESTS) tools
tools: $(TOOLS)
fuzzers: $(FUZZERS)

unit: $(TESTS) ## unit tests; T=message/addr runs one, SAN=address,undefined with sanitizers
	@$(RUN) $(TESTS)

check: deps ## everything: unit, golden, ctl, Postfix, faults, sandbox, seeds, sanitizers; T= runs one
	@$(SUB) $(if $(T),check-one,check-all)
check-one: all tests
	@$(RUN) $(TESTS) $(SCRIPTS)
check-all: all tests
	@$(SUB) tests SAN=address,undefined
	@$(SUB) all $(THREADED:%=$(B)/san-thread/%) SAN=thread
	@$(SUB) fuzzers SAN=fuzzer-no-link,address,undefined CC=clang
	@test/run -b $(B) $(TESTS) $(SCRIPTS) $(patsubst %.c,$(B)/san-address-undefined/%,$(wildcard test/*/*_test.c)) \
	    $(THREADED:%=$(B)/san-thread/%)

fuzz: deps ## fuzz each target SEC=60 seconds, or one with F=name
	@$(SUB) fuzzers SAN=fuzzer-no-link,address,undefined CC=clang
	@test/fuzz/run $(B)/san-fuzzer-no-link-address-undefined/test/fuzz $(SEC) $(F)

lint: ## layers, banned calls, contracts, sizes, tests, man pages, documents, clang
	@test/run $(sort $(wildcard test/lint/*.sh))

demo: deps ## Postfix, sekimorid and a sink on loopback: sample mail goes through, one table; a link is clicked
	@$(SUB) all tools
	@test/e2e/demo.sh $(B)

bench: deps ## throughput, CPU and memory beside clamav-milter; QUICK=1 takes a minute
	@$(SUB) all tests bench-bin
	@QUICK=$(QUICK) test/bench/run $(B)
bench-bin: $(BENCH)

print-libs:
	@echo $(LDLIBS)
print-flags:
	@echo $(filter-out -Werror,$(ALL_CFLAGS))
docs: all ## rewrite the generated parts of the manual
	@test/tool/docs.sh $(B)/sekimorictl
format: ## clang-format over all sources
	clang-format -i $(wildcard lib/*/*.[ch] milter/*.[ch] ctl/*.[ch] web/*.[ch] test/*.h test/*/*.[ch])
deps: ## install what is missing of the Debian packages in DEPS
	@.ci/deps $(DEPS)
	@.ci/s3 build/s3

install: all ## DESTDIR= PREFIX= SYSCONFDIR= UNITDIR=
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" UNITDIR="$(UNITDIR)" \
	    .ci/install $(PROGRAMS)
uninstall: ## removes what install wrote; leaves the configuration
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/sbin/,$(notdir $(PROGRAMS))) $(addprefix $(DESTDIR)$(UNITDIR)/,sekimorid.service sekimori-web.service)
	rm -f $(foreach m,$(MAN),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -rf $(DESTDIR)$(PREFIX)/share/sekimori $(DESTDIR)$(PREFIX)/share/doc/sekimori
dist: ## build/sekimori-VERSION.tar.xz of what is committed
	@mkdir -p $(BUILD)
	git archive --prefix=sekimori-$(VERSION)/ HEAD | xz -9 > $(BUILD)/sekimori-$(VERSION).tar.xz
clean: ## remove what was built
	rm -rf build
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: all programs tests tools fuzzers unit check check-one check-all fuzz lint demo bench bench-bin docs format deps print-flags print-libs \
        install uninstall dist clean help FORCE
.SECONDARY:
-include $(shell find $(addprefix $(B)/,lib milter ctl web test) -name '*.d' 2>/dev/null)
