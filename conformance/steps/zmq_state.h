/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of family `zmq` share in a session: one end of ZeroMQ
 * (libzmq's, or octets on a connection) and the messages that came over it. */
#ifndef CONFORMANCE_STEPS_ZMQ_STATE_H
#define CONFORMANCE_STEPS_ZMQ_STATE_H

#include "conformance/steps/pause.h"
#include "conformance/steps/session.h"
#include "conformance/wire/zmq_end.h"
#include "conformance/wire/zmtp_link.h"
#include "formats/json/reader.h"

#define ZMQ_ENDPOINT_MAX 128
#define ZMQ_SEEN_MAX     8192 /* messages kept in a session */
#define ZMQ_SEEN_BYTES   ((size_t)128 << 20)
#define ZMQ_TEXT         264 /* an id and what is behind it */
#define ZMQ_WORD         72
#define ZMQ_NAMES        2

/* The header frame, as far as it can be read. */
struct zmq_head {
    bool object; /* one JSON object */
    bool has_id, has_type, has_content, has_items, has_sequence;
    bool id_text, type_text, content_text; /* the member is a string */
    char id[ZMQ_TEXT], info_type[ZMQ_WORD], content_type[ZMQ_WORD];
    int64_t items, sequence; /* -1: absent or no whole number */
};

struct zmq_body { /* the body frame, as far as it can be read */
    bool json, object;
    char msg_id[ZMQ_TEXT], info_type[ZMQ_WORD];
    int64_t items; /* members of the array items; -1: none */
};

struct zmq_seen {
    struct zmq_message m;
    size_t skip; /* 1: the routing id is its first frame */
    struct zmq_head head;
    struct zmq_body body;
    /* What it can be acknowledged by: its id and, where they differ, msg_id of
     * the body; where neither can be read, what any of its frames has. */
    char name[ZMQ_NAMES][ZMQ_TEXT];
    size_t names;
    int64_t items;   /* that an acknowledgement counts; -1: unknown */
    unsigned acked;  /* acknowledgements sent for it */
    bool asked;      /* its topic begins with our subscription */
    size_t first;    /* index of the first message of this id */
    unsigned repeat; /* which one of its id it is, from 0 */
};

struct zmq_wire { /* what the octets of a raw connection showed */
    unsigned frames, commands, pings, pongs, subscriptions;
    unsigned reserved, more_commands, long_short, nameless;
    bool ready;          /* their READY (or ERROR) came */
    bool error;          /* it was an ERROR */
    struct buf metadata; /* of READY */
    struct buf command;  /* name of the last command */
    struct buf data;     /* and its data */
    bool early;          /* a message before the handshake was complete */
};

struct zmq_state {
    bool begun;
    struct session *s; /* for the tap of the link */
    struct zmq_end end;
    bool open;
    struct zmq_end_options o; /* to open it again */
    char endpoint[ZMQ_ENDPOINT_MAX];
    char secret[ZMQ_END_KEY], public[ZMQ_END_KEY];
    struct zmtp_link link;
    int listener; /* -1: none */
    unsigned accepted;
    struct zmq_wire wire;
    struct zmq_message partial; /* frames of an unfinished message */
    struct zmq_seen *seen;
    size_t count, room, bytes;
    char prefix[128]; /* of the last subscription of ours */
    size_t mark; /* messages before it belong to an earlier part of the test */
    struct json_reader reader;
    struct tape tape;
    struct buf scratch, out;
};

extern const struct step_family step_family_zmq;

/* zmq_state(s): of this session, made ready at the first call. */
struct zmq_state *zmq_state(struct session *s);
void zmq_state_fini(void *state);

/* zmq_take(s, st, wait_ms, got): the next message, from the end or the raw
 * connection, read and kept; *got is its index. ERR_OK, ERR_TIMEOUT, ERR_CLOSED
 * (the raw connection ended), ERR_CORRUPT (no ZMTP), ERR_LIMIT, ERR_ARG
 * (nothing is open). PINGs are answered. */
enum err_code zmq_take(struct session *s, struct zmq_state *st,
                       unsigned wait_ms, size_t *got);

/* zmq_put(s, st, to, frame, n, wait_ms): one message to the product; to the
 * peer that sent ${to} where the socket is a ROUTER. */
enum err_code zmq_put(struct session *s, struct zmq_state *st,
                      const struct zmq_seen *to, const struct bytes *frame,
                      size_t n, unsigned wait_ms);

/* zmq_frame(m, i): frame ${i} behind the routing id; zmq_frames(m): how many. */
struct bytes zmq_frame(const struct zmq_seen *m, size_t i);
size_t zmq_frames(const struct zmq_seen *m);
/* zmq_same_frames(a, b): all of them, octet by octet. */
bool zmq_same_frames(const struct zmq_seen *a, const struct zmq_seen *b);

/* zmq_item_id(st, m, i, out): identifier of item ${i} of its body (alert_id,
 * asset_id, threat_id, behavior_id) in quotes; false when there is none. */
bool zmq_item_id(struct zmq_state *st, const struct zmq_seen *m, int64_t i,
                 char out[ZMQ_TEXT]);

/* zmq_read(st, m): fill in head, body, names and items. zmq_find_first(st, at):
 * which message of its id the one at ${at} is. */
void zmq_read(struct zmq_state *st, struct zmq_seen *m);
void zmq_find_first(struct zmq_state *st, size_t at);

/* zmq_keep(st, m): read and append a message whose frames are ${m} (moved). */
enum err_code zmq_keep(struct zmq_state *st, struct zmq_message *m,
                       size_t skip);

/* zmq_socket_type(name): of "router" ...; -1 when unknown. */
int zmq_socket_type(const char *name);
extern const char *const zmq_socket_names[];

/* zmq_secure(s): the product is to be tested with CURVE: its command names
 * {curve_server_key}, or --set zmq_security=curve. */
bool zmq_secure(struct session *s);

/* zmq_product_listens(s, endpoint): where the product listens itself, by --set
 * zmq_connect=tcp://ADDR:PORT, or zmq_connect=product: on the {port} of its
 * command. False when it connects to us. */
bool zmq_product_listens(struct session *s, char endpoint[ZMQ_ENDPOINT_MAX]);

/* zmq_until(s, end): milliseconds until ${end}, at most the session's rest.
 * zmq_take_failed(s, code, expected): the verdict of a zmq_take that failed.
 * zmq_find(st, of, at): the "last", "first" (behind the mark) or first "unacked"
 * message. zmq_ack_as(s, st, at, how): acknowledge it: "ok", "none", or with a
 * status for every item. */
unsigned zmq_until(struct session *s, int64_t end);
enum verdict zmq_take_failed(struct session *s, enum err_code code,
                             const char *expected);
bool zmq_find(const struct zmq_state *st, const char *of, size_t *at);
enum err_code zmq_ack_as(struct session *s, struct zmq_state *st, size_t at,
                         const char *how);

/* ---- operations, by file */
/* zmq_listen.c */
enum verdict zmq_op_listen(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_close(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_reopen(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_subscribe(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_expect_peer(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_expect_no_peer(struct session *s,
                                   const struct ledger_step *t);
/* zmq_receive.c */
enum verdict zmq_op_receive(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_ack(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_expect_repeat(struct session *s,
                                  const struct ledger_step *t);
enum verdict zmq_op_expect_no_repeat(struct session *s,
                                     const struct ledger_step *t);
enum verdict zmq_op_expect_no_item(struct session *s,
                                   const struct ledger_step *t);
enum verdict zmq_op_expect_item(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_expect_silence(struct session *s,
                                   const struct ledger_step *t);
enum verdict zmq_op_expect_subscription(struct session *s,
                                        const struct ledger_step *t);
enum verdict zmq_op_expect_copies(struct session *s,
                                  const struct ledger_step *t);
/* zmq_expect.c */
enum verdict zmq_op_expect(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_assert(struct session *s, const struct ledger_step *t);
enum verdict zmq_op_observe(struct session *s, const struct ledger_step *t);
extern const char *const zmq_rule_names[];
/* zmq_publish.c */
enum verdict zmq_op_publish(struct session *s, const struct ledger_step *t);
/* zmtp_ops.c, zmtp_expect.c */
enum verdict zmtp_op_listen(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_accept(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_greet(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_ready(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_open(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_command(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_frame(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_send(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_close(struct session *s, const struct ledger_step *t);
enum verdict zmtp_op_expect_greeting(struct session *s,
                                     const struct ledger_step *t);
enum verdict zmtp_op_expect_ready(struct session *s,
                                  const struct ledger_step *t);
enum verdict zmtp_op_expect_wire(struct session *s,
                                 const struct ledger_step *t);
enum verdict zmtp_op_expect_pong(struct session *s,
                                 const struct ledger_step *t);
enum verdict zmtp_op_expect_hello(struct session *s,
                                  const struct ledger_step *t);
enum verdict zmtp_op_expect_subscription(struct session *s,
                                         const struct ledger_step *t);
enum verdict zmtp_op_expect_closed(struct session *s,
                                   const struct ledger_step *t);
enum verdict zmtp_op_expect_no_data(struct session *s,
                                    const struct ledger_step *t);
enum verdict zmtp_op_expect_pace(struct session *s,
                                 const struct ledger_step *t);
extern const char *const zmtp_greeting_names[], *const zmtp_ready_names[],
                                                    *const zmtp_wire_names[];

#endif
