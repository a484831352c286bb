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
#else
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
        cmocka_unit_test(rewrite_addresses),
        cmocka_unit_test(through_the_relay),
        cmocka_unit_test(own_records),
    };
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_head),
        cmocka_unit_test(produce_request),
        cmocka_unit_test(produced_values),
        cmocka_unit_test(rewrite_addresses),
    };

    /* The distribution's librdkafka starts its threads by thrd_create, which
     * ThreadSanitizer does not know: it dies in them. */
    (void)puts("SKIP librdkafka under ThreadSanitizer");
    (void)through_the_relay;
    (void)own_records;
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
