/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka broker for tests: librdkafka's mock cluster as a program.
 *   broker PORT_FILE [BROKERS [PARTITIONS]]
 * writes its bootstrap servers to PORT_FILE when it listens, runs until standard
 * input ends or a signal comes. A line on standard input injects faults into the
 * next Produce requests:  produce ERROR_CODE COUNT  */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_PRODUCE 0
#define FAULTS_MAX  64

static int
number(const char *text, int min, int max)
{
    char *end;
    long v = text ? strtol(text, &end, 10) : -1;

    return text && *end == '\0' && v >= min && v <= max ? (int)v : -1;
}

/* The file appears whole or not at all. */
static int
publish(const char *path, const char *servers)
{
    char part[4096];
    FILE *f;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return -1;
    f = fopen(part, "w");
    if (f == NULL || fprintf(f, "%s\n", servers) < 0 || fclose(f) != 0)
        return -1;
    return rename(part, path);
}

static void
inject(rd_kafka_mock_cluster_t *cluster, char *line)
{
    rd_kafka_resp_err_t errors[FAULTS_MAX];
    int code, count;

    if (sscanf(line, "produce %d %d", &code, &count) != 2 || count < 1 ||
        count > FAULTS_MAX) {
        (void)fprintf(stderr, "broker: not understood: %s", line);
        return;
    }
    for (int i = 0; i < count; i++)
        errors[i] = (rd_kafka_resp_err_t)code;
    rd_kafka_mock_push_request_errors_array(cluster, API_PRODUCE, (size_t)count,
                                            errors);
}

int
main(int argc, char **argv)
{
    int brokers = argc > 2 ? number(argv[2], 1, 9) : 1;
    int partitions = argc > 3 ? number(argv[3], 1, 99) : 4;
    char why[256], line[128];
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;

    if (argc < 2 || brokers < 0 || partitions < 0) {
        (void)fprintf(stderr,
                      "usage: broker PORT_FILE [BROKERS [PARTITIONS]]\n");
        return 2;
    }
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cluster = rk ? rd_kafka_mock_cluster_new(rk, brokers) : NULL;
    if (cluster == NULL ||
        publish(argv[1], rd_kafka_mock_cluster_bootstraps(cluster)) != 0) {
        (void)fprintf(stderr, "broker: cannot start\n");
        return 1;
    }
    for (const char *const *t =
             (const char *const[]){"asset", "alert", "threat", "behavior",
                                   NULL};
         *t != NULL; t++) {
        (void)snprintf(line, sizeof line, "interconn.%s.v1", *t);
        (void)rd_kafka_mock_topic_create(cluster, line, partitions, brokers);
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        inject(cluster, line);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return 0;
}
