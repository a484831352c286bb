/* SPDX-License-Identifier: Apache-2.0 */
/* Records by identifier and content. The content is compared as a set of paths
 * and values, so that order of members and white space do not count. */
#include <stdlib.h>

#include "conformance/steps/interop.h"
#include "formats/base/hash.h"
#include "formats/json/reader.h"

static const struct json_limits limits = {.depth = 64,
                                          .keys = 65536,
                                          .string_bytes = 4 << 20,
                                          .nodes = 1 << 22,
                                          .bytes = (size_t)32 << 20};

static uint64_t
hash_text(struct bytes b, uint64_t seed)
{
    static const uint8_t key[16] = "interop records";
    uint8_t out[16];
    uint64_t v;

    hash_128(key, b.data ? b.data : "", b.len, out);
    memcpy(&v, out, sizeof v);
    return hash_mix(v ^ HASH_K0, seed ^ HASH_K1);
}

/* Sum over the leaves below the object at ${root} of hash(path, value); its own
 * member info_type, which an envelope may carry for it, is left out. */
static uint64_t
content_of(const struct tape *t, uint32_t root, struct buf *scratch)
{
    uint64_t path[TAPE_MAX_DEPTH + 2] = {0}, sum = 0, at = 0;
    uint32_t index[TAPE_MAX_DEPTH + 2] = {0};
    bool array[TAPE_MAX_DEPTH + 2] = {false}, keyed = false, skip = false;
    uint16_t base = t->node[root].depth;
    uint32_t end = tape_end(t, root);

    for (uint32_t i = root + 1; i < end; i++) {
        const struct tape_node *n = &t->node[i];
        unsigned d = (unsigned)(n->depth - base);

        if (d == 0 || d > TAPE_MAX_DEPTH)
            continue;
        if (n->type == TAPE_KEY) {
            at = hash_text(tape_clean(t, n, scratch), path[d - 1]);
            keyed = true;
            skip = d == 1 && tape_is(t, n, BYTES("info_type"));
            continue;
        }
        if (!keyed && array[d - 1])
            at = hash_mix(path[d - 1] ^ HASH_K0, ++index[d - 1] + HASH_K1);
        keyed = false;
        if (n->type == TAPE_ARRAY || n->type == TAPE_OBJECT) {
            path[d] = at;
            index[d] = 0;
            array[d] = n->type == TAPE_ARRAY;
            sum += hash_mix(at ^ HASH_K1, n->type + HASH_K0);
        } else if (!skip) {
            sum += hash_text(tape_clean(t, n, scratch), at + n->type);
        }
        skip = false;
    }
    return sum;
}

static void
enter(struct interop_set *set, uint64_t id, uint64_t content)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->record[i].id == id) {
            set->record[i].times++;
            return;
        }
    }
    if (set->count == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 256;
        struct interop_record *more = realloc(set->record, cap * sizeof *more);

        if (more == NULL) {
            set->nomem = true;
            return;
        }
        set->record = more;
        set->cap = cap;
    }
    set->record[set->count++] = (struct interop_record){id, content, 1};
}

/* The identifier of a record, by its kind. */
static uint32_t
id_of(const struct tape *t, uint32_t record)
{
    static const char *const names[] = {"alert_id", "threat_id", "behavior_id",
                                        "asset_id"};
    uint32_t general = tape_get(t, record, BYTES("general"));
    uint32_t basic = general ? tape_get(t, general, BYTES("basic")) : 0;

    for (size_t i = 0; i < 4 && general != 0; i++) {
        uint32_t at = tape_get(t, general, bytes_str(names[i]));

        if (at == 0 && basic != 0)
            at = tape_get(t, basic, bytes_str(names[i]));
        if (at != 0 && t->node[at].type == TAPE_STRING)
            return at;
    }
    return 0;
}

static bool
enter_record(struct interop_set *set, const struct tape *t, uint32_t at,
             struct buf *scratch)
{
    uint32_t id = id_of(t, at);
    uint64_t name;

    if (id == 0)
        return false;
    name = hash_text(tape_clean(t, &t->node[id], scratch), 1);
    enter(set, name, content_of(t, at, scratch));
    return true;
}

static bool
enter_all(struct interop_set *set, const struct tape *t, struct buf *scratch)
{
    uint32_t items, command;
    bool any = false;

    if (t->node[0].type != TAPE_OBJECT)
        return false;
    command = tape_get(t, 0, BYTES("request_id"));
    if (command != 0 && t->node[command].type == TAPE_STRING) {
        enter(set, hash_text(tape_clean(t, &t->node[command], scratch), 2), 0);
        return true;
    }
    items = tape_get(t, 0, BYTES("items"));
    if (items == 0)
        return enter_record(set, t, 0, scratch);
    if (t->node[items].type != TAPE_ARRAY || t->node[items].hash == 0)
        return false;
    for (uint32_t i = items + 1; i != 0; i = t->node[i].next)
        any |= enter_record(set, t, i, scratch);
    return any;
}

bool
interop_document(struct interop_set *set, struct bytes text)
{
    struct json_reader reader = {0};
    struct tape t = {0};
    struct buf scratch = {0};
    bool any = false;

    json_reader_init(&reader, JSON_TOLERANT, &limits);
    if (text.len > 0 && json_read(&reader, text, &t, NULL) == ERR_OK)
        any = enter_all(set, &t, &scratch);
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
    return any;
}

void
interop_set_free(struct interop_set *set)
{
    free(set->record);
    *set = (struct interop_set){0};
}

static const struct interop_record *
find(const struct interop_set *set, uint64_t id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->record[i].id == id)
            return &set->record[i];
    }
    return NULL;
}

void
interop_compare(const struct interop_set *sent,
                const struct interop_set *stored, struct interop_cell *c)
{
    c->sent = sent->count;
    c->stored = stored->count;
    for (size_t i = 0; i < sent->count; i++) {
        const struct interop_record *r = find(stored, sent->record[i].id);

        c->lost += r == NULL;
        c->doubled += r != NULL && r->times > 1;
        c->changed += r != NULL && r->content != sent->record[i].content;
    }
    if (c->sent == 0 || c->stored == 0 || c->doubled > 0 || c->changed > 0)
        c->result = INTEROP_FAIL;
    else
        c->result = c->lost > 0 ? INTEROP_LOSS : INTEROP_PASS;
}
