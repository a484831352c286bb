/* SPDX-License-Identifier: Apache-2.0 */
/* The mock broker behind its relay, with librdkafka as the product too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "conformance/wire/kafka_mock.h"

#if defined(__clang__) /* the library's macros of its argument list */
#pragma clang diagnostic ignored "-Wgnu-statement-expression"
#endif

static void
request_head(void **state)
{
    static const char good[] = "\0\0\0\7\0\0\0\x2a\0\2meBODY";
    static const char null_client[] = "\0\3\0\1\0\0\0\1\xff\xffX";
    struct kafka_request r;

    (void)state;
    assert_true(kafka_request_read(bytes_of(good, sizeof(good) - 1), &r));
    assert_int_equal(r.api, KAFKA_PRODUCE);
    assert_int_equal(r.version, 7);
    assert_int_equal(r.correlation, 42);
    assert_true(bytes_is(r.client, "me"));
    assert_true(bytes_is(r.body, "BODY"));
    assert_true(
        kafka_request_read(bytes_of(null_client, sizeof(null_client) - 1), &r));
    assert_int_equal(r.client.len, 0);
    for (size_t n = 0; n < 12; n++)
        assert_false(kafka_request_read(bytes_of(good, n), &r));
}

/* Version 7, acks -1, one topic "t", one partition, one batch of 2 records by
 * producer 5 at sequence 9, gzip. */
static const char produce[] =
    "\0\0\0\7\0\0\0\1\0\0"         /* head, empty client */
    "\xff\xff\xff\xff\0\0\x75\x30" /* no transaction, acks, timeout */
    "\0\0\0\1\0\1t\0\0\0\1\0\0\0\3\0\0\0\x3d"
    "\0\0\0\0\0\0\0\0\0\0\0\x31\0\0\0\0\2\1\2\3\4\0\1\0\0\0\1"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0\0\0\x9\0\0\0\2";

/* The same, not compressed: keys "a" and null, values "one" and "two!". */
static const char plain[] =
    "\0\0\0\7\0\0\0\1\0\0"
    "\xff\xff\xff\xff\0\0\x75\x30"
    "\0\0\0\1\0\1t\0\0\0\1\0\0\0\3\0\0\0\x54"
    "\0\0\0\0\0\0\0\0\0\0\0\x48\0\0\0\0\2\1\2\3\4\0\0\0\0\0\1"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0\0\0\x9\0\0\0\2"
    "\x14\0\0\0\2a\6one\0"
    "\x16\0\0\2\1\x8two!\0\0";

static void
produced_values(void **state)
{
    struct kafka_request r;
    struct bytes value[4];

    (void)state;
    assert_true(kafka_request_read(bytes_of(plain, sizeof(plain) - 1), &r));
    assert_int_equal(kafka_values_read(&r, value, 4), 2);
    assert_true(bytes_is(value[0], "one"));
    assert_true(bytes_is(value[1], "two!"));
    assert_int_equal(kafka_values_read(&r, value, 1), 1);
    /* what is cut anywhere gives what is whole, and ends */
    for (size_t n = 10; n < sizeof(plain) - 1; n++) {
        assert_true(kafka_request_read(bytes_of(plain, n), &r));
        assert_true(kafka_values_read(&r, value, 4) <= 2);
    }
    assert_true(kafka_request_read(bytes_of(produce, sizeof(produce) - 1), &r));
    assert_int_equal(kafka_values_read(&r, value, 4), 0); /* gzip */
}

static void
produce_request(void **state)
{
    struct kafka_request r;
    struct kafka_produced p;

    (void)state;
    assert_true(kafka_request_read(bytes_of(produce, sizeof(produce) - 1), &r));
    assert_true(kafka_produced_read(&r, &p));
    assert_int_equal(p.acks, -1);
    assert_true(p.batch);
    assert_int_equal(p.codec, 1);
    assert_int_equal(p.producer, 5);
    assert_int_equal(p.sequence, 9);
    assert_int_equal(p.records, 2);
    r.version = 9;
    assert_false(kafka_produced_read(&r, &p));
    r.version = 7;
    for (size_t n = 0; n < r.body.len; n++) {
        struct kafka_request cut = r;

        cut.body = bytes_upto(r.body, n);
        assert_false(kafka_produced_read(&cut, &p) && p.batch);
    }
}

/* Group "g", topics "t" (partition 3 at 7) and "u" (3 at 99), metadata "m". */
#define PLACE(v6, time) "\0\0\0\3\0\0\0\0\0\0\0\7" v6 time "\0\1m"
#define OTHER(v6, time) "\0\0\0\3\0\0\0\0\0\0\0\x63" v6 time "\0\1m"
#define TOPICS(v6, time)                                                       \
    "\0\0\0\2\0\1t\0\0\0\1" PLACE(v6, time) "\0\1u\0\0\0\1" OTHER(v6, time)
#define MEMBER    "\0\1g\0\0\0\5\0\2me"
#define RETENTION "\xff\xff\xff\xff\xff\xff\xff\xff"
#define TIME      "\0\0\1\0\0\0\0\0"
#define EPOCH     "\0\0\0\2"
/* Flexible: a tag of two octets behind the head and the places. */
#define FLEXIBLE                                                               \
    "\1\0\2xx\2g\0\0\0\5\3me\0\3\2t\2\0\0\0\3\0\0\0\0\0\0\0\7" EPOCH           \
    "\2m\1\1\2yy\0\2u\2\0\0\0\3\0\0\0\0\0\0\0\x63" EPOCH "\0\0\0\0"

static void
committed_offsets(void **state)
{
#define OF(text)                                                               \
    {                                                                          \
        (text), sizeof(text) - 1                                               \
    }
    static const struct {
        int16_t version;
        struct bytes body;
    } rows[] = {
        {0, OF("\0\1g" TOPICS("", ""))},
        {1, OF(MEMBER TOPICS("", TIME))},
        {2, OF(MEMBER RETENTION TOPICS("", ""))},
        {3, OF(MEMBER RETENTION TOPICS("", ""))},
        {4, OF(MEMBER RETENTION TOPICS("", ""))},
        {5, OF(MEMBER TOPICS("", ""))},
        {6, OF(MEMBER TOPICS(EPOCH, ""))},
        {7, OF(MEMBER "\xff\xff" TOPICS(EPOCH, ""))},
        {7, OF(MEMBER "\0\1i" TOPICS(EPOCH, ""))},
        {8, OF(FLEXIBLE)},
        {9, OF(FLEXIBLE)},
    };
    int64_t at;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kafka_request r = {.api = KAFKA_OFFSET_COMMIT,
                                  .version = rows[i].version,
                                  .body = rows[i].body};

        assert_true(kafka_committed_read(&r, BYTES("t"), 3, &at));
        assert_int_equal(at, 7);
        assert_true(kafka_committed_read(&r, BYTES("u"), 3, &at));
        assert_int_equal(at, 99);
        assert_true(kafka_committed_read(&r, BYTES("t"), 2, &at));
        assert_int_equal(at, -1);
        assert_true(kafka_committed_read(&r, BYTES("x"), 3, &at));
        assert_int_equal(at, -1);
        for (size_t n = 0; n < rows[i].body.len; n++) {
            r.body = bytes_upto(rows[i].body, n);
            assert_false(kafka_committed_read(&r, BYTES("t"), 3, &at));
        }
        r.body = rows[i].body;
        r.version = 10;
        assert_false(kafka_committed_read(&r, BYTES("t"), 3, &at));
        r.version = rows[i].version;
        r.api = KAFKA_FETCH;
        assert_false(kafka_committed_read(&r, BYTES("t"), 3, &at));
    }
}

static void
rewrite_addresses(void **state)
{
    char reply[] = "xx\0\x9"
                   "127.0.0.1\0\0\x04\xd2yy127.0.0.1\0\0\x04\xd3";

    (void)state;
    assert_int_equal(kafka_rewrite(reply, sizeof(reply) - 1, 1234, 4321), 1);
    assert_memory_equal(reply + 13, "\0\0\x10\xe1", 4);
    assert_memory_equal(reply + 28, "\0\0\x04\xd3", 4);
    assert_int_equal(kafka_rewrite(reply, 3, 1234, 4321), 0);
}

#ifdef HUTONG_KAFKA
#include <librdkafka/rdkafka.h>

static rd_kafka_t *
producer(unsigned port)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char servers[64], why[200];

    (void)snprintf(servers, sizeof(servers), "127.0.0.1:%u", port);
    assert_int_equal(
        rd_kafka_conf_set(conf, "bootstrap.servers", servers, why, sizeof(why)),
        RD_KAFKA_CONF_OK);
    assert_int_equal(
        rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof(why)),
        RD_KAFKA_CONF_OK);
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
}

static void
through_the_relay(void **state)
{
    struct err err = {0};
    struct kafka_mock *k = kafka_mock_open(0, "interconn", &err);
    struct kafka_record r;
    struct kafka_facts f;
    rd_kafka_t *p;

    (void)state;
    assert_non_null(k);
    kafka_mock_fault(k, KAFKA_PRODUCE,
                     RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 2);
    p = producer(kafka_relay_port(kafka_mock_relay(k)));
    assert_non_null(p);
    assert_int_equal(
        rd_kafka_producev(p, RD_KAFKA_V_TOPIC("interconn.alert.v1"),
                          RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_VALUE("v", 1),
                          RD_KAFKA_V_HEADER("schema", "s", 1), RD_KAFKA_V_END),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_flush(p, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(p);
    assert_int_equal(kafka_mock_poll(k, &r, 10000), ERR_OK);
    assert_string_equal(r.topic, "interconn.alert.v1");
    assert_true(bytes_is(r.key, "k"));
    assert_true(bytes_is(r.value, "v"));
    assert_int_equal(r.headers, 1);
    assert_true(bytes_is(r.header[0].name, "schema"));
    f = kafka_relay_facts(kafka_mock_relay(k));
    assert_int_equal(f.acks_least, -1);
    assert_int_equal(f.acks_most, -1);
    assert_true(f.requests[KAFKA_PRODUCE] >= 2);
    assert_true(f.idempotent > 0);
    assert_string_equal(f.client, "rdkafka");
    kafka_mock_close(k);
}

static void
own_records(void **state)
{
    struct err err = {0};
    struct kafka_mock *k = kafka_mock_open(0, "p", &err);
    struct kafka_record r = {.topic = "p.asset.v1",
                             .partition = -1,
                             .key = BYTES("key"),
                             .has_key = true};

    (void)state;
    assert_non_null(k);
    assert_int_equal(kafka_mock_put(k, &r, 5000, &err), ERR_OK);
    assert_int_equal(kafka_mock_poll(k, &r, 5000), ERR_OK);
    assert_true(r.has_key && !r.has_value);
    assert_int_equal(kafka_mock_poll(k, &r, 0), ERR_TIMEOUT);
    kafka_mock_close(k);
}

/* What a consumer commits, through the relay; ${wait}: until the reply. */
static void
commit(rd_kafka_t *c, int64_t offset, bool wait)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, "p.asset.v1", 1)->offset = offset;
    assert_int_equal(rd_kafka_commit(c, list, !wait),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
}

static int64_t
committed(rd_kafka_t *c)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);
    int64_t offset;

    rd_kafka_topic_partition_list_add(list, "p.asset.v1", 1);
    assert_int_equal(rd_kafka_committed(c, list, 10000),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return offset;
}

static rd_kafka_t *
consumer(unsigned port)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char servers[64], why[200];

    (void)snprintf(servers, sizeof(servers), "127.0.0.1:%u", port);
    assert_int_equal(
        rd_kafka_conf_set(conf, "bootstrap.servers", servers, why, sizeof(why)),
        RD_KAFKA_CONF_OK);
    assert_int_equal(rd_kafka_conf_set(conf, "group.id", "g", why, sizeof(why)),
                     RD_KAFKA_CONF_OK);
    return rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
}

static void
commit_is_held(void **state)
{
    struct err err = {0};
    struct kafka_mock *k = kafka_mock_open(0, "p", &err);
    struct kafka_relay *relay = kafka_mock_relay(k);
    struct kafka_record r = {.topic = "p.asset.v1", .partition = 1};
    struct kafka_held h = {0};
    rd_kafka_t *c = consumer(kafka_relay_port(relay));
    int64_t end = -1;

    (void)state;
    assert_int_equal(kafka_mock_put(k, &r, 5000, &err), ERR_OK);
    assert_int_equal(kafka_mock_end(k, r.topic, 1, &end, &err), ERR_OK);
    assert_int_equal(end, 1);
    kafka_relay_hold(relay, r.topic, 1, end);
    commit(c, 1, true); /* of a record that was there before: passes */
    assert_int_equal(committed(c), 1);
    assert_false(kafka_relay_held(relay).waiting);
    commit(c, 2, false);
    while (!h.waiting)
        h = kafka_relay_held(relay);
    assert_int_equal(h.offset, 2);
    assert_int_equal(h.unread, 0);
    kafka_relay_release(relay);
    while (committed(c) != 2)
        ;
    rd_kafka_destroy(c);
    kafka_mock_close(k);
}
#else
static void
commit_is_held(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(kafka_mock_end(NULL, "t", 0, NULL, &err), ERR_UNSUPPORTED);
}

static void
through_the_relay(void **state)
{
    struct err err = {0};

    (void)state;
    assert_false(kafka_mock_there());
    assert_null(kafka_mock_open(0, "interconn", &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
}

static void
own_records(void **state)
{
    struct err err = {0};
    struct kafka_record r = {0};

    (void)state;
    assert_int_equal(kafka_mock_put(NULL, &r, 0, &err), ERR_UNSUPPORTED);
}
#endif

int
main(void)
{
#ifndef __SANITIZE_THREAD__
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_head),
        cmocka_unit_test(produce_request),
        cmocka_unit_test(produced_values),
        cmocka_unit_test(committed_offsets),
        cmocka_unit_test(rewrite_addresses),
        cmocka_unit_test(through_the_relay),
        cmocka_unit_test(own_records),
        cmocka_unit_test(commit_is_held),
    };
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_head),
        cmocka_unit_test(produce_request),
        cmocka_unit_test(produced_values),
        cmocka_unit_test(committed_offsets),
        cmocka_unit_test(rewrite_addresses),
    };

    /* The distribution's librdkafka starts its threads by thrd_create, which
     * ThreadSanitizer does not know: it dies in them. */
    (void)puts("SKIP librdkafka under ThreadSanitizer");
    (void)through_the_relay;
    (void)own_records;
    (void)commit_is_held;
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
