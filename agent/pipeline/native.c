/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/native.h"

#include <stdlib.h>

#include "agent/pipeline/policy.h"
#include "formats/json/writer.h"
#include "formats/mapping/role.h"

#define MAX_KINDS 32 /* checker_kind */
#define MAX_ROLES 16

struct told { /* a row whose value goes into the metadata */
    const struct std_row *row;
    enum role role;
};

struct native {
    const struct checker *checker;
    struct check_state *state;
    struct bridge_options o;
    struct json_reader reader;
    struct tape tape;
    struct findings findings;
    struct told told[MAX_ROLES];
    size_t told_count;
    struct buf record, event_id, scratch;
};

struct native *
native_new(const struct standard *s, const struct checker *checker,
           const struct bridge_options *o, struct err *err)
{
    struct native *n = calloc(1, sizeof *n);

    if (n != NULL) {
        n->checker = checker;
        n->o = *o;
        json_reader_init(&n->reader, JSON_STRICT, NULL);
        n->state = check_state_new(checker);
    }
    if (n == NULL || n->state == NULL) {
        native_free(n);
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    for (const struct role_row *r = role_rows; r->key != NULL; r++) {
        const struct std_row *row = std_row(s, r->key);

        if (row != NULL && !std_retired(s, r->key) && n->told_count < MAX_ROLES)
            n->told[n->told_count++] = (struct told){row, r->role};
    }
    return n;
}

void
native_free(struct native *n)
{
    if (n == NULL)
        return;
    check_state_free(n->state);
    json_reader_free(&n->reader);
    tape_free(&n->tape);
    findings_free(&n->findings);
    buf_free(&n->record);
    buf_free(&n->event_id);
    buf_free(&n->scratch);
    free(n);
}

/* ---- metadata */

/* The text of a scalar at the row's place; empty when there is none. */
static struct bytes
value_of(struct native *n, const struct std_row *row)
{
    uint32_t at = 0;

    for (const char *const *step = row->at; *step != NULL; step++) {
        if (n->tape.node[at].type != TAPE_OBJECT)
            return (struct bytes){0};
        at = tape_get(&n->tape, at, bytes_str(*step));
        if (at == 0)
            return (struct bytes){0};
    }
    switch ((enum tape_type)n->tape.node[at].type) {
    case TAPE_STRING:
        return tape_clean(&n->tape, &n->tape.node[at], &n->scratch);
    case TAPE_INTEGER:
    case TAPE_NUMBER:
        return tape_raw(&n->tape, &n->tape.node[at]);
    case TAPE_NULL:
    case TAPE_FALSE:
    case TAPE_TRUE:
    case TAPE_ARRAY:
    case TAPE_OBJECT:
    case TAPE_KEY:
        break;
    }
    return (struct bytes){0};
}

static void
fill_meta(struct native *n, const char *kind, struct plan_meta *m)
{
    static const struct time_context no_context;

    m->kind = kind;
    for (size_t i = 0; i < n->told_count; i++) {
        const struct std_row *row = n->told[i].row;
        const struct std_code *code;
        struct bytes text;

        if (strcmp(row->kind, kind) != 0)
            continue;
        text = value_of(n, row);
        if (text.len == 0)
            continue;
        if (n->told[i].role == ROLE_TIME) {
            if (time_parse(row->time_form, text, &no_context, &m->event_time) !=
                ERR_OK)
                m->event_time = (struct stamp){0};
        } else if (n->told[i].role == ROLE_LEVEL) {
            code = row->codes ? std_code(row->codes, text) : NULL;
            text_copy(m->level, sizeof m->level,
                      code ? bytes_str(code->code) : text);
        } else {
            text_copy(m->key, sizeof m->key, text);
        }
    }
}

/* ---- the record as it goes on */

/* Its own id, or ${id} in hex. True: its own. */
static bool
find_event_id(struct native *n, const uint8_t id[EVENT_ID_BYTES])
{
    uint32_t at = tape_get(&n->tape, 0, BYTES("x_event_id"));
    struct bytes own = {0};

    if (at != 0 && n->tape.node[at].type == TAPE_STRING)
        own = tape_clean(&n->tape, &n->tape.node[at], &n->scratch);
    buf_reset(&n->event_id);
    buf_bytes(&n->event_id, own);
    if (own.len != 0)
        return true;
    text_hex(&n->event_id, id, EVENT_ID_BYTES);
    return at != 0; /* a member of another type stays what it is */
}

/* The record in one line: as it came where it is one, with info_type and event
 * id where they were missing. */
static void
write_record(struct native *n, const char *kind, bool own_id)
{
    struct bytes text = tape_raw(&n->tape, &n->tape.node[0]);
    bool lines = bytes_find(text, '\n') != text.len ||
                 bytes_find(text, '\r') != text.len;
    bool typed = tape_get(&n->tape, 0, BYTES("info_type")) != 0;
    bool empty = n->tape.node[0].hash == 0;
    struct buf *out = &n->record;

    buf_reset(out);
    if (!typed)
        buf_printf(out, "{\"info_type\":\"%s\"%s", kind, empty ? "" : ",");
    buf_reset(&n->scratch);
    if (lines) {
        json_put_value(&n->scratch, &n->tape, 0);
        text = buf_view(&n->scratch);
    }
    buf_bytes(out, typed ? text : bytes_from(text, 1));
    if (own_id || out->len == 0)
        return;
    out->len--; /* the closing brace */
    buf_str(out, ",\"x_event_id\":");
    json_put_string(out, buf_view(&n->event_id));
    buf_char(out, '}');
}

static void
add_tenant(struct native *n)
{
    if (n->o.tenant.len == 0 || n->record.len == 0 ||
        tape_get(&n->tape, 0, BYTES("x_tenant")) != 0)
        return;
    n->record.len--;
    buf_str(&n->record, ",\"x_tenant\":");
    json_put_string(&n->record, n->o.tenant);
    buf_char(&n->record, '}');
}

/* The checker's own name of the kind, so that it outlives the frame. */
static const char *
kind_of(struct native *n, struct bytes kind)
{
    uint32_t at;
    const char *name;

    if (kind.len == 0) {
        at = tape_get(&n->tape, 0, BYTES("info_type"));
        if (at == 0 || n->tape.node[at].type != TAPE_STRING)
            return NULL;
        kind = tape_clean(&n->tape, &n->tape.node[at], &n->scratch);
    }
    for (size_t i = 0; i < MAX_KINDS; i++) {
        name = checker_kind(n->checker, i);
        if (name == NULL)
            break;
        if (bytes_is(kind, name))
            return name;
    }
    return NULL;
}

static enum bridge_result
judge(struct native *n, const char *kind, struct bridge_output *out,
      struct err *err)
{
    findings_reset(&n->findings);
    if (check_record(n->checker, n->state, &n->tape, 0, kind, &n->findings) !=
        ERR_OK) {
        (void)err_set(err, ERR_NOMEM, NULL, "the check ran out of memory");
        return BRIDGE_REJECT;
    }
    out->findings = n->findings.errors;
    if (policy_refuses(n->o.on_finding, &n->findings, err))
        return BRIDGE_REFUSED;
    if (n->findings.errors != 0 && n->o.on_finding == FINDING_TAG &&
        tape_get(&n->tape, 0, BYTES("x_findings")) == 0)
        policy_tag(&n->record, &n->findings);
    return BRIDGE_RECORD;
}

enum bridge_result
native_frame(struct native *n, struct bytes frame, struct bytes kind,
             const uint8_t id[EVENT_ID_BYTES], struct bridge_output *out,
             struct bytes *event_id, struct err *err)
{
    enum bridge_result result;
    const char *name;
    bool own_id;

    *out = (struct bridge_output){0};
    *event_id = (struct bytes){0};
    if (json_read(&n->reader, frame, &n->tape, err) != ERR_OK)
        return BRIDGE_REJECT;
    if (n->tape.node[0].type != TAPE_OBJECT) {
        (void)err_set(err, ERR_TYPE, NULL, "a record is a JSON object");
        return BRIDGE_REJECT;
    }
    name = kind_of(n, kind);
    if (name == NULL) {
        (void)err_set(err, ERR_NOT_FOUND, "/info_type",
                      "no such kind of information");
        return BRIDGE_REJECT;
    }
    fill_meta(n, name, &out->meta);
    own_id = find_event_id(n, id);
    write_record(n, name, own_id);
    add_tenant(n);
    result = judge(n, name, out, err);
    if (!buf_ok(&n->record) || !buf_ok(&n->event_id)) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return BRIDGE_REJECT;
    }
    out->record = buf_view(&n->record);
    *event_id = buf_view(&n->event_id);
    return result;
}
