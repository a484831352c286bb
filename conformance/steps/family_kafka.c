/* SPDX-License-Identifier: Apache-2.0 */
/* Operations over Kafka. The broker is librdkafka's mock cluster; a build
 * without librdkafka says so and judges nothing. */
#include "conformance/steps/kafka_state.h"

#define WITHIN                                                                 \
    {                                                                          \
        "within_ms", STEP_WAIT, false, NULL                                    \
    }
#define END                                                                    \
    {                                                                          \
        NULL, STEP_TEXT, false, NULL                                           \
    }

static const char *const counted[] = {"produce",   "fetch",       "metadata",
                                      "commit",    "coordinator", "join",
                                      "heartbeat", "connections", NULL};

static const struct step_param no_params[] = {END};
static const struct step_param receive_params[] = {
    WITHIN,
    {"count", STEP_INT, false, NULL},
    {"judge", STEP_BOOL, false, NULL},
    {"fresh", STEP_BOOL, false, NULL},
    END};
static const struct step_param written_params[] = {WITHIN, END};
static const struct step_param fault_params[] = {
    {"api", STEP_TEXT, true, kafka_api_names},
    {"code", STEP_INT, true, NULL},
    {"count", STEP_INT, false, NULL},
    END};
static const struct step_param broker_params[] = {
    {"down", STEP_BOOL, true, NULL}, END};
static const struct step_param swallow_params[] = {
    {"api", STEP_TEXT, true, kafka_api_names},
    {"count", STEP_INT, false, NULL},
    END};
static const struct step_param put_params[] = {
    {"body", STEP_BODY, true, NULL},      {"kind", STEP_TEXT, false, NULL},
    {"topic", STEP_TEXT, false, NULL},    {"key", STEP_TEXT, false, NULL},
    {"no_key", STEP_BOOL, false, NULL},   {"no_value", STEP_BOOL, false, NULL},
    {"bare", STEP_BOOL, false, NULL},     {"headers", STEP_MAP, false, NULL},
    {"partition", STEP_INT, false, NULL}, {"times", STEP_INT, false, NULL},
    {"same", STEP_BOOL, false, NULL},     END};
static const struct step_param hold_params[] = {
    {"kind", STEP_TEXT, false, NULL},
    {"topic", STEP_TEXT, false, NULL},
    {"partition", STEP_INT, true, NULL},
    END};
static const struct step_param stored_params[] = {
    WITHIN,
    {"text", STEP_TEXT, true, NULL},
    {"hold_ms", STEP_WAIT, false, NULL},
    END};
static const struct step_param expect_params[] = {
    {"rule", STEP_TEXT, true, kafka_rule_names}, END};
static const struct step_param wire_params[] = {
    {"rule", STEP_TEXT, true, kafka_wire_names}, END};
static const struct step_param requests_params[] = {
    WITHIN,
    {"api", STEP_TEXT, true, counted},
    {"least", STEP_INT, false, NULL},
    {"most", STEP_INT, false, NULL},
    END};

static const struct step_op ops[] = {
    {"kafka.open", no_params, kafka_op_open, NULL},
    {"kafka.receive", receive_params, kafka_op_receive, NULL},
    {"kafka.fault", fault_params, kafka_op_fault, NULL},
    {"kafka.expect_written", written_params, kafka_op_expect_written, NULL},
    {"kafka.broker", broker_params, kafka_op_broker, NULL},
    {"kafka.swallow", swallow_params, kafka_op_swallow, NULL},
    {"kafka.put", put_params, kafka_op_put, NULL},
    {"kafka.hold_commits", hold_params, kafka_op_hold_commits, NULL},
    {"kafka.expect_stored_first", stored_params, kafka_op_expect_stored_first,
     NULL},
    {"kafka.expect", expect_params, kafka_op_expect, NULL},
    {"kafka.expect_wire", wire_params, kafka_op_expect_wire, NULL},
    {"kafka.expect_requests", requests_params, kafka_op_expect_requests, NULL},
    {"kafka.observe", no_params, kafka_op_observe, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct step_family step_family_kafka = {.name = "kafka",
                                              .op = ops,
                                              .state_bytes =
                                                  sizeof(struct kafka_state),
                                              .fini = kafka_state_fini};
