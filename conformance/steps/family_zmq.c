/* SPDX-License-Identifier: Apache-2.0 */
/* Operations over ZeroMQ: with libzmq (zmq.*) and octet by octet (zmtp.*). */
#include "conformance/steps/zmq_state.h"

static const char *const securities[] = {"auto", "null", "curve", NULL};
static const char *const zaps[] = {"any", "nobody", NULL};
static const char *const keys[] = {"right", "wrong", NULL};
static const char *const places[] = {"last", "first", "unacked", NULL};
static const char *const parts[] = {"header", "body", NULL};
static const char *const part_list[] = {"topic", "header", "body", "empty",
                                        NULL};

#define WITHIN                                                                 \
    {                                                                          \
        "within_ms", STEP_WAIT, false, NULL                                    \
    }
#define END                                                                    \
    {                                                                          \
        NULL, STEP_TEXT, false, NULL                                           \
    }

static const struct step_param no_params[] = {END};
static const struct step_param within[] = {WITHIN, END};
static const struct step_param for_ms[] = {{"for_ms", STEP_WAIT, false, NULL},
                                           END};
static const struct step_param listen_params[] = {
    {"socket", STEP_TEXT, true, zmq_socket_names},
    {"security", STEP_TEXT, false, securities},
    {"zap", STEP_TEXT, false, zaps},
    {"key", STEP_TEXT, false, keys},
    {"hwm", STEP_INT, false, NULL},
    {"topic", STEP_TEXT, false, NULL},
    END};
static const struct step_param close_params[] = {
    {"flush", STEP_BOOL, false, NULL}, END};
static const struct step_param subscribe_params[] = {
    {"topic", STEP_TEXT, true, NULL}, {"cancel", STEP_BOOL, false, NULL}, END};
static const struct step_param peer_params[] = {
    WITHIN,
    {"count", STEP_INT, false, NULL},
    {"handshake", STEP_BOOL, false, NULL},
    END};
static const struct step_param copies_params[] = {
    WITHIN, {"count", STEP_INT, false, NULL}, END};
static const struct step_param receive_params[] = {
    WITHIN,
    {"count", STEP_INT, false, NULL},
    {"enough", STEP_INT, false, NULL}, /* when no more come in time */
    {"ack", STEP_TEXT, false, NULL},
    {"fresh", STEP_BOOL, false, NULL},
    {"judge", STEP_BOOL, false, NULL},
    {"pause_ms", STEP_INT, false, NULL},
    END};
static const struct step_param ack_params[] = {
    {"of", STEP_TEXT, false, places},   {"id", STEP_TEXT, false, NULL},
    {"status", STEP_TEXT, false, NULL}, {"items", STEP_TEXT, false, NULL},
    {"frames", STEP_INT, false, NULL},  {"fill", STEP_INT, false, NULL},
    {"times", STEP_INT, false, NULL},   END};
static const struct step_param repeat_params[] = {
    WITHIN,
    {"not_before_ms", STEP_INT, false, NULL},
    {"of", STEP_TEXT, false, places},
    {"ack", STEP_TEXT, false, NULL},
    {"bytes", STEP_BOOL, false, NULL},
    END};
static const struct step_param item_params[] = {
    WITHIN, {"item", STEP_INT, false, NULL}, END};
static const struct step_param no_item_params[] = {
    {"for_ms", STEP_WAIT, false, NULL},
    {"item", STEP_INT, false, NULL},
    {"others", STEP_INT, false, NULL},
    END};
static const struct step_param silence_params[] = {
    {"for_ms", STEP_WAIT, false, NULL},
    {"grace_ms", STEP_INT, false, NULL},
    END};
static const struct step_param no_repeat_params[] = {
    {"for_ms", STEP_WAIT, false, NULL},
    {"of", STEP_TEXT, false, places},
    {"others", STEP_INT, false, NULL},
    END};
static const struct step_param subscription_params[] = {
    WITHIN, {"topic", STEP_TEXT, false, NULL}, END};
static const struct step_param rule_params[] = {
    {"rule", STEP_TEXT, true, zmq_rule_names},
    {"repeats", STEP_BOOL, false, NULL},
    END};
static const struct step_param assert_params[] = {
    {"frame", STEP_TEXT, true, parts}, {"json", STEP_TESTS, true, NULL}, END};
static const struct step_param publish_params[] = {
    {"body", STEP_BODY, true, NULL},
    {"topic", STEP_TEXT, false, NULL},
    {"header", STEP_TEXT, false, NULL},
    {"id", STEP_TEXT, false, NULL},
    {"info_type", STEP_TEXT, false, NULL},
    {"items", STEP_INT, false, NULL},
    {"first_sequence", STEP_INT, false, NULL},
    {"frames", STEP_LIST, false, part_list},
    {"times", STEP_INT, false, NULL},
    {"same", STEP_BOOL, false, NULL},
    END};

static const struct step_param greet_params[] = {
    {"mechanism", STEP_TEXT, false, NULL}, {"major", STEP_INT, false, NULL},
    {"minor", STEP_INT, false, NULL},      {"as_server", STEP_INT, false, NULL},
    {"first", STEP_INT, false, NULL},      {"last", STEP_INT, false, NULL},
    {"padding", STEP_INT, false, NULL},    {"filler", STEP_INT, false, NULL},
    {"cut", STEP_INT, false, NULL},        END};
static const struct step_param ready_params[] = {
    {"socket", STEP_TEXT, true, zmq_socket_names},
    {"extra", STEP_INT, false, NULL},
    END};
static const struct step_param open_params[] = {
    {"socket", STEP_TEXT, true, zmq_socket_names}, WITHIN, END};
static const struct step_param command_params[] = {
    {"name", STEP_TEXT, true, NULL}, {"data", STEP_BODY, false, NULL}, END};
static const struct step_param frame_params[] = {
    {"flags", STEP_INT, true, NULL},
    {"size", STEP_INT, false, NULL},
    {"body", STEP_BODY, false, NULL},
    END};
static const struct step_param send_params[] = {{"data", STEP_BODY, true, NULL},
                                                END};
static const struct step_param zmtp_close_params[] = {
    {"reset", STEP_BOOL, false, NULL},
    {"listener", STEP_BOOL, false, NULL},
    END};
static const struct step_param greeting_params[] = {
    WITHIN, {"rule", STEP_TEXT, false, zmtp_greeting_names}, END};
static const struct step_param their_ready_params[] = {
    WITHIN,
    {"rule", STEP_TEXT, false, zmtp_ready_names},
    {"socket", STEP_TEXT, false, zmq_socket_names},
    END};
static const struct step_param wire_params[] = {
    {"rule", STEP_TEXT, true, zmtp_wire_names}, END};
static const struct step_param pong_params[] = {
    WITHIN, {"context", STEP_TEXT, false, NULL}, END};
static const struct step_param pace_params[] = {
    WITHIN,
    {"for_ms", STEP_INT, false, NULL},
    {"max", STEP_INT, false, NULL},
    {"reset", STEP_BOOL, false, NULL},
    END};

static bool
always(const struct ledger_step *step)
{
    (void)step;
    return true;
}

static const struct step_op ops[] = {
    {"zmq.listen", listen_params, zmq_op_listen, NULL},
    {"zmq.close", close_params, zmq_op_close, NULL},
    {"zmq.reopen", close_params, zmq_op_reopen, NULL},
    {"zmq.subscribe", subscribe_params, zmq_op_subscribe, NULL},
    {"zmq.expect_peer", peer_params, zmq_op_expect_peer, NULL},
    {"zmq.expect_no_peer", peer_params, zmq_op_expect_no_peer, always},
    {"zmq.receive", receive_params, zmq_op_receive, NULL},
    {"zmq.ack", ack_params, zmq_op_ack, NULL},
    {"zmq.expect_repeat", repeat_params, zmq_op_expect_repeat, NULL},
    {"zmq.expect_no_repeat", no_repeat_params, zmq_op_expect_no_repeat, always},
    {"zmq.expect_item", item_params, zmq_op_expect_item, NULL},
    {"zmq.expect_no_item", no_item_params, zmq_op_expect_no_item, always},
    {"zmq.expect_silence", silence_params, zmq_op_expect_silence, always},
    {"zmq.expect_subscription", subscription_params, zmq_op_expect_subscription,
     NULL},
    {"zmq.expect_copies", copies_params, zmq_op_expect_copies, NULL},
    {"zmq.expect", rule_params, zmq_op_expect, NULL},
    {"zmq.assert", assert_params, zmq_op_assert, NULL},
    {"zmq.observe", no_params, zmq_op_observe, NULL},
    {"zmq.publish", publish_params, zmq_op_publish, NULL},
    {"zmtp.listen", no_params, zmtp_op_listen, NULL},
    {"zmtp.accept", within, zmtp_op_accept, NULL},
    {"zmtp.greet", greet_params, zmtp_op_greet, NULL},
    {"zmtp.ready", ready_params, zmtp_op_ready, NULL},
    {"zmtp.open", open_params, zmtp_op_open, NULL},
    {"zmtp.command", command_params, zmtp_op_command, NULL},
    {"zmtp.frame", frame_params, zmtp_op_frame, NULL},
    {"zmtp.send", send_params, zmtp_op_send, NULL},
    {"zmtp.close", zmtp_close_params, zmtp_op_close, NULL},
    {"zmtp.expect_greeting", greeting_params, zmtp_op_expect_greeting, NULL},
    {"zmtp.expect_ready", their_ready_params, zmtp_op_expect_ready, NULL},
    {"zmtp.expect_wire", wire_params, zmtp_op_expect_wire, NULL},
    {"zmtp.expect_pong", pong_params, zmtp_op_expect_pong, NULL},
    {"zmtp.expect_subscription", within, zmtp_op_expect_subscription, NULL},
    {"zmtp.expect_hello", within, zmtp_op_expect_hello, NULL},
    {"zmtp.expect_closed", within, zmtp_op_expect_closed, always},
    {"zmtp.expect_no_data", for_ms, zmtp_op_expect_no_data, always},
    {"zmtp.expect_pace", pace_params, zmtp_op_expect_pace, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct step_family step_family_zmq = {.name = "zmq",
                                            .op = ops,
                                            .state_bytes =
                                                sizeof(struct zmq_state),
                                            .fini = zmq_state_fini};
