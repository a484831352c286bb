/* SPDX-License-Identifier: Apache-2.0 */
/* One document: as text, against the definitions, as part of a set. Whose
 * requirement a fault breaks. */
#include "conformance/roles/observe.h"

#include <stdio.h>
#include <stdlib.h>

#include "conformance/verdict/fault.h"
#include "formats/standard/interface.h"
#include "transport/digest.h"

#define FINDINGS_STORED 2000 /* of one document */

static bool
add_kind(struct observe *o, const char *kind)
{
    size_t n = std_shape_count(o->standard, kind);

    if (o->kinds == OBSERVE_KINDS)
        return false;
    o->kind[o->kinds].kind = kind;
    o->kind[o->kinds].seen = calloc(n ? n : 1, sizeof(uint64_t));
    return o->kind[o->kinds++].seen != NULL;
}

static bool
add_bodies(struct observe *o)
{
    size_t count = std_body_count(o->standard);

    o->body = calloc(count + 1, sizeof *o->body);
    for (size_t i = 0; o->body != NULL && i < count; i++) {
        const char *kind = std_body(o->standard, i);

        o->body[i].kind = kind;
        o->body[i].seen =
            calloc(std_shape_count(o->standard, kind), sizeof(uint64_t));
        if (o->body[i].seen == NULL)
            return false;
        o->bodies++;
    }
    return o->body != NULL;
}

static void
reset_kind(const struct observe *o, struct observe_kind *k)
{
    memset(k->seen, 0, std_shape_count(o->standard, k->kind) * sizeof *k->seen);
    k->records = 0;
}

static void
free_sets(struct observe *o)
{
    observe_set_free(o->alerts);
    observe_set_free(o->assets);
    observe_set_free(o->threats);
    observe_set_free(o->behaviors);
    observe_set_free(o->messages);
    observe_set_free(o->parents);
    observe_set_free(o->requests);
}

static bool
new_sets(struct observe *o)
{
    struct observe_set **sets[] = {&o->alerts,    &o->assets,   &o->threats,
                                   &o->behaviors, &o->messages, &o->parents,
                                   &o->requests};
    bool ok = true;

    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        *sets[i] = observe_set_new();
        ok = ok && *sets[i] != NULL;
    }
    return ok;
}

static bool
prepare(struct observe *o, struct err *err)
{
    const struct json_limits limits = {.depth = json_limits_default.depth,
                                       .keys = json_limits_default.keys,
                                       .string_bytes = 1 << 20,
                                       .nodes = TAPE_MAX_NODES,
                                       .bytes = INPUT_DOCUMENT_MAX};
    bool ok = add_kind(o, STD_ENVELOPE);

    for (size_t i = 0; i < std_kind_count(o->standard); i++)
        ok = ok && add_kind(o, std_kind(o->standard, i));
    o->tally = calloc(o->ledger->requirements + 1, sizeof *o->tally);
    ok = ok && new_sets(o) && add_bodies(o);
    json_reader_init(&o->reader, JSON_STRICT, &limits);
    o->findings.max = FINDINGS_STORED;
    observe_rows(o);
    if (!ok || o->tally == NULL) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return false;
    }
    o->checker = checker_new(o->standard, CHECK_STRICT, err);
    o->state = o->checker ? check_state_new(o->checker) : NULL;
    if (o->checker != NULL && o->state == NULL)
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
    return o->state != NULL;
}

struct observe *
observe_new(const struct ledger *l, const struct standard *s, struct err *err)
{
    struct observe *o = calloc(1, sizeof *o);

    if (o == NULL) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    o->ledger = l;
    o->standard = s;
    if (prepare(o, err))
        return o;
    observe_free(o);
    return NULL;
}

void
observe_free(struct observe *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->kinds; i++)
        free(o->kind[i].seen);
    for (size_t i = 0; i < o->bodies; i++)
        free(o->body[i].seen);
    free(o->body);
    free_sets(o);
    free(o->tally);
    free(o->target);
    check_state_free(o->state);
    checker_free(o->checker);
    findings_free(&o->findings);
    tape_free(&o->tape);
    json_reader_free(&o->reader);
    buf_free(&o->scratch);
    arena_free(&o->arena);
    free(o);
}

static void
renew_sets(struct observe *o)
{
    struct observe_set **sets[] = {&o->alerts, &o->assets, &o->messages,
                                   &o->parents};

    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        observe_set_free(*sets[i]);
        *sets[i] = observe_set_new();
        o->nomem |= *sets[i] == NULL;
    }
}

void
observe_boundary(struct observe *o)
{
    observe_end(o);
    renew_sets(o);
}

bool
observe_reset(struct observe *o)
{
    for (size_t i = 0; i < o->kinds; i++)
        reset_kind(o, &o->kind[i]);
    for (size_t i = 0; i < o->bodies; i++)
        reset_kind(o, &o->body[i]);
    free_sets(o);
    o->nomem |= !new_sets(o);
    for (size_t i = 0; i < o->ledger->requirements; i++)
        o->tally[i].count = o->tally[i].samples = 0;
    arena_reset(&o->arena);
    o->targets = o->interfaces = 0;
    o->unowned = o->documents = o->readable = o->envelopes = o->records = 0;
    o->first_exact = o->first_content = 0;
    o->varied_exact = o->varied_content = false;
    return !o->nomem;
}

struct observe_target *
observe_target(struct observe *o, const char *name)
{
    struct observe_target *grown =
        realloc(o->target, (o->targets + 1) * sizeof *grown);

    if (grown == NULL) {
        o->nomem = true;
        return NULL;
    }
    o->target = grown;
    grown[o->targets] = (struct observe_target){.name = name};
    return &grown[o->targets++];
}

static void
keep_sample(struct observe *o, struct observe_tally *t,
            const struct observe_fault *f)
{
    struct observe_sample *s = &t->sample[t->samples];
    unsigned line = 0, col = 0;
    struct err err;

    *s = (struct observe_sample){
        .file = arena_str(&o->arena, bytes_str(f->file)),
        .rule = arena_str(&o->arena, bytes_str(f->rule)),
        .pointer = arena_str(
            &o->arena, bytes_str(fault_on("lost-pointer") ? "" : f->pointer)),
        .interface = f->interface,
        .place = f->place ? arena_str(&o->arena, bytes_str(f->place)) : NULL,
        .text = {arena_str(&o->arena, bytes_str(f->text.zh)),
                 arena_str(&o->arena, bytes_str(f->text.en))}};
    json_place(f->document, f->offset, &line, &col);
    s->line = f->line + (line > 0 ? line - 1 : 0);
    s->col = col;
    if (s->file == NULL || s->rule == NULL || s->pointer == NULL ||
        s->text.zh == NULL || s->text.en == NULL ||
        digest_hex(DIGEST_SHA256, f->document, s->digest, &err) != ERR_OK)
        o->nomem = true;
    else
        t->samples++;
}

/* The row of an interface, added when it is new; NULL for files, and when
 * there are too many. */
static size_t
interface_of(struct observe *o, const char *name)
{
    size_t i = 0;

    while (i < o->interfaces && strcmp(o->interface[i].name, name) != 0)
        i++;
    if (i == o->interfaces && i < OBSERVE_INTERFACES) {
        memset(&o->interface[i], 0, sizeof o->interface[i]);
        o->interface[i].name = name;
        o->interfaces++;
    }
    return i;
}

static void
count_fault(struct observe *o, const char *interface)
{
    size_t i = interface ? interface_of(o, interface) : OBSERVE_INTERFACES;

    if (i < OBSERVE_INTERFACES)
        o->interface[i].faults++;
}

static void
charge(struct observe *o, const struct requirement *owner,
       const struct observe_fault *f)
{
    struct observe_tally *t;

    count_fault(o, f->interface);
    if (owner == NULL) {
        o->unowned++;
        return;
    }
    t = &o->tally[owner - o->ledger->requirement];
    if (fault_on("wrong-owner"))
        t = &o->tally[(owner - o->ledger->requirement + 1) %
                      (ptrdiff_t)o->ledger->requirements];
    t->count++;
    if (t->samples < OBSERVE_SAMPLES)
        keep_sample(o, t, f);
}

void
observe_fault(struct observe *o, const struct observe_fault *f)
{
    charge(o, ledger_owner(o->ledger, bytes_str(f->rule)), f);
}

static const struct requirement *
owner_of(struct observe *o, const struct finding *f, const char *rule)
{
    uint32_t h = hash_key((const char *)&f->row, sizeof f->row) + f->rule;
    size_t i = h % (sizeof o->owner / sizeof o->owner[0]);

    if (o->owner[i].row != f->row || o->owner[i].rule != (int)f->rule + 1) {
        o->owner[i].row = f->row;
        o->owner[i].rule = (int)f->rule + 1;
        o->owner[i].owner = ledger_owner(o->ledger, bytes_str(rule));
    }
    return o->owner[i].owner;
}

static void
take_finding(struct observe *o, struct observe_fault *at,
             const struct finding *f)
{
    struct buf rule = {0}, zh = {0}, en = {0};

    finding_rule(f, &rule);
    if (f->row != NULL && f->row->personal) {
        buf_str(&zh, "内容不符合定义（个人信息，已隐去）");
        buf_str(&en, "differs from the definition (personal data, withheld)");
    } else {
        finding_text(f, true, &zh);
        finding_text(f, false, &en);
    }
    at->rule = buf_cstr(&rule);
    at->pointer = f->pointer;
    at->offset = f->offset;
    at->text = (struct ledger_text){buf_cstr(&zh), buf_cstr(&en)};
    if (at->rule == NULL || at->text.zh == NULL || at->text.en == NULL)
        o->nomem = true;
    else
        charge(o, owner_of(o, f, at->rule), at);
    buf_free(&rule);
    buf_free(&zh);
    buf_free(&en);
}

void
observe_findings(struct observe *o, const struct observe_fault *at)
{
    struct observe_fault f = *at;

    for (size_t i = 0; i < o->findings.count; i++)
        take_finding(o, &f, &o->findings.item[i]);
}

/* ---- a document */

static size_t
kind_of(const struct observe *o, uint32_t at)
{
    uint32_t v = tape_get(&o->tape, at, BYTES("info_type"));

    for (size_t i = 1; i < o->kinds && v != 0; i++) {
        if (tape_is(&o->tape, &o->tape.node[v], bytes_str(o->kind[i].kind)))
            return i;
    }
    return 0;
}

static void
look_inside(struct observe *o, struct observe_target *target,
            const struct observe_fault *at)
{
    const struct tape *t = &o->tape;
    uint32_t items = tape_get(t, 0, BYTES("items"));
    size_t kind = kind_of(o, 0), n = 0;

    if (o->findings.envelopes == 0) {
        target->records += o->findings.records;
        if (kind > 0)
            observe_record(o, at, 0, kind);
        return;
    }
    target->envelopes++;
    target->records += o->findings.records;
    observe_record(o, at, 0, 0);
    observe_envelope(o, at);
    if (items == 0 || t->node[items].type != TAPE_ARRAY ||
        t->node[items].hash == 0 || kind == 0)
        return;
    for (uint32_t i = items + 1; i != 0; i = t->node[i].next) {
        struct observe_fault item = *at;
        char pointer[32];

        (void)snprintf(pointer, sizeof pointer, "/items/%zu", n++);
        item.pointer = pointer; /* where the record is */
        observe_record(o, &item, i, kind);
        if (fault_on("first-record-only"))
            break;
    }
}

void
observe_document(struct observe *o, struct observe_target *target,
                 const struct input_document *doc)
{
    struct observe_fault at = {.file = target->name,
                               .interface = doc->interface,
                               .place = doc->place,
                               .document = doc->text,
                               .line = doc->line};
    size_t seen =
        doc->interface ? interface_of(o, doc->interface) : OBSERVE_INTERFACES;

    target->documents++;
    o->documents++;
    if (seen < OBSERVE_INTERFACES)
        o->interface[seen].documents++;
    if (!observe_text(o, &at, doc->too_long)) {
        target->unreadable++;
        return;
    }
    o->readable++;
    findings_reset(&o->findings);
    if (observe_message(o, &at))
        return;
    if (check_document(o->checker, o->state, &o->tape, &o->findings) !=
        ERR_OK) {
        o->nomem = true;
        return;
    }
    o->records += o->findings.records;
    if (seen < OBSERVE_INTERFACES)
        o->interface[seen].records += o->findings.records;
    o->envelopes += o->findings.envelopes;
    observe_findings(o, &at);
    look_inside(o, target, &at);
}

/* The places of one row; retired rows have none. */
static uint64_t
seen_row(const struct observe *o, const struct std_row *r)
{
    const struct shape *s = std_place(o->standard, r->key);

    for (size_t k = 0; s != NULL && k < o->kinds; k++) {
        if (strcmp(r->kind, o->kind[k].kind) == 0)
            return o->kind[k].seen[s->number];
    }
    for (size_t k = 0; s != NULL && k < o->bodies; k++) {
        if (strcmp(r->kind, o->body[k].kind) == 0)
            return o->body[k].seen[s->number];
    }
    return 0;
}

uint64_t
observe_seen(const struct observe *o, const char *pattern)
{
    const struct std_row *row = std_row(o->standard, pattern);
    char entry[300], rule[300];
    uint64_t n = 0;

    for (size_t i = 0; i < o->kinds; i++) {
        if (strcmp(pattern, o->kind[i].kind) == 0)
            return o->kind[i].records;
    }
    for (size_t i = 0; i < o->bodies; i++) {
        if (strcmp(pattern, o->body[i].kind) == 0)
            return o->body[i].records;
    }
    if (row != NULL)
        return seen_row(o, row);
    (void)snprintf(entry, sizeof entry, "%s#*", pattern);
    for (size_t i = 0; i < std_row_count(o->standard); i++) {
        row = std_row_at(o->standard, i);
        (void)snprintf(rule, sizeof rule, "%s#*", row->key);
        if (ledger_covers(entry, bytes_str(rule)))
            n += seen_row(o, row);
    }
    return n;
}
