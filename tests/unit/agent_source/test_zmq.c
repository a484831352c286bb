/* SPDX-License-Identifier: Apache-2.0 */
/* The ZeroMQ source alone: an acknowledgement waits for the disk, the number of
 * items on their way is bounded, a full host keeps the message, what became of an
 * item is what its sender is told. */
#include <zmq.h>

#include "tests/unit/agent_source/rig.h"

extern const struct source source_zmq;

#define NONE    ((struct bytes){0})
#define HEAD(n) "{\"id\":\"m" #n "\",\"info_type\":\"alert\"}"

struct test {
    struct rig rig;
    uint64_t appended, durable; /* what the host says */
    enum source_fate fate;      /* of every frame */
    enum source_known known;
    size_t broken; /* frames with a reason */
    char reason[ERR_MSG_MAX];
    void *context, *peer;
};

static bool
on_frame(void *ctx, const struct source_frame *f)
{
    struct test *t = ctx;

    if (!rig_frame(&t->rig, f))
        return false;
    t->appended++;
    if (f->broken != NULL) {
        t->broken++;
        (void)snprintf(t->reason, sizeof t->reason, "%s", f->broken->msg);
    }
    if (f->out != NULL)
        f->out->fate = t->fate;
    return true;
}

static void
on_chunk(void *ctx)
{
    rig_chunk_end(&((struct test *)ctx)->rig);
}

static void
on_trouble(void *ctx, const struct err *e)
{
    rig_trouble(&((struct test *)ctx)->rig, e);
}

static uint64_t
on_appended(void *ctx)
{
    return ((struct test *)ctx)->appended;
}

static uint64_t
on_durable(void *ctx)
{
    return ((struct test *)ctx)->durable;
}

static enum source_known
on_message(void *ctx, struct bytes id, struct bytes body)
{
    assert_true(id.len > 0 && body.len > 0);
    return ((struct test *)ctx)->known;
}

static void
set_up(struct test *t, const char *mode, const char *max_unacked)
{
    char path[128], endpoint[256] = "";
    FILE *f;

    *t = (struct test){.durable = 0};
    rig_init(&t->rig, &source_zmq);
    t->rig.host = (struct source_host){.ctx = t,
                                       .frame = on_frame,
                                       .chunk_end = on_chunk,
                                       .trouble = on_trouble,
                                       .appended = on_appended,
                                       .durable = on_durable,
                                       .message = on_message};
    (void)snprintf(path, sizeof path, "%s/port", t->rig.dir);
    rig_set(&t->rig, "endpoint", "tcp://127.0.0.1:*");
    rig_set(&t->rig, "mode", mode);
    rig_set(&t->rig, "max_unacked", max_unacked);
    rig_set(&t->rig, "port_file", path);
    rig_open(&t->rig, NONE);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(endpoint, sizeof endpoint, f));
    fclose(f);
    endpoint[strcspn(endpoint, "\n")] = '\0';
    t->context = zmq_ctx_new();
    t->peer = zmq_socket(t->context,
                         strcmp(mode, "router") == 0 ? ZMQ_DEALER : ZMQ_PUSH);
    assert_int_equal(zmq_connect(t->peer, endpoint), 0);
}

static void
tear_down(struct test *t)
{
    int none = 0;

    (void)zmq_setsockopt(t->peer, ZMQ_LINGER, &none, sizeof none);
    zmq_close(t->peer);
    zmq_ctx_term(t->context);
    rig_free(&t->rig);
}

static void
say(struct test *t, const char *head, const char *body)
{
    assert_true(zmq_send(t->peer, "alert.", 6, ZMQ_SNDMORE) >= 0);
    assert_true(zmq_send(t->peer, head, strlen(head), ZMQ_SNDMORE) >= 0);
    assert_true(zmq_send(t->peer, body, strlen(body), 0) >= 0);
}

/* The next acknowledgement as "id status list", or "" when none waits. */
static bool
hear(struct test *t, char out[256])
{
    size_t n = 0;
    int more = 1;
    size_t size = sizeof more;

    out[0] = '\0';
    while (more) {
        int got = zmq_recv(t->peer, out + n, 250 - n, ZMQ_DONTWAIT);

        if (got < 0)
            return false;
        n += (size_t)got;
        out[n] = ' ';
        zmq_getsockopt(t->peer, ZMQ_RCVMORE, &more, &size);
        n += (size_t)more;
        out[n] = '\0';
    }
    return true;
}

static void
expect(struct test *t, const char *want)
{
    time_t end = time(NULL) + RIG_DEADLINE_S;
    char got[256];

    while (!hear(t, got)) {
        assert_true(time(NULL) <= end);
        event_base_loop(t->rig.base, EVLOOP_ONCE);
    }
    assert_string_equal(got, want);
}

/* Turns the loop until a later message was handled: what did not come by then
 * was not sent. */
static void
expect_nothing(struct test *t)
{
    char got[256];

    for (int i = 0; i < 20; i++)
        event_base_loop(t->rig.base, EVLOOP_ONCE);
    assert_false(hear(t, got));
}

static void
commit(struct test *t, uint64_t durable)
{
    t->durable = durable;
    source_zmq.committed(t->rig.handle);
}

static void
test_acknowledges_when_durable(void **state)
{
    struct test t;

    (void)state;
    set_up(&t, "router", "100");
    say(&t, HEAD(1), "{\"items\":[{\"a\":1},{\"b\":2}]}");
    rig_frames(&t.rig, 2);
    rig_texts_are(&t.rig, "{\"a\":1}|{\"b\":2}|");
    assert_int_equal(t.rig.got[0].offset, 0);
    assert_int_equal(t.rig.got[1].offset, 1);
    expect_nothing(&t);
    commit(&t, 1); /* the first alone */
    expect_nothing(&t);
    commit(&t, 2);
    expect(&t, "m1 202 [202,202]");
    t.fate = SOURCE_REFUSED;
    say(&t, HEAD(2), "{\"items\":[{\"c\":1}]}");
    rig_frames(&t.rig, 3);
    commit(&t, 3);
    expect(&t, "m2 207 [400]");
    t.fate = SOURCE_REPEAT;
    t.durable = 4; /* nothing to wait for: no commit comes */
    say(&t, HEAD(3), "{\"items\":[{\"c\":1}]}");
    expect(&t, "m3 202 [200]");
    t.fate = SOURCE_LOST;
    t.durable = 5;
    say(&t, HEAD(4), "{\"items\":[{\"c\":1}]}");
    expect(&t, "m4 207 [503]");
    tear_down(&t);
}

static void
test_items_are_bounded(void **state)
{
    struct test t;

    (void)state;
    set_up(&t, "router", "3");
    for (int i = 0; i < 6; i++)
        say(&t, HEAD(1), "{\"items\":[{},{}]}");
    rig_frames(&t.rig, 4);
    expect_nothing(&t);
    assert_int_equal(t.rig.count, 4); /* two of two: the limit is reached */
    commit(&t, 2);
    expect_nothing(&t);
    commit(&t, 4);
    expect(&t, "m1 202 [202,202]");
    expect(&t, "m1 202 [202,202]");
    rig_frames(&t.rig, 8);
    commit(&t, 8);
    rig_frames(&t.rig, 12);
    commit(&t, 12);
    for (int i = 0; i < 4; i++)
        expect(&t, "m1 202 [202,202]");
    tear_down(&t);
}

static void
test_full_host_keeps_the_message(void **state)
{
    struct test t;

    (void)state;
    set_up(&t, "router", "100");
    t.rig.room = 1;
    say(&t, HEAD(1), "{\"items\":[{\"a\":1},{\"a\":2},{\"a\":3}]}");
    say(&t, HEAD(2), "{\"items\":[{\"a\":4}]}");
    rig_until(&t.rig, rig_has_refusals, 1);
    commit(&t, 100);
    expect_nothing(&t);
    t.rig.room = 1;
    source_zmq.resume(t.rig.handle);
    expect_nothing(&t);
    rig_texts_are(&t.rig, "{\"a\":1}|{\"a\":2}|");
    t.rig.room = SIZE_MAX;
    source_zmq.resume(t.rig.handle);
    expect(&t, "m1 202 [202,202,202]");
    expect(&t, "m2 202 [202]");
    rig_texts_are(&t.rig, "{\"a\":1}|{\"a\":2}|{\"a\":3}|{\"a\":4}|");
    tear_down(&t);
}

/* A broken message is one frame with a reason, and refused as a whole. */
static void
test_broken_messages(void **state)
{
    static const struct {
        const char *head, *body, *answer;
    } rows[] = {
        {"{}", "{\"items\":[]}", " 400 []"},
        {HEAD(1), "{", "m1 400 []"},
        {HEAD(1), "[]", "m1 400 []"},
        {HEAD(1), "{\"items\":1}", "m1 400 []"},
        {HEAD(1), "{\"items\":[],\"info_type\":\"asset\"}", "m1 400 []"},
        {HEAD(1), "{\"items\":[],\"msg_id\":\"m2\"}", "m1 400 []"},
        {HEAD(1), "{\"items\":[],\"digest\":1}", "m1 422 []"},
        {"{\"id\":\"m1\",\"info_type\":\"alert\",\"items\":3}",
         "{\"items\":[]}", "m1 400 []"},
    };
    struct test t;
    size_t n = sizeof rows / sizeof rows[0];

    (void)state;
    set_up(&t, "router", "100");
    t.durable = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        say(&t, rows[i].head, rows[i].body);
        expect(&t, rows[i].answer);
        assert_int_equal(t.broken, i + 1);
        assert_int_equal(t.rig.count, i + 1);
        assert_int_equal(t.rig.got[i].len, strlen(rows[i].body));
        assert_true(t.reason[0] != '\0');
    }
    t.known = SOURCE_OTHER;
    say(&t, HEAD(1), "{\"items\":[]}");
    expect(&t, "m1 409 []");
    assert_true(zmq_send(t.peer, "alone", 5, 0) >= 0);
    expect(&t, " 400 []");
    assert_int_equal(t.broken, n + 2);
    assert_int_equal(source_zmq.counters(t.rig.handle)->refused, n + 2);
    tear_down(&t);
}

/* Without acknowledgements nothing waits for the disk. */
static void
test_pull(void **state)
{
    struct test t;

    (void)state;
    set_up(&t, "pull", "1");
    for (int i = 0; i < 10; i++)
        say(&t, HEAD(1), "{\"items\":[{},{}]}");
    rig_frames(&t.rig, 20);
    tear_down(&t);
}

/* What was read and is not durable at the stop is never acknowledged; what is
 * goes out at the latest with the close. */
static void
test_stop(void **state)
{
    struct test t;

    (void)state;
    set_up(&t, "router", "100");
    say(&t, HEAD(1), "{\"items\":[{}]}");
    rig_frames(&t.rig, 1);
    say(&t, HEAD(2), "{\"items\":[{}]}");
    rig_frames(&t.rig, 2);
    t.durable = 1;
    rig_shut(&t.rig);
    expect(&t, "m1 202 [202]");
    expect_nothing(&t);
    tear_down(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acknowledges_when_durable),
        cmocka_unit_test(test_items_are_bounded),
        cmocka_unit_test(test_full_host_keeps_the_message),
        cmocka_unit_test(test_broken_messages),
        cmocka_unit_test(test_pull),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
