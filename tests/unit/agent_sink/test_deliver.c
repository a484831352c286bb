/* SPDX-License-Identifier: Apache-2.0 */
/* The fate of every item under every kind of answer. The destination is a
 * transport whose answers are a script; envelopes are real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/sink/deliver.h"
#include "formats/base/embed.h"
#include "formats/json/reader.h"

#define ITEMS 10

struct answer {
    enum send_result result;
    bool split, pause;
    const char *items; /* "SRA..." a letter an item, or NULL */
};

struct script {
    const struct answer *answer;
    size_t count, at;
    enum send_result results[WINDOW_MAX_ITEMS];
    uint64_t poison;      /* refuse any batch that holds this sequence */
    size_t sends, probes; /* seen */
    size_t sleeps;
    uint32_t delivered[ITEMS + 1], dead[ITEMS + 1]; /* by sequence */
    uint32_t sent_items;
    char first_id[64], ids_same;
    struct buf first_body;
    bool bodies_same;
    bool stop;
};

static struct script script;
static struct standard *standard;

static bool
holds(struct bytes body, uint64_t sequence)
{
    char needle[32];
    int n = snprintf(needle, sizeof needle, "\"n\":%llu}",
                     (unsigned long long)sequence);

    for (size_t i = 0; i + (size_t)n <= body.len; i++)
        if (memcmp(body.data + i, needle, (size_t)n) == 0)
            return true;
    return false;
}

static void
count_delivered(const struct batch *b, const struct answer *a)
{
    size_t k = 0;

    for (uint64_t s = 1; s <= ITEMS; s++)
        if (holds(b->body, s)) {
            if (a == NULL || a->items == NULL || a->items[k] == 'S')
                script.delivered[s]++;
            k++;
        }
}

static void
scripted_send(void *t, const struct batch *b, unsigned deadline_ms,
              struct send_report *r)
{
    static const struct answer yes = {.result = SEND_SENT};
    static const struct answer no = {.result = SEND_REFUSED};
    const struct answer *a = &yes;

    (void)t;
    (void)deadline_ms;
    if (script.at < script.count)
        a = &script.answer[script.at++];
    else if (script.poison != 0 && holds(b->body, script.poison))
        a = &no;
    if (script.sends++ == 0) {
        (void)snprintf(script.first_id, sizeof script.first_id, "%.*s",
                       (int)b->id.len, b->id.data);
        buf_bytes(&script.first_body, b->body);
    } else if (!bytes_eq(b->body, buf_view(&script.first_body)) ||
               !bytes_is(b->id, script.first_id)) {
        script.bodies_same = false;
    }
    *r = (struct send_report){.result = a->result,
                              .split = a->split,
                              .pause = a->pause,
                              .text = "scripted"};
    if (a->items != NULL) {
        for (uint32_t i = 0; i < b->items; i++)
            script.results[i] = a->items[i] == 'S'   ? SEND_SENT
                                : a->items[i] == 'R' ? SEND_REFUSED
                                                     : SEND_AGAIN;
        r->item = script.results;
    }
    if (a->result == SEND_SENT || a->items != NULL)
        count_delivered(b, a);
}

static void
scripted_probe(void *t, unsigned deadline_ms, struct send_report *r)
{
    (void)t;
    (void)deadline_ms;
    script.probes++;
    r->result = script.probes < 3 ? SEND_DOWN : SEND_SENT;
}

static const struct transport scripted = {
    .scheme = "scripted", .send = scripted_send, .probe = scripted_probe};

static bool
is_stopping(void *ctx)
{
    (void)ctx;
    return script.stop;
}

static void
no_sleep(void *ctx, unsigned ms)
{
    (void)ctx;
    (void)ms;
    script.sleeps++;
}

static void
no_state(void *ctx, enum output_health health, const char *reason)
{
    (void)ctx;
    (void)health;
    (void)reason;
}

static void
on_sent(void *ctx, uint32_t items, size_t bytes)
{
    (void)ctx;
    (void)bytes;
    script.sent_items += items;
}

static void
on_dead(void *ctx, const struct window *w, uint32_t item, const char *reason)
{
    (void)ctx;
    assert_string_equal(reason, "scripted");
    script.dead[w->item[item].sequence]++;
}

static void
on_retry(void *ctx, bool refused)
{
    (void)ctx;
    (void)refused;
}

static struct window window;

static void
fill_window(void)
{
    static const struct config_output any = {.batch_items = 1000,
                                             .batch_bytes = 1 << 20};

    window_reset(&window);
    window.created_ns = 1763805600000000000;
    for (uint64_t s = 1; s <= ITEMS; s++) {
        char item[64];
        struct spool_record r = {
            .sequence = s,
            .meta = {.kind = SPOOL_EVENT,
                     .info_type = BYTES("alert"),
                     .product = BYTES("p"),
                     .key = BYTES("key")},
            .item = {item, 0},
        };

        r.item.len = (size_t)snprintf(item, sizeof item,
                                      "{\"info_type\":\"alert\",\"n\":%llu}",
                                      (unsigned long long)s);
        assert_true(window_add(&window, &any, &r));
    }
}

static bool
deliver(const struct answer *answer, size_t count, uint64_t poison, bool stop)
{
    static const uint8_t uuid[16] = "spool-uuid-12345";
    static const char *const ids[] = {"p", NULL};
    static const char *const json[] = {"{\"product_id\":\"p\"}", NULL};
    static const struct product_table products = {ids, json};
    struct delivery d = {.transport = &scripted,
                         .envelope = {.standard = standard,
                                      .products = &products,
                                      .spool_uuid = uuid,
                                      .output = "o",
                                      .with_digest = true,
                                      .digest = DIGEST_SM3},
                         .refuse_after = 1,
                         .random = 1,
                         .stopping = is_stopping,
                         .sleep = no_sleep,
                         .state = no_state,
                         .sent = on_sent,
                         .dead = on_dead,
                         .retried = on_retry};
    bool done;

    buf_free(&script.first_body);
    script = (struct script){.answer = answer,
                             .count = count,
                             .poison = poison,
                             .bodies_same = true,
                             .stop = stop};
    fill_window();
    done = deliver_group(&d, &window, &window.group[0]);
    buf_free(&d.body);
    return done;
}

/* Exactly one fate for each sequence; ${dead} names the dead ones. */
static void
assert_fates(const char *name, uint64_t dead)
{
    uint32_t alive = 0;

    for (uint64_t s = 1; s <= ITEMS; s++) {
        uint32_t want_dead = (dead >> s) & 1;

        if (script.dead[s] != want_dead || script.delivered[s] != !want_dead)
            fail_msg("%s: sequence %llu delivered %u, dead %u", name,
                     (unsigned long long)s, script.delivered[s],
                     script.dead[s]);
        alive += !want_dead;
    }
    assert_int_equal(script.sent_items, alive);
}

static void
test_answers(void **state)
{
    static const struct answer again[] = {{.result = SEND_AGAIN},
                                          {.result = SEND_AGAIN}};
    static const struct answer down[] = {{.result = SEND_DOWN}};
    static const struct answer pause[] = {
        {.result = SEND_AGAIN, .pause = true}};
    static const struct answer split[] = {
        {.result = SEND_AGAIN, .split = true},
        {.result = SEND_AGAIN, .split = true}};
    static const struct answer items[] = {
        {.result = SEND_AGAIN, .items = "SSRASSSSAS"},
        {.result = SEND_AGAIN, .items = "RA"}};

    (void)state;
    assert_true(deliver(NULL, 0, 0, false));
    assert_fates("sent", 0);
    assert_int_equal(script.sends, 1);
    assert_true(deliver(again, 2, 0, false));
    assert_fates("again", 0);
    assert_int_equal(script.sends, 3);
    assert_true(script.bodies_same);
    assert_true(deliver(down, 1, 0, false));
    assert_fates("down", 0);
    assert_int_equal(script.sends, 2); /* probed three times in between */
    assert_int_equal(script.probes, 3);
    assert_true(script.bodies_same);
    assert_true(deliver(pause, 1, 0, false));
    assert_fates("pause", 0);
    assert_true(deliver(split, 2, 0, false));
    assert_fates("split", 0);
    assert_true(deliver(items, 2, 0, false));
    assert_fates("items", (uint64_t)1 << 3 | (uint64_t)1 << 4);
}

static void
test_poison_is_bisected(void **state)
{
    (void)state;
    for (uint64_t s = 1; s <= ITEMS; s++) {
        assert_true(deliver(NULL, 0, s, false));
        assert_fates("poison", (uint64_t)1 << s);
        assert_true(script.sends <= 9); /* log2, not one by one */
    }
}

static void
test_stopping_leaves_the_window(void **state)
{
    (void)state;
    assert_false(deliver(NULL, 0, 0, true));
    assert_int_equal(script.sends, 0);
}

static void
test_envelope(void **state)
{
    struct json_reader reader;
    struct tape t = {0};
    uint32_t items, digest;
    struct bytes span;
    char hex[DIGEST_HEX_MAX];

    (void)state;
    assert_true(deliver(NULL, 0, 0, false));
    json_reader_init(&reader, JSON_STRICT, NULL);
    assert_int_equal(json_read(&reader, buf_view(&script.first_body), &t, NULL),
                     ERR_OK);
    items = tape_get(&t, 0, BYTES("items"));
    assert_true(items != 0 && t.node[items].hash == ITEMS);
    span = bytes_of(t.input + t.node[items].offset, t.node[items].length);
    assert_int_equal(span.data[0], '[');
    assert_int_equal(span.data[span.len - 1], ']');
    assert_int_equal(digest_hex(DIGEST_SM3, span, hex, NULL), ERR_OK);
    digest = tape_path(&t, BYTES("digest.value"));
    assert_true(tape_is(&t, &t.node[digest], bytes_str(hex)));
    assert_true(tape_is(&t, &t.node[tape_get(&t, 0, BYTES("msg_id"))],
                        bytes_str(script.first_id)));
    assert_true(tape_is(&t, &t.node[tape_get(&t, 0, BYTES("schema"))],
                        BYTES("interconn/alert")));
    tape_free(&t);
    json_reader_free(&reader);
}

static int
setup(void **state)
{
    struct diag diag;

    (void)state;
    diag_init(&diag);
    standard = std_embedded(hutong_data, &diag);
    diag_free(&diag);
    return standard == NULL;
}

static int
teardown(void **state)
{
    (void)state;
    std_free(standard);
    window_free(&window);
    buf_free(&script.first_body);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_poison_is_bisected),
        cmocka_unit_test(test_stopping_leaves_the_window),
        cmocka_unit_test(test_envelope),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
