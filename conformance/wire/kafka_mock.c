/* SPDX-License-Identifier: Apache-2.0 */
/* See kafka_mock.h. The consumer is assigned partitions by hand (a group would
 * wait for others to join) and looks for new topics now and then. */
#include "conformance/wire/kafka_mock.h"

#ifdef HUTONG_KAFKA

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "transport/clock.h"

#define MOCK_PARTITIONS 4
#define MOCK_TOPICS_MAX 64 /* partitions that are read: four each */
#define MOCK_LOOK_MS    300
#define MOCK_FAULTS_MAX 64
#define MOCK_ASK_MS     5000

struct kafka_mock {
    rd_kafka_t *cluster_handle, *consumer, *producer;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_relay *relay;
    char topic[MOCK_TOPICS_MAX][128];
    size_t topics;
    int64_t looked_ms;
    rd_kafka_message_t *held; /* what the last poll gave */
};

bool
kafka_mock_there(void)
{
    return true;
}

/* ---- open */

static void
silent(const rd_kafka_t *rk, int level, const char *fac, const char *text)
{
    (void)rk;
    (void)level;
    (void)fac;
    (void)text;
}

static rd_kafka_t *
make(rd_kafka_type_t type, const char *servers, struct err *err)
{
    static const char *const pairs[][2] = {
        {"allow.auto.create.topics", "false"},
        {"message.max.bytes", "33554432"},
        {"fetch.wait.max.ms", "50"},
        {"group.id", "hutong-conform"},
        {"enable.auto.commit", "false"},
        {"auto.offset.reset", "earliest"},
        {"linger.ms", "0"},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256] = "";
    rd_kafka_t *rk;

    rd_kafka_conf_set_log_cb(conf, silent);
    for (size_t i = 0; servers && i < sizeof(pairs) / sizeof(pairs[0]); i++)
        (void)rd_kafka_conf_set(conf, pairs[i][0], pairs[i][1], why,
                                sizeof(why));
    if (servers)
        (void)rd_kafka_conf_set(conf, "bootstrap.servers", servers, why,
                                sizeof(why));
    rk = rd_kafka_new(type, conf, why, sizeof(why));
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        (void)err_set(err, ERR_IO, "Kafka", "librdkafka: %s", why);
    }
    return rk;
}

static unsigned
broker_port(const struct kafka_mock *k)
{
    const char *servers = rd_kafka_mock_cluster_bootstraps(k->cluster);
    const char *colon = servers ? strrchr(servers, ':') : NULL;
    uint64_t port = 0;

    if (colon)
        (void)bytes_to_u64(bytes_str(colon + 1), 65535, &port);
    return (unsigned)port;
}

static void
make_topics(struct kafka_mock *k, const char *prefix)
{
    static const char *const kinds[] = {"asset", "alert", "threat", "behavior"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char name[128];

        (void)snprintf(name, sizeof(name), "%s.%s.v1", prefix, kinds[i]);
        (void)rd_kafka_mock_topic_create(k->cluster, name, MOCK_PARTITIONS, 1);
    }
}

struct kafka_mock *
kafka_mock_open(unsigned port, const char *prefix, struct err *err)
{
    struct kafka_mock *k = calloc(1, sizeof(*k));
    const char *servers;

    if (!k) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    k->cluster_handle = make(RD_KAFKA_PRODUCER, NULL, err);
    if (!k->cluster_handle)
        goto fail;
    k->cluster = rd_kafka_mock_cluster_new(k->cluster_handle, 1);
    if (!k->cluster) {
        (void)err_set(err, ERR_IO, "Kafka", "the mock cluster does not start");
        goto fail;
    }
    make_topics(k, prefix);
    servers = rd_kafka_mock_cluster_bootstraps(k->cluster);
    k->consumer = make(RD_KAFKA_CONSUMER, servers, err);
    if (!k->consumer)
        goto fail;
    (void)rd_kafka_poll_set_consumer(k->consumer);
    k->producer = make(RD_KAFKA_PRODUCER, servers, err);
    if (!k->producer)
        goto fail;
    k->relay = kafka_relay_open(port, broker_port(k), err);
    if (k->relay)
        return k;
fail:
    kafka_mock_close(k);
    return NULL;
}

void
kafka_mock_close(struct kafka_mock *k)
{
    if (!k)
        return;
    kafka_relay_close(k->relay);
    if (k->held)
        rd_kafka_message_destroy(k->held);
    if (k->consumer)
        rd_kafka_destroy_flags(k->consumer,
                               RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (k->producer)
        rd_kafka_destroy(k->producer);
    if (k->cluster)
        rd_kafka_mock_cluster_destroy(k->cluster);
    if (k->cluster_handle)
        rd_kafka_destroy(k->cluster_handle);
    free(k);
}

struct kafka_relay *
kafka_mock_relay(struct kafka_mock *k)
{
    return k->relay;
}

void
kafka_mock_fault(struct kafka_mock *k, int api, int code, unsigned n)
{
    rd_kafka_resp_err_t errors[MOCK_FAULTS_MAX];

    if (n > MOCK_FAULTS_MAX)
        n = MOCK_FAULTS_MAX;
    for (unsigned i = 0; i < n; i++)
        errors[i] = (rd_kafka_resp_err_t)code;
    rd_kafka_mock_push_request_errors_array(k->cluster, (int16_t)api, n,
                                            errors);
}

/* ---- consuming */

static bool
known(const struct kafka_mock *k, const char *topic)
{
    for (size_t i = 0; i < k->topics; i++) {
        if (strcmp(k->topic[i], topic) == 0)
            return true;
    }
    return false;
}

static void
follow(struct kafka_mock *k, const rd_kafka_metadata_topic_t *t)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(t->partition_cnt);
    rd_kafka_error_t *error;

    for (int i = 0; i < t->partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, t->topic, i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    error = rd_kafka_incremental_assign(k->consumer, list);
    if (error) {
        rd_kafka_error_destroy(error);
    } else {
        (void)snprintf(k->topic[k->topics], sizeof(k->topic[0]), "%s",
                       t->topic);
        k->topics++;
    }
    rd_kafka_topic_partition_list_destroy(list);
}

static void
look_for_topics(struct kafka_mock *k)
{
    const struct rd_kafka_metadata *m;

    if (k->topics && clock_ms() - k->looked_ms < MOCK_LOOK_MS)
        return;
    k->looked_ms = clock_ms();
    if (rd_kafka_metadata(k->consumer, 1, NULL, &m, 2000) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    for (int i = 0; i < m->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *t = &m->topics[i];

        if (t->err == RD_KAFKA_RESP_ERR_NO_ERROR && t->partition_cnt > 0 &&
            k->topics < MOCK_TOPICS_MAX && !known(k, t->topic))
            follow(k, t);
    }
    rd_kafka_metadata_destroy(m);
}

static void
read_headers(const rd_kafka_message_t *m, struct kafka_record *r)
{
    rd_kafka_headers_t *list;

    if (rd_kafka_message_headers(m, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    while (r->headers < KAFKA_HEADERS_MAX) {
        const char *name;
        const void *value;
        size_t size;

        if (rd_kafka_header_get_all(list, r->headers, &name, &value, &size) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        r->header[r->headers++] = (struct kafka_header){
            bytes_str(name), bytes_of(value, value ? size : 0)};
    }
}

enum err_code
kafka_mock_poll(struct kafka_mock *k, struct kafka_record *r, unsigned wait_ms)
{
    int64_t end = clock_ms() + wait_ms;

    if (k->held)
        rd_kafka_message_destroy(k->held);
    k->held = NULL;
    *r = (struct kafka_record){0};
    for (;;) {
        int64_t left = end - clock_ms();

        look_for_topics(k);
        k->held = rd_kafka_consumer_poll(
            k->consumer, left > 100 ? 100 : (int)(left > 0 ? left : 0));
        if (k->held && k->held->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        if (k->held)
            rd_kafka_message_destroy(k->held);
        k->held = NULL;
        if (left <= 0)
            return ERR_TIMEOUT;
    }
    r->topic = rd_kafka_topic_name(k->held->rkt);
    r->partition = k->held->partition;
    r->offset = k->held->offset;
    r->has_key = k->held->key != NULL;
    r->has_value = k->held->payload != NULL;
    r->key = bytes_of(k->held->key, k->held->key ? k->held->key_len : 0);
    r->value = bytes_of(k->held->payload, k->held->payload ? k->held->len : 0);
    read_headers(k->held, r);
    return ERR_OK;
}

/* ---- producing */

static rd_kafka_headers_t *
make_headers(const struct kafka_record *r)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(r->headers);

    for (size_t i = 0; i < r->headers; i++) {
        const struct kafka_header *h = &r->header[i];

        (void)rd_kafka_header_add(list, h->name.data, (ssize_t)h->name.len,
                                  h->value.data, (ssize_t)h->value.len);
    }
    return list;
}

#if defined(__clang__) /* the library's macros of its argument list */
#pragma clang diagnostic ignored "-Wgnu-statement-expression"
#endif

enum err_code
kafka_mock_put(struct kafka_mock *k, const struct kafka_record *r,
               unsigned wait_ms, struct err *err)
{
    rd_kafka_headers_t *headers = make_headers(r);
    rd_kafka_resp_err_t e = rd_kafka_producev(
        k->producer, RD_KAFKA_V_TOPIC(r->topic),
        RD_KAFKA_V_PARTITION(r->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(r->has_key ? r->key.data : NULL,
                       r->has_key ? r->key.len : 0),
        RD_KAFKA_V_VALUE(
            (void *)(uintptr_t)(r->has_value ? r->value.data : NULL),
            r->has_value ? r->value.len : 0),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

    if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        return err_set(err, ERR_IO, r->topic, "cannot be produced: %s",
                       rd_kafka_err2str(e));
    }
    if (rd_kafka_flush(k->producer, (int)wait_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return err_set(err, ERR_TIMEOUT, r->topic,
                       "the mock broker does not take a record");
    return ERR_OK;
}

enum err_code
kafka_mock_end(struct kafka_mock *k, const char *topic, int32_t partition,
               int64_t *offset, struct err *err)
{
    int64_t first;
    rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(
        k->producer, topic, partition, &first, offset, MOCK_ASK_MS);

    if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
        return err_set(err, ERR_IO, topic, "no offsets: %s",
                       rd_kafka_err2str(e));
    return ERR_OK;
}

#else /* no librdkafka */

static enum err_code
missing(struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED, "Kafka",
                   "built without librdkafka: the Kafka roles are not "
                   "available");
}

bool
kafka_mock_there(void)
{
    return false;
}

struct kafka_mock *
kafka_mock_open(unsigned port, const char *prefix, struct err *err)
{
    (void)port;
    (void)prefix;
    (void)missing(err);
    return NULL;
}

void
kafka_mock_close(struct kafka_mock *k)
{
    (void)k;
}

struct kafka_relay *
kafka_mock_relay(struct kafka_mock *k)
{
    (void)k;
    return NULL;
}

void
kafka_mock_fault(struct kafka_mock *k, int api, int code, unsigned n)
{
    (void)k;
    (void)api;
    (void)code;
    (void)n;
}

enum err_code
kafka_mock_poll(struct kafka_mock *k, struct kafka_record *r, unsigned wait_ms)
{
    (void)k;
    (void)r;
    (void)wait_ms;
    return ERR_UNSUPPORTED;
}

enum err_code
kafka_mock_put(struct kafka_mock *k, const struct kafka_record *r,
               unsigned wait_ms, struct err *err)
{
    (void)k;
    (void)r;
    (void)wait_ms;
    return missing(err);
}

enum err_code
kafka_mock_end(struct kafka_mock *k, const char *topic, int32_t partition,
               int64_t *offset, struct err *err)
{
    (void)k;
    (void)topic;
    (void)partition;
    (void)offset;
    return missing(err);
}

#endif
