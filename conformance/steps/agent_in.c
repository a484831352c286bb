/* SPDX-License-Identifier: Apache-2.0 */
/* The end where the agent reads: lines of a file, or syslog messages (RFC 5424 in
 * the octet counting of RFC 6587 section 3.4.1) to a port of the product's. */
#include "conformance/steps/agent_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "conformance/steps/pause.h"
#include "conformance/steps/session_in.h"
#include "conformance/wire/conn.h"

#define CONNECT_MS 10000 /* a product that is being started */
#define CUT_BYTES  40    /* of the last line, in the second piece */
#define CUT_MS     400   /* between the pieces */

/* ---- a file */

static enum verdict
append(struct session *s, struct bytes data)
{
    char path[600];
    struct err err = {0};
    int fd;

    if (!session_input(s, path, sizeof(path)))
        return session_inconc(s, "a file that the product reads",
                              "--exec has neither {input} nor {input_port}; "
                              "give --set input=PATH or input_port=PORT");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    while (fd >= 0 && data.len) {
        ssize_t n = write(fd, data.data, data.len);

        if (n < 0 && errno != EINTR)
            break;
        data = bytes_from(data, n > 0 ? (size_t)n : 0);
    }
    if (fd >= 0)
        (void)close(fd);
    if (fd >= 0 && data.len == 0)
        return VERDICT_PASS;
    (void)err_errno(&err, path, "cannot be written");
    return session_error(s, &err);
}

static enum verdict
feed_file(struct session *s, struct agent_state *a, size_t cut)
{
    enum verdict v =
        append(s, bytes_upto(buf_view(&a->line), a->line.len - cut));

    if (v != VERDICT_PASS || cut == 0)
        return v;
    session_pause(s, CUT_MS);
    return append(s, bytes_from(buf_view(&a->line), a->line.len - cut));
}

/* ---- a stream */

/* Every line of ${a->line} as a frame. */
static void
put_frames(struct agent_state *a)
{
    struct bytes rest = buf_view(&a->line);
    struct buf m = {0};

    buf_reset(&a->framed);
    while (rest.len > 0) {
        size_t n = bytes_find(rest, '\n');

        buf_reset(&m);
        buf_str(&m, "<134>1 - ids-1 example-ids - - - ");
        buf_bytes(&m, bytes_upto(rest, n));
        buf_printf(&a->framed, "%zu ", m.len);
        buf_bytes(&a->framed, buf_view(&m));
        a->framed.failed |= m.failed;
        rest = bytes_from(rest, n + 1);
    }
    buf_free(&m);
}

/* The product is started when it is not yet: nobody could take the stream. All
 * of it is taken when the product has read to its end. */
static enum verdict
connect_input(struct session *s, struct wire_conn *c)
{
    struct wire_until u = {session_now_ms() + CONNECT_MS, s->b->run->stop};
    enum verdict v = session_start(s, NULL);
    enum wire_end e;

    if (v != VERDICT_PASS)
        return v;
    for (;;) {
        e = wire_connect(c, "127.0.0.1", session_input_port(s), &u);
        if (e == WIRE_OK)
            return VERDICT_PASS;
        wire_close(c);
        if (wire_left(&u) == 0 || session_left(s) == 0)
            return session_fail(s, "input", "it listens for its input",
                                wire_end_name(e));
        wire_sleep(50, &u);
    }
}

static enum verdict
feed_stream(struct session *s, struct agent_state *a, size_t cut)
{
    struct wire_conn c = {.fd = -1};
    struct wire_until u;
    struct bytes data;
    enum verdict v;
    enum wire_end e;

    put_frames(a);
    if (a->framed.failed)
        return VERDICT_ERROR;
    v = connect_input(s, &c);
    if (v != VERDICT_PASS)
        return v;
    data = buf_view(&a->framed);
    u = (struct wire_until){session_now_ms() + session_left(s),
                            s->b->run->stop};
    e = wire_send(&c, bytes_upto(data, data.len - cut), &u);
    if (e == WIRE_OK && cut > 0) {
        session_pause(s, CUT_MS);
        e = wire_send(&c, bytes_from(data, data.len - cut), &u);
    }
    wire_half_close(&c);
    while (e == WIRE_OK && wire_left(&u) > 0) { /* until it closes as well */
        buf_reset(&a->framed);
        e = wire_recv(&c, &a->framed, 4096, &u);
    }
    wire_close(&c);
    return e == WIRE_EOF ? VERDICT_PASS
                         : session_fail(s, "input", "it takes the stream",
                                        wire_end_name(e));
}

/* ---- agent.feed */

/* ${count} more events; with `cut` the last line comes in two pieces. A text in
 * `raw` is given instead. */
enum verdict
agent_op_feed(struct session *s, const struct ledger_step *t)
{
    struct agent_state *a = agent_state(s);
    int64_t count = session_int(s, t, "count", 1);
    const char *raw = session_text(s, t, "raw", NULL);
    size_t cut = session_bool(s, t, "cut", false) ? CUT_BYTES : 0;

    if (!a)
        return VERDICT_ERROR;
    buf_reset(&a->line);
    if (raw)
        buf_printf(&a->line, "%s\n", raw);
    for (int64_t i = 0; !raw && i < count && a->fed < AGENT_EVENTS_MAX; i++) {
        struct agent_event e;

        agent_event(a->format, ++a->fed, &e);
        agent_line(&a->line, a->format, a->fed, &e);
        buf_char(&a->line, '\n');
    }
    if (!buf_ok(&a->line) || a->line.len <= cut)
        return session_error(s, &(struct err){.msg = "nothing to give"});
    session_log(s, SESSION_SENT, "input",
                bytes_upto(buf_view(&a->line), (size_t)64 << 10));
    return session_input_port(s) != 0 ? feed_stream(s, a, cut)
                                      : feed_file(s, a, cut);
}
