/* SPDX-License-Identifier: Apache-2.0 */
/* Documents out of captures, each judged like one of a file. */
#include "conformance/roles/observe.h"

struct taker {
    struct observe *observe;
    struct observe_target *target;
};

static void
take(void *ctx, const struct capture_document *d)
{
    const struct taker *t = ctx;
    const struct input_document doc = {.text = d->text,
                                       .line = 1,
                                       .interface = d->interface,
                                       .place = d->place,
                                       .too_long = d->too_long};

    observe_document(t->observe, t->target, &doc);
}

enum err_code
observe_capture(struct observe *o, struct observe_target *target,
                struct input *in, const volatile sig_atomic_t *stop,
                struct err *err)
{
    struct taker taker = {.observe = o, .target = target};
    struct capture_sink sink = {
        .document = take, .ctx = &taker, .counts = &target->capture};
    struct capture *c = capture_new(target->kind, &sink, err);
    enum err_code code = c ? ERR_OK : ERR_NOMEM, last;
    struct bytes b;

    while (code == ERR_OK && (stop == NULL || *stop == 0)) {
        code = input_raw(in, &b, err);
        if (code == ERR_OK)
            code = capture_feed(c, b, err);
        else if (code == ERR_AGAIN)
            code = ERR_OK;
    }
    if (code == ERR_CLOSED && (last = capture_end(c, err)) != ERR_OK) {
        /* A capture that was stopped in the middle of a packet is a capture. */
        if (last == ERR_CORRUPT)
            target->error = arena_str(&o->arena, bytes_str(err->msg));
        else
            code = last;
    }
    capture_free(c); /* what is open ends, and may still give documents */
    o->nomem |= sink.nomem;
    return code;
}

uint64_t
observe_interface(const struct observe *o, struct bytes name)
{
    uint64_t n = 0;

    for (size_t i = 0; i < o->interfaces; i++) {
        struct bytes own = bytes_str(o->interface[i].name);

        if (bytes_eq(own, name) ||
            (bytes_is(name, "http") && bytes_is(own, "https")) ||
            (bytes_is(name, "syslog") && bytes_starts(own, BYTES("syslog-"))))
            n += o->interface[i].documents;
    }
    return n;
}
