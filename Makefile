# ttlog: `make help` lists what can be made. One room.mk a directory says what is in it.

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
bashcompletiondir ?= $(prefix)/share/bash-completion/completions
zshcompletiondir ?= $(prefix)/share/zsh/site-functions

VERSION := $(shell sed -n 's/^\#define TT_VERSION "\(.*\)"/\1/p' lib/include/ttlog.h)

# What the user gives wins: it comes last.
CFLAGS ?= -O2 -g
OBJCOPY ?= objcopy
BUILD ?= build

STD = -std=c11
# OWN_FLAGS: what a room's files need. A CPPFLAGS given on the command line would keep rooms from adding to that.
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ALL_CFLAGS = $(STD) -D_GNU_SOURCE $(WARNINGS) -fvisibility=hidden -Ilib/include -MMD -MP $(OWN_FLAGS) $(CPPFLAGS) $(CFLAGS)

ifeq ($(filter $(MAKECMDGOALS),help clean uninstall),)
# A bare machine gets what building needs; `make SETUP=:` does without.
SETUP ?= tools/setup.sh
endif

# One short line a command; `make V=1` shows the commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

.PHONY: all
all: setup-build

.DELETE_ON_ERROR:

include lib/room.mk
include decoder/room.mk
include tools/room.mk
include tests/room.mk
include bench/room.mk

all: $(LIB_STATIC) $(LIB_SHARED) $(TTDECODE) ## the library, static and shared, and ttdecode (default)

# Order-only, so that setting up does not rebuild.
.PHONY: setup-build setup-check setup-lint setup-fuzz setup-cross setup-peers
setup-build setup-check setup-lint setup-fuzz setup-cross setup-peers: setup-%:
	@$(SETUP) $*

$(BUILD)/obj/%.o: %.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c $< -o $@

# For the shared library.
$(BUILD)/pic/%.o: %.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -fPIC -c $< -o $@

.PHONY: install uninstall
install: all ## copies library, headers and ttdecode below $(DESTDIR)$(prefix)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir)/ttlog
	install -d $(addprefix $(DESTDIR)$(mandir)/,man1 man3 man7) $(DESTDIR)$(bashcompletiondir) $(DESTDIR)$(zshcompletiondir)
	install -m 755 $(TTDECODE) $(DESTDIR)$(bindir)/ttdecode
	install -m 644 $(LIB_STATIC) $(DESTDIR)$(libdir)/libttlog.a
	install -m 755 $(LIB_SHARED) $(DESTDIR)$(libdir)/libttlog.so.$(VERSION)
	ln -sf libttlog.so.$(VERSION) $(DESTDIR)$(libdir)/libttlog.so.0
	ln -sf libttlog.so.0 $(DESTDIR)$(libdir)/libttlog.so
	sed -e 's|@prefix@|$(prefix)|; s|@libdir@|$(libdir)|; s|@includedir@|$(includedir)|; s|@version@|$(VERSION)|' \
		lib/ttlog.pc.in > $(DESTDIR)$(libdir)/pkgconfig/ttlog.pc
	install -m 644 lib/include/ttlog.h $(DESTDIR)$(includedir)/ttlog.h
	install -m 644 $(wildcard lib/include/ttlog/*.h) $(DESTDIR)$(includedir)/ttlog/
	install -m 644 decoder/cli/ttdecode.1 $(DESTDIR)$(mandir)/man1/ttdecode.1
	install -m 644 lib/man/ttlog.3 $(DESTDIR)$(mandir)/man3/ttlog.3
	install -m 644 lib/man/ttlog.7 $(DESTDIR)$(mandir)/man7/ttlog.7
	install -m 644 decoder/cli/completion/ttdecode.bash $(DESTDIR)$(bashcompletiondir)/ttdecode
	install -m 644 decoder/cli/completion/_ttdecode $(DESTDIR)$(zshcompletiondir)/_ttdecode

uninstall: ## removes what install has copied
	rm -f $(DESTDIR)$(bindir)/ttdecode $(addprefix $(DESTDIR)$(mandir)/,man1/ttdecode.1 man3/ttlog.3 man7/ttlog.7)
	rm -f $(DESTDIR)$(bashcompletiondir)/ttdecode $(DESTDIR)$(zshcompletiondir)/_ttdecode
	rm -f $(DESTDIR)$(includedir)/ttlog.h $(DESTDIR)$(libdir)/pkgconfig/ttlog.pc
	rm -f $(addprefix $(DESTDIR)$(libdir)/,libttlog.a libttlog.so libttlog.so.0 libttlog.so.$(VERSION))
	rm -rf $(DESTDIR)$(includedir)/ttlog

.PHONY: lint
lint: all | setup-lint ## includes, signal safety, exported names, style, both compilers, the analyser
	@BUILD=$(BUILD) tools/lint.sh

.PHONY: clean
clean: ## removes everything built
	rm -rf $(BUILD) $(wildcard build-*)

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo "Variables: CC CFLAGS CPPFLAGS LDFLAGS BUILD prefix DESTDIR; V=1 shows the commands"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
