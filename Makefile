# sekimori: build, check, install. `make help` lists the targets.
# Sources are found by wildcard; a new file needs no edit here.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    ?= build
CC       ?= gcc
SAN      ?=
T        ?=
SEC      ?= 60
comma    := ,

# The one list of Debian packages: to build, to check, to show.
DEPS := pkg-config libmilter-dev libclamav-dev libyara-dev libjson-c-dev libarchive-dev \
        libseccomp-dev libssl-dev libcurl4-openssl-dev uthash-dev \
        clang clang-tidy libclang-rt-14-dev libgmime-3.0-dev mandoc \
        postfix clamav clamav-daemon clamav-milter clamav-testfiles \
        zip p7zip-full xz-utils zstd procps jq

LIBS_PKG := libclamav yara json-c libarchive libseccomp libcrypto
WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Werror
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
        -ftrivial-auto-var-init=zero -fno-strict-overflow -fno-delete-null-pointer-checks -fPIE
ifeq ($(SAN),)
OPT ?= -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
else
OPT ?= -O1 -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
BUILD := $(BUILD)/san-$(subst $(comma),-,$(SAN))
endif
CFLAGS ?= -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(OPT) $(CFLAGS) $(WARN) $(HARDEN) -Ilib -Itest -I$(BUILD)/gen \
        -DSEKIMORI_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(LIBS_PKG))
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS)
LDLIBS = $(shell pkg-config --libs $(LIBS_PKG)) -lpthread

LIB_SRC  := $(wildcard lib/*/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
LIB      := $(BUILD)/libsekimori.a
PROGRAMS := $(BUILD)/sekimorid $(BUILD)/sekimorictl
TEST_SRC := $(wildcard test/*/*_test.c)
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
TOOL_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard test/tool/*.c))

all: $(PROGRAMS) ## build the programs into build/

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(LIB): $(LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^
$(BUILD)/sekimorid: $(patsubst %.c,$(BUILD)/%.o,$(wildcard milter/*.c)) $(LIB)
	@echo "  LD $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lmilter $(LDLIBS)
$(BUILD)/sekimorictl: $(patsubst %.c,$(BUILD)/%.o,$(wildcard ctl/*.c)) $(LIB)
	@echo "  LD $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/test/%: $(BUILD)/test/%.o $(LIB)
	@echo "  LD $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(TEST_BIN) ## run the unit tests; T=message/addr runs one
	test/run $(BUILD) $(T)

clean: ## remove what was built
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: all unit clean help
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
