/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and responses of the function interface among a product's documents:
 * in captures, in archives of its own, in what a session received. */
#include "conformance/roles/observe.h"
#include "formats/standard/interface.h"

/* The member of a message that row ${key} stands for; 0: absent. */
static uint32_t
member(const struct observe *o, const char *key)
{
    const struct shape *s = std_place(o->standard, key);

    return s != NULL && s->parent != NULL && s->parent->parent == NULL
               ? tape_get(&o->tape, 0, bytes_of(s->name, s->name_len))
               : 0;
}

static struct bytes
text(struct observe *o, const char *key)
{
    uint32_t i = member(o, key);

    return i != 0 && o->tape.node[i].type == TAPE_STRING
               ? tape_raw(&o->tape, &o->tape.node[i])
               : BYTES("");
}

/* Count the places of the body ${kind}, whose value is node ${at}. */
static void
count(struct observe *o, const char *kind, uint32_t at)
{
    const struct shape *root = std_shape(o->standard, kind);

    for (size_t i = 0; i < o->bodies && root != NULL; i++) {
        if (strcmp(o->body[i].kind, kind) != 0)
            continue;
        o->body[i].records++;
        if (o->tape.node[at].type == TAPE_OBJECT)
            observe_places(o, at, root, o->body[i].seen);
    }
}

static const struct std_operation *
operation_at(const struct observe *o, uint64_t number)
{
    const struct std_interface *i = std_interface(o->standard);

    return i != NULL && number < i->operation_count ? &i->operation[number]
                                                    : NULL;
}

/* What the request in the tape asks for, remembered by its id; NULL: nothing that
 * is defined. */
static const struct std_operation *
asked(struct observe *o)
{
    const struct std_operation *op =
        std_operation(o->standard, text(o, STD_REQUEST ".class"),
                      text(o, STD_REQUEST ".operation"));
    struct bytes id = text(o, STD_REQUEST ".request_id");

    if (op != NULL && id.len > 0)
        (void)observe_set_put(
            o->requests, id,
            (uint64_t)(op - std_interface(o->standard)->operation));
    return op;
}

static enum err_code
request(struct observe *o)
{
    enum err_code code =
        check_request(o->checker, o->state, &o->tape, &o->findings);
    const struct std_operation *op = asked(o);
    uint32_t params = member(o, STD_REQUEST ".params");

    count(o, STD_REQUEST, 0);
    if (op != NULL && params != 0)
        count(o, op->params, params);
    return code;
}

void
observe_context(struct observe *o, const struct input_document *doc)
{
    struct err err;

    if (doc->too_long ||
        json_read(&o->reader, doc->text, &o->tape, &err) != ERR_OK)
        return;
    if (o->bodies > 0 && o->tape.node[0].type == TAPE_OBJECT &&
        member(o, STD_REQUEST ".params") != 0)
        (void)asked(o);
}

static enum err_code
response(struct observe *o)
{
    const struct std_operation *op = NULL;
    uint32_t data = member(o, STD_RESPONSE ".data");
    enum err_code code;
    uint64_t number;

    if (observe_set_get(o->requests, text(o, STD_RESPONSE ".request_id"),
                        &number))
        op = operation_at(o, number);
    code = check_response(o->checker, o->state, &o->tape, op, &o->findings);
    count(o, STD_RESPONSE, 0);
    if (data != 0 && member(o, STD_RESPONSE ".task_id") != 0)
        count(o, STD_TASK, data);
    else if (data != 0 && op != NULL)
        count(o, op->result, data);
    return code;
}

/* What a receiver of information said about an envelope. */
static enum err_code
answer(struct observe *o)
{
    count(o, STD_ANSWER, 0);
    return check_body(o->checker, o->state, &o->tape, 0, STD_ANSWER, "",
                      &o->findings);
}

bool
observe_message(struct observe *o, const struct observe_fault *at)
{
    const struct tape *t = &o->tape;
    enum err_code code;

    if (o->bodies == 0 || t->node[0].type != TAPE_OBJECT ||
        tape_get(t, 0, BYTES("info_type")) != 0 ||
        tape_get(t, 0, BYTES("items")) != 0)
        return false;
    if (member(o, STD_ANSWER ".accepted") != 0 &&
        member(o, STD_ANSWER ".results") != 0)
        code = answer(o);
    else if (member(o, STD_REQUEST ".request_id") == 0)
        return false;
    else if (member(o, STD_REQUEST ".params") != 0)
        code = request(o);
    else if (member(o, STD_RESPONSE ".code") != 0)
        code = response(o);
    else
        return false;
    o->nomem |= code != ERR_OK;
    observe_findings(o, at);
    return true;
}

void
observe_body(struct observe *o, struct observe_target *target,
             const struct input_document *doc, const char *kind)
{
    struct observe_fault at = {
        .file = target->name, .document = doc->text, .line = doc->line};

    target->documents++;
    o->documents++;
    if (!observe_text(o, &at, doc->too_long)) {
        target->unreadable++;
        return;
    }
    o->readable++;
    findings_reset(&o->findings);
    if (check_body(o->checker, o->state, &o->tape, 0, kind, "", &o->findings) !=
        ERR_OK)
        o->nomem = true;
    count(o, kind, 0);
    observe_findings(o, &at);
}

uint64_t
observe_answers(const struct observe *o)
{
    return observe_seen(o, STD_ANSWER) + observe_seen(o, STD_REFUSAL);
}

uint64_t
observe_function(const struct observe *o, struct bytes item)
{
    static const struct {
        const char *item, *body;
    } whole[] = {
        {"client", STD_REQUEST}, {"server", STD_RESPONSE}, {"async", STD_TASK}};
    uint64_t n = 0;

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (bytes_is(item, whole[i].item))
            return observe_seen(o, whole[i].body);
    }
    for (size_t i = 0; i < o->bodies; i++) { /* "respond.block.params" */
        struct bytes kind = bytes_str(o->body[i].kind);

        if (bytes_eq(item, bytes_upto(kind, bytes_find(kind, '.'))))
            n += o->body[i].records;
    }
    return n;
}
