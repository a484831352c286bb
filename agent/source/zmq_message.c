/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/zmq_in.h"

#include <zmq.h>

#include "formats/base/hash.h"

#define DEAD_MAX ((size_t)1 << 20) /* bytes of a bad message that are kept */

/* The message as a whole goes to the dead letters and is refused. */
static void
refuse(struct zmq_source *s, unsigned status, const char *where,
       const char *why)
{
    s->verdict.status = status;
    s->verdict.items = 0;
    s->gate.counters.refused++;
    (void)err_set(&s->broken, ERR_SYNTAX, where, "%s", why ? why : "refused");
}

/* The header frame has to say what the envelope says. */
static const char *
contradiction(struct zmq_source *s)
{
    const struct receiver_batch *b = &s->batch;
    struct bytes type = unwrap_text(&s->in, 0, BYTES("info_type"));
    struct bytes id;

    if (type.len != 0 && !bytes_eq(type, b->info_type))
        return "info_type is not that of the header";
    id = unwrap_text(&s->in, 0, BYTES("msg_id"));
    if (id.len != 0 && !bytes_eq(id, b->id))
        return "msg_id is not the id of the header";
    if (b->items != 0 && b->items != s->in.count)
        return "items are not as many as the header says";
    return NULL;
}

static void
open_envelope(struct zmq_source *s)
{
    static const uint8_t key[16] = "hutong zmq item";
    const struct source_host *h = s->gate.host;
    struct receiver_verdict *v = &s->verdict;
    const char *why;

    s->verdict.status = unwrap_read(&s->in, s->batch.body, v);
    if (v->status == 0)
        v->status = unwrap_digest(&s->in, v);
    if (v->status != 0) {
        refuse(s, v->status, v->pointer ? v->pointer : "", v->why);
        return;
    }
    why = contradiction(s);
    if (why != NULL)
        refuse(s, 400, "", why);
    else if (h->message != NULL &&
             h->message(h->ctx, s->batch.id, s->batch.body) == SOURCE_OTHER)
        refuse(s, 409, "/msg_id", "the msg_id is that of another envelope");
    v->items = s->broken.code == ERR_OK ? s->in.count : 0;
    s->at = s->in.items + 1;
    hash_128(key, s->batch.id.data, s->batch.id.len, s->seed);
}

/* What is worth keeping of a message without the form. */
static struct bytes
largest_frame(struct zmq_source *s)
{
    struct bytes largest = {"", 0};

    for (size_t i = s->kind == RECEIVER_ROUTER; i < ZSERVE_FRAMES; i++) {
        struct bytes frame = bytes_of(zmq_msg_data(&s->message.frame[i]),
                                      zmq_msg_size(&s->message.frame[i]));

        if (frame.len > largest.len)
            largest = frame;
    }
    return largest;
}

bool
zmq_source_take(struct zmq_source *s)
{
    if (!zserve_receive(&s->sock, &s->message)) {
        zserve_release(&s->message);
        return false;
    }
    s->holding = true;
    s->batch = (struct receiver_batch){.id = {"", 0}, .body = {"", 0}};
    s->verdict = (struct receiver_verdict){.item = s->item};
    s->broken.code = ERR_OK;
    s->next = 0;
    s->refused = false;
    if (zserve_read(s->kind, &s->message, &s->identity, &s->batch)) {
        open_envelope(s);
        return true;
    }
    refuse(s, 400, "", "the frames are not topic, header and body");
    s->batch.body = largest_frame(s);
    return true;
}

static bool
give_broken(struct zmq_source *s)
{
    struct source_frame f = {.data = bytes_upto(s->batch.body, DEAD_MAX),
                             .origin = s->batch.id,
                             .cut = s->batch.body.len > DEAD_MAX,
                             .broken = &s->broken};

    return gate_frame(&s->gate, &f);
}

static bool
give_item(struct zmq_source *s)
{
    static const uint16_t statuses[] = {[SOURCE_TAKEN] = 202,
                                        [SOURCE_REPEAT] = 200,
                                        [SOURCE_REFUSED] = 400,
                                        [SOURCE_LOST] = 503};
    struct source_answer answer = {.fate = SOURCE_TAKEN};
    struct source_frame f = {.data =
                                 tape_raw(&s->in.tape, &s->in.tape.node[s->at]),
                             .seed_len = sizeof s->seed,
                             .offset = s->next,
                             .origin = s->batch.id,
                             .kind = s->batch.info_type,
                             .out = &answer};

    memcpy(f.seed, s->seed, sizeof s->seed);
    if (!gate_frame(&s->gate, &f))
        return false;
    s->item[s->next++] = statuses[answer.fate];
    s->refused = s->refused || statuses[answer.fate] >= 400;
    s->at = s->in.tape.node[s->at].next;
    return true;
}

bool
zmq_source_give(struct zmq_source *s)
{
    bool broken = s->broken.code != ERR_OK;

    if (broken && !give_broken(s))
        return false;
    while (!broken && s->next < s->in.count)
        if (!give_item(s))
            return false;
    if (!broken)
        s->verdict.status = s->refused ? 207 : 202;
    if (s->kind == RECEIVER_ROUTER &&
        !zmq_acks_add(&s->acks, s->identity, s->batch.id, &s->verdict))
        gate_trouble(&s->gate, ERR_NOMEM, s->name,
                     "no memory for an acknowledgement");
    zserve_release(&s->message);
    s->holding = false;
    return true;
}
