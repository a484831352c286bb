/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/unwrap.h"

#include "transport/digest.h"

/* An envelope is two levels around the records; raw is 64 KiB before base64. */
static const struct json_limits limits = {.depth = 34,
                                          .keys = 4096,
                                          .string_bytes = 262144,
                                          .nodes = TAPE_MAX_NODES,
                                          .bytes = RECEIVER_BODY_MAX};

void
unwrap_init(struct unwrap *u)
{
    *u = (struct unwrap){.items = 0};
    json_reader_init(&u->reader, JSON_STRICT, &limits);
}

void
unwrap_fini(struct unwrap *u)
{
    json_reader_free(&u->reader);
    tape_free(&u->tape);
    buf_free(&u->scratch);
}

static bool
is_type(const struct unwrap *u, uint32_t at, enum tape_type type)
{
    return at != 0 && u->tape.node[at].type == type;
}

unsigned
unwrap_read(struct unwrap *u, struct bytes body, struct receiver_verdict *v)
{
    u->items = 0;
    u->count = 0;
    if (json_read(&u->reader, body, &u->tape, NULL) != ERR_OK) {
        v->why = "the body is no strict JSON within the limits";
        return 400;
    }
    u->items = tape_get(&u->tape, 0, BYTES("items"));
    if (!is_type(u, u->items, TAPE_ARRAY) ||
        u->tape.node[u->items].hash > RESULTS_MAX) {
        v->why = "the body is no envelope with an array of items";
        v->code = u->items == 0 ? 1003 : 1002;
        v->pointer = "/items";
        return 400;
    }
    u->count = u->tape.node[u->items].hash;
    return 0;
}

unsigned
unwrap_digest(struct unwrap *u, struct receiver_verdict *v)
{
    const struct tape *t = &u->tape;
    uint32_t digest = tape_get(t, 0, BYTES("digest"));
    uint32_t alg = digest ? tape_get(t, digest, BYTES("alg")) : 0;
    uint32_t value = digest ? tape_get(t, digest, BYTES("value")) : 0;
    enum digest_alg which;
    char hex[DIGEST_HEX_MAX];

    if (digest == 0)
        return 0;
    if (!is_type(u, alg, TAPE_STRING) || !is_type(u, value, TAPE_STRING) ||
        !digest_name(tape_raw(t, &t->node[alg]), &which)) {
        v->why = "digest is not {alg: sm3 or sha256, value: hex}";
        return 422;
    }
    if (digest_hex(which, tape_raw(t, &t->node[u->items]), hex, NULL) !=
        ERR_OK) {
        v->why = "this machine cannot compute the digest";
        return 503;
    }
    if (!digest_same(bytes_str(hex), tape_raw(t, &t->node[value]))) {
        v->why = "digest does not match the items";
        return 422;
    }
    return 0;
}

struct bytes
unwrap_text(struct unwrap *u, uint32_t object, struct bytes key)
{
    uint32_t at = tape_get(&u->tape, object, key);

    if (!is_type(u, at, TAPE_STRING))
        return (struct bytes){0};
    return tape_clean(&u->tape, &u->tape.node[at], &u->scratch);
}
