/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of family `kafka` share in a session: the broker that the
 * product was told, and the records that it produced. */
#ifndef CONFORMANCE_STEPS_KAFKA_STATE_H
#define CONFORMANCE_STEPS_KAFKA_STATE_H

#include "conformance/steps/pause.h"
#include "conformance/steps/session.h"
#include "conformance/wire/kafka_mock.h"
#include "formats/json/reader.h"

#define KAFKA_KEPT_MAX   4096
#define KAFKA_KEPT_BYTES ((size_t)128 << 20)
#define KAFKA_TEXT       264
#define KAFKA_PREFIX     "interconn"

struct kafka_kept {
    char topic[128];
    int32_t partition;
    int64_t offset;
    bool has_key, has_value;
    struct buf key, value;                     /* owned */
    struct buf schema, schema_version, source; /* headers; owned */
    bool has_schema, has_schema_version, has_source;
    /* the value, as far as it can be read */
    bool json, object;
    char msg_id[KAFKA_TEXT], info_type[KAFKA_TEXT];
    char value_schema[KAFKA_TEXT], value_version[KAFKA_TEXT];
    char record_id[KAFKA_TEXT]; /* of its only item, or of the bare record */
    char sent_time[64];
    bool repeat; /* the same value came before */
    size_t items;
};

struct kafka_state {
    bool begun;
    struct kafka_mock *mock;
    struct kafka_kept *kept;
    size_t count, room, bytes;
    unsigned commits; /* seen by the last kafka.mark */
    struct json_reader reader;
    struct tape tape;
    struct buf scratch;
};

extern const struct step_family step_family_kafka;

struct kafka_state *kafka_state(struct session *s);
void kafka_state_fini(void *state);

/* kafka_keep(st, r): read and append; ERR_NOMEM, ERR_LIMIT. */
enum err_code kafka_keep(struct kafka_state *st, const struct kafka_record *r);

/* kafka_ops.c */
enum verdict kafka_op_open(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_receive(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_expect_written(struct session *s,
                                     const struct ledger_step *t);
enum verdict kafka_op_fault(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_broker(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_swallow(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_put(struct session *s, const struct ledger_step *t);
/* kafka_commit.c */
enum verdict kafka_op_hold_commits(struct session *s,
                                   const struct ledger_step *t);
enum verdict kafka_op_expect_stored_first(struct session *s,
                                          const struct ledger_step *t);
/* kafka_expect.c */
enum verdict kafka_op_expect(struct session *s, const struct ledger_step *t);
enum verdict kafka_op_expect_wire(struct session *s,
                                  const struct ledger_step *t);
enum verdict kafka_op_expect_requests(struct session *s,
                                      const struct ledger_step *t);
enum verdict kafka_op_observe(struct session *s, const struct ledger_step *t);
extern const char *const kafka_rule_names[], *const kafka_wire_names[],
                                                 *const kafka_api_names[];
/* kafka_api(name): api key of "produce" ..., -1 when unknown. */
int kafka_api(const char *name);

#endif
