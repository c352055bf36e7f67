# The recorder: libttlog.

# Which machine_<arch>.c: by the compiler's target, so that cross-building picks the right one.
LIB_MACHINE := $(shell $(CC) -dumpmachine | sed 's/-.*//')
LIB_SOURCES := $(wildcard lib/*.c) lib/platform/os.c lib/platform/bare.c lib/platform/machine_$(LIB_MACHINE).c
TWIN_SOURCES := $(wildcard format-spec/twin/*.c)

LIB_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(LIB_SOURCES) $(TWIN_SOURCES))
LIB_PIC := $(patsubst %.c,$(BUILD)/pic/%.o,$(LIB_SOURCES) $(TWIN_SOURCES))
LIB_STATIC := $(BUILD)/libttlog.a
LIB_SHARED := $(BUILD)/libttlog.so.0

# initial-exec: other TLS models call __tls_get_addr, which may allocate.
$(BUILD)/obj/lib/%.o $(BUILD)/pic/lib/%.o: OWN_FLAGS += -DTT_IMPL_LIBRARY -ftls-model=initial-exec

LIB_LIBS = -llz4 -lpthread

# One object, with all that is hidden made local: nothing of ours can clash with the program's names. Under gcc -flto
# it must hold machine code for that.
# No runtime of a sanitizer in it: that is linked with the program.
LIB_RELOCATABLE := -r -nostdlib -fno-sanitize=all
ifneq ($(findstring -flto,$(CFLAGS)),)
LIB_RELOCATABLE += $(shell $(CC) -flinker-output=nolto-rel -E -x c /dev/null >/dev/null 2>&1 && echo -flinker-output=nolto-rel)
endif

$(BUILD)/libttlog.o: $(LIB_OBJECTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LIB_RELOCATABLE) -o $@ $^
	@$(OBJCOPY) --localize-hidden $@

$(LIB_STATIC): $(BUILD)/libttlog.o
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

# A sanitizer of clang is only in the program, so there a library may leave names open.
LIB_DEFS := -Wl,-z,$(if $(findstring -fsanitize,$(CFLAGS)),undefs,defs)

# -z now: no lazy binding in a crash handler. -z nodelete: handlers, keys and TLS must not be unmapped.
$(LIB_SHARED): $(LIB_PIC) lib/libttlog.map
	$(call say,LD)$(CC) $(CFLAGS) -shared -Wl,-soname,libttlog.so.0 -Wl,--version-script=lib/libttlog.map -Wl,-z,now \
		-Wl,-z,relro -Wl,-z,nodelete $(LIB_DEFS) $(LDFLAGS) -o $@ $(LIB_PIC) $(LIB_LIBS)
	@ln -sf libttlog.so.0 $(BUILD)/libttlog.so
