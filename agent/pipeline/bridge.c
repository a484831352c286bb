/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/bridge.h"

#include <assert.h>
#include <stdlib.h>

#include "agent/pipeline/policy.h"
#include "formats/mapping/known.h"

struct bridge {
    struct bridge_options o;
    const struct plan *plan[BRIDGE_MAX_PLANS];
    struct plan_state *state[BRIDGE_MAX_PLANS];
    const struct codec *codec[BRIDGE_MAX_PLANS];
    size_t count;
    struct json_reader tolerant, strict;
    struct codec_context context;
    struct tape source, checked;
    const struct checker *checker;
    struct check_state *check;
    struct known known;
    struct findings findings;
    struct buf decoded; /* the frame in UTF-8, where it was in GB 18030 */
    struct buf record;
};

static enum err_code
add_plans(struct bridge *b, const struct plan *const *plans, size_t n,
          struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct mapping *m = plan_mapping(plans[i]);

        b->plan[i] = plans[i];
        b->codec[i] = codec_find(mapping_codec(m));
        if (b->codec[i] == NULL)
            return err_set(err, ERR_UNSUPPORTED, mapping_id(m),
                           "codec %s is not built in", mapping_codec(m));
        b->state[i] = plan_state_new(plans[i]);
        if (b->state[i] == NULL)
            return err_set(err, ERR_NOMEM, mapping_id(m), "out of memory");
        b->count++;
    }
    return ERR_OK;
}

struct bridge *
bridge_new(const struct plan *const *plans, size_t n,
           const struct checker *checker, const struct bridge_options *o,
           struct err *err)
{
    struct bridge *b;

    if (n == 0 || n > BRIDGE_MAX_PLANS) {
        (void)err_set(err, ERR_ARG, NULL, "1 to %d mappings are wanted",
                      BRIDGE_MAX_PLANS);
        return NULL;
    }
    b = calloc(1, sizeof *b);
    if (b == NULL) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    b->o = *o;
    b->checker = o->no_check ? NULL : checker;
    json_reader_init(&b->tolerant, JSON_TOLERANT, NULL);
    json_reader_init(&b->strict, JSON_STRICT, NULL);
    b->context.json = &b->tolerant;
    b->context.time.default_offset_min = o->offset_min;
    if (b->checker != NULL)
        b->check = check_state_new(b->checker);
    if (add_plans(b, plans, n, err) != ERR_OK ||
        (b->checker != NULL && b->check == NULL)) {
        bridge_free(b);
        return NULL;
    }
    return b;
}

void
bridge_free(struct bridge *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->count; i++)
        plan_state_free(b->state[i]);
    json_reader_free(&b->tolerant);
    json_reader_free(&b->strict);
    tape_free(&b->source);
    tape_free(&b->checked);
    check_state_free(b->check);
    known_free(&b->known);
    findings_free(&b->findings);
    buf_free(&b->context.scratch);
    buf_free(&b->decoded);
    buf_free(&b->record);
    free(b);
}

/* Read back strictly what was written. An x_source that stands as it stood in a
 * source without repairs was read once already: the record is read as if it
 * ended before it, with a brace in the place of its comma. */
static enum err_code
read_back(struct bridge *b, size_t source_at, struct err *err)
{
    struct bytes record = buf_view(&b->record);

    if (source_at == 0)
        return json_read(&b->strict, record, &b->checked, err);
    b->record.data[source_at] = '}';
    return json_read(&b->strict, bytes_upto(record, source_at + 1), &b->checked,
                     err);
}

/* Everything that the checker finds in the record, into b->findings. */
static enum err_code
find_all(struct bridge *b, const struct plan_meta *meta, struct err *err)
{
    size_t source_at = meta->source_at;
    enum err_code code;

    code = read_back(b, source_at, err);
    if (code == ERR_OK)
        code = check_record(b->checker, b->check, &b->checked, 0, meta->kind,
                            &b->findings);
    if (source_at != 0)
        b->record.data[source_at] = ',';
    return code;
}

/* Plan ${i} made a record that has the outline of a clean one. Some are checked all the same; in a debug build all are, and
 * must be clean. */
static bool
is_known(struct bridge *b, uint32_t i, const struct plan_meta *meta)
{
    if (!known_has(&b->known, i, &meta->outline))
        return false;
#ifndef NDEBUG
    {
        struct err err = {0};
        enum err_code code = find_all(b, meta, &err);

        assert(code == ERR_NOMEM ||
               (code == ERR_OK && b->findings.errors == 0 &&
                b->findings.warnings == 0));
        findings_reset(&b->findings);
    }
#endif
    return !known_audit(&b->known);
}

/* A record of plan ${i} was checked. */
static void
learn(struct bridge *b, uint32_t i, const struct plan_meta *meta)
{
    if (b->findings.errors == 0 && b->findings.warnings == 0)
        known_add(&b->known, i, &meta->outline);
    else if (known_has(&b->known, i, &meta->outline))
        known_clear(&b->known); /* a fault of ours: rely on nothing */
}

static enum bridge_result
check(struct bridge *b, uint32_t i, struct bridge_output *out, struct err *err)
{
    enum err_code code;

    if (b->checker == NULL)
        return BRIDGE_RECORD;
    findings_reset(&b->findings);
    if (is_known(b, i, &out->meta))
        return BRIDGE_RECORD;
    code = find_all(b, &out->meta, err);
    if (code == ERR_NOMEM) {
        (void)err_set(err, code, NULL, "the check ran out of memory");
        return BRIDGE_REJECT;
    }
    if (code != ERR_OK)
        return BRIDGE_REFUSED; /* a fault of ours: keep it from consumers */
    learn(b, i, &out->meta);
    out->findings = b->findings.errors;
    if (b->findings.errors == 0)
        return BRIDGE_RECORD;
    if (policy_refuses(b->o.on_finding, &b->findings, err))
        return BRIDGE_REFUSED;
    if (b->o.on_finding == FINDING_TAG)
        policy_tag(&b->record, &b->findings);
    return BRIDGE_RECORD;
}

/* Decode ${frame} with ${codec} unless the tape already holds that. */
static enum err_code
decode(struct bridge *b, const struct codec *codec,
       const struct codec **decoded, struct bytes frame, struct err *err)
{
    enum err_code code;

    if (*decoded == codec)
        return ERR_OK;
    *decoded = NULL;
    code = codec->decode(&b->context, frame, &b->source, err);
    if (code == ERR_OK)
        *decoded = codec;
    return code;
}

/* GB 18030 and GBK inputs become UTF-8 before any codec sees them. */
static enum err_code
to_utf8(struct bridge *b, struct bytes *frame, size_t *repairs, struct err *err)
{
    enum err_code code;

    *repairs = 0;
    if (b->o.charset == TEXT_UTF8)
        return ERR_OK;
    buf_reset(&b->decoded);
    code = text_decode(&b->decoded, *frame, b->o.charset, repairs);
    if (code != ERR_OK)
        return err_set(err, code, NULL, "the frame cannot be converted");
    *frame = buf_view(&b->decoded);
    return ERR_OK;
}

enum bridge_result
bridge_frame(struct bridge *b, struct bytes frame,
             const uint8_t id[EVENT_ID_BYTES], int64_t now_ns,
             struct bridge_output *out, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    const struct codec *decoded = NULL;
    enum bridge_result result = BRIDGE_REJECT; /* until a codec reads it */
    char hex[2 * EVENT_ID_BYTES];
    struct plan_input in = {.source = &b->source,
                            .event_id = {hex, sizeof hex},
                            .keep_raw = b->o.keep_raw,
                            .raw = frame,
                            .tenant = b->o.tenant};
    size_t repairs;

    for (size_t i = 0; i < EVENT_ID_BYTES; i++) {
        hex[2 * i] = digits[id[i] >> 4];
        hex[2 * i + 1] = digits[id[i] & 15];
    }
    *out = (struct bridge_output){0};
    if (to_utf8(b, &frame, &repairs, err) != ERR_OK)
        return BRIDGE_REJECT;
    b->context.time.now = time_of_ns(now_ns);
    in.time = b->context.time;
    for (size_t i = 0; i < b->count; i++) {
        enum plan_result r;

        if (decode(b, b->codec[i], &decoded, frame, err) != ERR_OK)
            continue;
        if (repairs != 0)
            b->source.flags |= TAPE_REPAIRED;
        buf_reset(&b->record);
        r = plan_run(b->plan[i], b->state[i], &in, &b->record, &out->meta, err);
        if (r == PLAN_SKIP) {
            result = BRIDGE_SKIP;
            continue;
        }
        if (r == PLAN_REJECT)
            return BRIDGE_REJECT;
        out->mapping = plan_mapping(b->plan[i]);
        out->repairs = out->meta.repairs;
        result = check(b, (uint32_t)i, out, err);
        out->record = buf_view(&b->record);
        return result;
    }
    return result;
}

const struct findings *
bridge_findings(const struct bridge *b)
{
    return &b->findings;
}

struct plan_state *
bridge_plan_state(struct bridge *b, size_t i)
{
    return i < b->count ? b->state[i] : NULL;
}

void
event_id_of(const uint8_t *seed, size_t seed_len, uint64_t offset,
            uint64_t index, uint8_t id[EVENT_ID_BYTES])
{
    /* The key only separates our use of the hash from others'. */
    static const uint8_t key[16] = "hutong event id";
    uint8_t in[96];
    size_t n = seed_len < sizeof in - 16 ? seed_len : sizeof in - 16;

    memcpy(in, seed, n);
    for (size_t i = 0; i < 8; i++) {
        in[n + i] = (uint8_t)(offset >> (8 * i));
        in[n + 8 + i] = (uint8_t)(index >> (8 * i));
    }
    hash_128(key, in, n + 16, id);
}
