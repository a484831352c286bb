/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory as a whole: root, collectors, documents. */
#include "agent/host/host.h"

#include <time.h>

#include "agent/host/document.h"
#include "agent/host/socket.h"

#define ARENA_BYTES ((size_t)64 << 20)

/* Order matters: sockets before the processes that may hold them. */
static void (*const collectors[])(const struct fsroot *, struct facts *) = {
    system_collect, hardware_collect, cpu_collect,     net_collect,
    socket_collect, process_collect,  package_collect,
};

static int64_t
deadline(unsigned ms)
{
    struct timespec t;

    if (ms == 0)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec + (int64_t)ms * 1000000;
}

struct stamp
host_now(void)
{
    struct timespec t;
    struct stamp s;
    struct tm local;

    clock_gettime(CLOCK_REALTIME, &t);
    s = time_of_ns((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
    if (localtime_r(&t.tv_sec, &local)) {
        s.offset_min = (int16_t)(local.tm_gmtoff / 60);
        s.has_offset = true;
    }
    return s;
}

static enum err_code
write_documents(const struct host_options *o, struct facts *f,
                host_document_fn fn, void *ctx, struct host_summary *summary,
                struct err *err)
{
    struct identity identity = {0};
    struct document_context c = {
        .facts = f, .identity = &identity, .now = o->now, .fn = fn, .ctx = ctx};
    enum err_code code = ERR_OK;

    if (!identity_make(f, &identity) && f->partial)
        return err_set(err, ERR_TIMEOUT, o->root,
                       "stopped before anything "
                       "was collected");
    if (identity.basis == NULL)
        return err_set(err, ERR_NOT_FOUND, o->root,
                       "nothing here identifies a host (machine id, SMBIOS "
                       "UUID, MAC address, host name)");
    document_device(&c);
    document_system(&c);
    document_software(&c);
    if (!buf_ok(&c.json))
        code = err_set(err, ERR_NOMEM, o->root, "out of memory");
    summary->documents = c.written;
    buf_free(&c.json);
    return code;
}

enum err_code
host_collect(const struct host_options *o, host_document_fn fn, void *ctx,
             struct host_summary *summary, struct err *err)
{
    struct host_summary mine = {0};
    struct arena arena;
    struct facts f = {.arena = &arena};
    struct fsroot root;
    enum err_code code = fsroot_open(o->root, &root, err);

    if (code != ERR_OK)
        return code;
    root.deadline_ns = deadline(o->deadline_ms);
    root.cancel = o->cancel;
    arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < sizeof(collectors) / sizeof(*collectors); i++) {
        if (fsroot_late(&root)) {
            f.partial = true;
            break;
        }
        collectors[i](&root, &f);
    }
    socket_merge(&f);
    code = write_documents(o, &f, fn, ctx, &mine, err);
    mine.packages = f.package_count;
    mine.processes = f.process_count;
    mine.sockets = f.socket_count;
    mine.partial = f.partial;
    if (summary)
        *summary = mine;
    arena_free(&arena);
    fsroot_close(&root);
    return code;
}
