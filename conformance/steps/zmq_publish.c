/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to a product that receives: right ones, and single faults in topic,
 * header, body or number of frames. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>

#include "transport/zhead.h"

#define PUT_MS     5000
#define FRAMES_MAX 8
#define TIMES_MAX  100000

struct publication {
    struct buf topic, header, body;
};

/* "auto": what zhead.h says, for the body that was made. */
static bool
make_header(struct session *s, const struct ledger_step *t, struct buf *out)
{
    const char *text = session_text(s, t, "header", "auto");
    const char *items = session_get(s, "seed.count");
    uint64_t n = 1;

    if (strcmp(text, "auto") != 0) {
        buf_str(out, text);
        return buf_ok(out);
    }
    if (items)
        (void)bytes_to_u64(bytes_str(items), 65536, &n);
    zhead_write(
        out,
        &(struct zhead){
            .id = bytes_str(
                session_text(s, t, "id", session_get(s, "seed.msg_id"))),
            .info_type = bytes_str(session_text(s, t, "info_type", "alert")),
            .content_type = BYTES("application/json"),
            .items = (uint64_t)session_int(s, t, "items", (int64_t)n),
            .first_sequence =
                (uint64_t)session_int(s, t, "first_sequence", 0)});
    return buf_ok(out);
}

static enum verdict
make(struct session *s, const struct ledger_step *t, struct publication *p)
{
    enum verdict v = session_body(s, t, "body", &p->body);
    struct err err = {0};

    if (v != VERDICT_PASS)
        return v;
    buf_str(&p->topic, session_text(s, t, "topic", "alert."));
    if (make_header(s, t, &p->header) && buf_ok(&p->topic))
        return VERDICT_PASS;
    (void)err_set(&err, ERR_NOMEM, NULL, "out of memory");
    return session_error(s, &err);
}

/* The frames in the order asked for: any of "topic", "header", "body", "empty". */
static size_t
arrange(struct session *s, const struct ledger_step *t,
        const struct publication *p, struct bytes *frame)
{
    const char *name, *value;
    size_t n = 0;

    while (n < FRAMES_MAX && session_each(s, t, "frames", n, &name, &value)) {
        frame[n] = strcmp(value, "topic") == 0    ? buf_view(&p->topic)
                   : strcmp(value, "header") == 0 ? buf_view(&p->header)
                   : strcmp(value, "body") == 0   ? buf_view(&p->body)
                                                  : BYTES("");
        n++;
    }
    if (n == 0) {
        frame[0] = buf_view(&p->topic);
        frame[1] = buf_view(&p->header);
        frame[2] = buf_view(&p->body);
        n = 3;
    }
    return n;
}

enum verdict
zmq_op_publish(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t times = session_int(s, t, "times", 1);
    struct publication p = {0};
    struct bytes frame[FRAMES_MAX];
    enum verdict v = VERDICT_PASS;

    for (int64_t i = 0; i < times && i < TIMES_MAX && v == VERDICT_PASS; i++) {
        bool same = i > 0 && session_bool(s, t, "same", false);

        if (!same) {
            buf_reset(&p.topic);
            buf_reset(&p.header);
            buf_reset(&p.body);
            v = make(s, t, &p);
        }
        if (v == VERDICT_PASS &&
            zmq_put(s, st, NULL, frame, arrange(s, t, &p, frame), PUT_MS) !=
                ERR_OK)
            v = session_inconc(s, "the product takes what is published",
                               "it does not");
    }
    buf_free(&p.topic);
    buf_free(&p.header);
    buf_free(&p.body);
    return v;
}
