/* SPDX-License-Identifier: Apache-2.0 */
/* The processor from /proc/cpuinfo, whose keys differ by architecture. */
#include <stdlib.h>
#include <sys/utsname.h>

#include "agent/host/facts.h"

#define CPUINFO_BYTES ((size_t)4 << 20) /* 4 KiB a processor, 1,024 of them */
#define MAX_CORES     4096

/* ARM names its cores by number. Implementer and part as in the "MIDR" register;
 * names as the makers publish them. */
static const struct {
    unsigned implementer, part;
    const char *name;
} arm_cores[] = {
    {0x41, 0xd03, "Cortex-A53"},   {0x41, 0xd05, "Cortex-A55"},
    {0x41, 0xd07, "Cortex-A57"},   {0x41, 0xd08, "Cortex-A72"},
    {0x41, 0xd09, "Cortex-A73"},   {0x41, 0xd0a, "Cortex-A75"},
    {0x41, 0xd0b, "Cortex-A76"},   {0x41, 0xd0c, "Neoverse-N1"},
    {0x41, 0xd40, "Neoverse-V1"},  {0x41, 0xd49, "Neoverse-N2"},
    {0x48, 0xd01, "TaiShan-v110"}, {0x48, 0xd02, "TaiShan-v120"},
    {0x70, 0x660, "FTC660"},       {0x70, 0x661, "FTC661"},
    {0x70, 0x662, "FTC662"},       {0x70, 0x663, "FTC663"},
    {0x70, 0x664, "FTC664"},       {0x70, 0x862, "FTC862"},
};

/* Keys that hold the model, best first: x86, LoongArch, MIPS, POWER, RISC-V. */
static const char *const model_keys[] = {"model name", "Model Name",
                                         "cpu model", "cpu", "uarch"};

struct seen {
    struct bytes model[sizeof(model_keys) / sizeof(*model_keys)];
    unsigned implementer, part;
    uint64_t package; /* of the current processor */
    uint64_t *core;   /* package << 32 | core id of each processor */
    size_t cores, room;
    uint64_t threads;
    bool hypervisor;
};

static unsigned
hex_number(struct bytes b)
{
    unsigned v = 0;

    if (!bytes_starts(b, BYTES("0x")) || b.len > 6)
        return 0;
    for (b = bytes_from(b, 2); b.len; b = bytes_from(b, 1)) {
        char c = (char)(b.data[0] | 0x20);

        if (c >= '0' && c <= '9')
            v = v * 16 + (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v * 16 + (unsigned)(c - 'a') + 10;
        else
            return 0;
    }
    return v;
}

static bool
has_word(struct bytes text, const char *word)
{
    struct bytes w;

    while (fsroot_field(&text, &w)) {
        if (bytes_is(w, word))
            return true;
    }
    return false;
}

static void
take_pair(struct seen *s, struct bytes key, struct bytes value)
{
    uint64_t id;

    for (size_t i = 0; i < sizeof(model_keys) / sizeof(*model_keys); i++) {
        if (bytes_is(key, model_keys[i]) && s->model[i].len == 0)
            s->model[i] = value;
    }
    if (bytes_is(key, "processor") && bytes_to_u64(value, MAX_CORES, &id))
        s->threads++;
    else if (bytes_is(key, "physical id") &&
             bytes_to_u64(value, UINT32_MAX, &id))
        s->package = id;
    else if (bytes_is(key, "core id") && bytes_to_u64(value, UINT32_MAX, &id) &&
             s->cores < s->room)
        s->core[s->cores++] = s->package << 32 | id;
    else if (bytes_is(key, "CPU implementer"))
        s->implementer = hex_number(value);
    else if (bytes_is(key, "CPU part"))
        s->part = hex_number(value);
    else if (bytes_is(key, "flags") && !s->hypervisor)
        s->hypervisor = has_word(value, "hypervisor");
}

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t
distinct(struct seen *s)
{
    uint64_t n = 0;

    if (s->cores)
        qsort(s->core, s->cores, sizeof(*s->core), by_number);
    for (size_t i = 0; i < s->cores; i++)
        n += i == 0 || s->core[i] != s->core[i - 1];
    return n;
}

static const char *
model_name(const struct seen *s, struct arena *a)
{
    for (size_t i = 0; i < sizeof(model_keys) / sizeof(*model_keys); i++) {
        if (s->model[i].len)
            return fsroot_clean(a, s->model[i], 128);
    }
    for (size_t i = 0; i < sizeof(arm_cores) / sizeof(*arm_cores); i++) {
        if (s->implementer == arm_cores[i].implementer &&
            s->part == arm_cores[i].part)
            return arm_cores[i].name;
    }
    return NULL;
}

static const char *
architecture(const struct fsroot *r, struct arena *a)
{
    const char *arch = fsroot_word(r, "proc/sys/kernel/arch", a);
    struct utsname u;

    if (arch || !r->live || uname(&u) != 0)
        return arch;
    return fsroot_clean(a, bytes_str(u.machine), 32);
}

void
cpu_collect(const struct fsroot *r, struct facts *f)
{
    struct seen s = {0};
    struct buf text = {0};
    struct bytes rest, line, key, value;

    f->cpu.arch = architecture(r, f->arena);
    s.core = arena_array(f->arena, MAX_CORES, sizeof(*s.core));
    s.room = s.core ? MAX_CORES : 0;
    if (fsroot_read(r, "proc/cpuinfo", CPUINFO_BYTES, &text)) {
        rest = buf_view(&text);
        while (fsroot_line(&rest, &line)) {
            if (fsroot_pair(line, ':', &key, &value))
                take_pair(&s, key, value);
        }
        f->cpu.model = model_name(&s, f->arena);
    }
    f->cpu.threads = s.threads;
    f->cpu.cores = distinct(&s);
    if (f->cpu.cores == 0)
        f->cpu.cores = s.threads;
    f->cpu.hypervisor = s.hypervisor;
    buf_free(&text);
}
