/* SPDX-License-Identifier: Apache-2.0 */
/* What comes first with a product that consumes: the record in its store or the
 * offset behind the record at the broker. The relay holds the request that commits
 * it; a product that stores first has the record there by then, whenever it
 * commits. */
#include "conformance/steps/kafka_state.h"

#include <stdio.h>

#include "conformance/steps/assert.h"

#define LOOK_MS 10

enum verdict
kafka_op_hold_commits(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    int32_t partition = (int32_t)session_int(s, t, "partition", 0);
    char made[128];
    const char *topic;
    int64_t end;
    struct err err = {0};

    (void)snprintf(made, sizeof(made), KAFKA_PREFIX ".%s.v1",
                   session_text(s, t, "kind", "alert"));
    topic = session_text(s, t, "topic", made);
    if (!st->mock)
        (void)err_set(&err, ERR_ARG, "kafka", "kafka.open comes first");
    else if (kafka_mock_end(st->mock, topic, partition, &end, &err) == ERR_OK)
        kafka_relay_hold(kafka_mock_relay(st->mock), topic, partition, end);
    return err.code == ERR_OK ? VERDICT_PASS : session_error(s, &err);
}

enum place { UNSEEN, LACKING, STORED };

static enum place
look(struct session *s, const char *text, struct buf *stored)
{
    uint64_t end;

    buf_reset(stored);
    if (!session_store(s, session_store_begin(s), stored, &end) ||
        !buf_ok(stored))
        return UNSEEN;
    return assert_within(buf_view(stored), bytes_str(text)) ? STORED : LACKING;
}

static struct kafka_held
wait_held(struct session *s, struct kafka_relay *relay, int64_t end)
{
    struct kafka_held h = kafka_relay_held(relay);

    while (!h.waiting && session_now_ms() < end && session_left(s) > 0) {
        session_pause(s, LOOK_MS);
        h = kafka_relay_held(relay);
    }
    return h;
}

/* The commit is held, so what the product does now it does without the answer. A
 * record that comes meanwhile may have been stored elsewhere before (a journal
 * that {store} is written from): that shows nothing. One that does not come waits
 * for the answer, which is too late. */
static enum verdict
judge_held(struct session *s, const struct ledger_step *t, int64_t offset)
{
    static const char want[] = "the record is in {store} when the offset "
                               "behind it is committed";
    int64_t end = session_now_ms() + session_wait(s, t, "hold_ms");
    const char *text = session_text(s, t, "text", "");
    struct buf stored = {0};
    enum place first = look(s, text, &stored), now = first;
    enum verdict v = VERDICT_PASS;
    char observed[80];

    while (now == LACKING && session_now_ms() < end && session_left(s) > 0) {
        session_pause(s, LOOK_MS);
        now = look(s, text, &stored);
    }
    if (now == UNSEEN) {
        v = session_inconc(s, "the effect is seen in {store}",
                           "the product has no {store}");
    } else if (now == LACKING) {
        (void)snprintf(observed, sizeof(observed),
                       "offset %lld is committed without it",
                       (long long)offset);
        v = session_fail(s, "store", want, observed);
    } else if (first == LACKING) {
        v = session_inconc(s, want, "it came while the commit was held");
    }
    buf_free(&stored);
    return v;
}

enum verdict
kafka_op_expect_stored_first(struct session *s, const struct ledger_step *t)
{
    static const char want[] = "the offset behind the record is committed";
    struct kafka_state *st = kafka_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    struct kafka_relay *relay;
    struct kafka_held h;
    enum verdict v;

    if (!st->mock)
        return session_inconc(s, want, "no broker is open");
    relay = kafka_mock_relay(st->mock);
    h = wait_held(s, relay, end);
    if (h.waiting)
        v = judge_held(s, t, h.offset);
    else if (h.unread > 0)
        v = session_inconc(s, "OffsetCommit requests of version 0 to 9",
                           "requests that cannot be read");
    else
        v = session_silence(s, "timeout", want, "no such request in time");
    kafka_relay_release(relay);
    return v;
}
