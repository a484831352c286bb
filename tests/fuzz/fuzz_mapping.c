/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_codec formats_check formats_mapping data */
/* Any JSON or CEF through every shipped mapping: what comes out is read
 * strictly, breaks no rule of types, is the same a second time, and has no
 * finding where a record with its outline had none. The first byte picks the
 * mapping. */
#include <stdlib.h>

#include "formats/base/embed.h"
#include "formats/check/check.h"
#include "formats/codec/codec.h"
#include "formats/mapping/known.h"

#define MAX_PLANS 16

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct standard *standard;
static struct plan *plan[MAX_PLANS];
static struct plan_state *state[MAX_PLANS];
static size_t plans;
static struct known known; /* over all inputs */
static struct checker *checker;
static struct check_state *check;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct diag diag;
    struct err err;

    (void)argc;
    (void)argv;
    diag_init(&diag);
    standard = std_embedded(hutong_data, &diag);
    for (const struct embed_file *f = hutong_data; f->name != NULL; f++) {
        struct bytes yaml = bytes_of(f->start, (size_t)(f->end - f->start));

        if (strncmp(f->name, "mapping/data/in/", 16) != 0 || plans == MAX_PLANS)
            continue;
        plan[plans] =
            plan_compile(mapping_load(f->name, yaml, &diag), standard, &diag);
        state[plans] = plan_state_new(plan[plans]);
        plan_coverage_enable(state[plans], true);
        plans++;
    }
    checker = checker_new(standard, CHECK_STRICT, &err);
    check = check_state_new(checker);
    if (plans == 0 || checker == NULL || check == NULL)
        abort();
    diag_free(&diag);
    return 0;
}

static void
check_outline(uint32_t which, const struct plan_outline *o,
              const struct findings *f)
{
    bool clean = f->errors == 0 && f->warnings == 0;

    if (clean)
        known_add(&known, which, o);
    else if (known_has(&known, which, o))
        abort();
}

static void
check_record_text(struct bytes record, uint32_t which,
                  const struct plan_outline *outline)
{
    struct json_reader strict;
    struct tape tape = {0};
    struct findings findings = {0};

    json_reader_init(&strict, JSON_STRICT, NULL);
    if (memchr(record.data, '\n', record.len) != NULL ||
        json_read(&strict, record, &tape, NULL) != ERR_OK ||
        check_record(checker, check, &tape, 0, NULL, &findings) != ERR_OK)
        abort();
    for (size_t i = 0; i < findings.count; i++) {
        enum check_rule rule = findings.item[i].rule;

        if (rule == CHECK_TYPE || rule == CHECK_LENGTH || rule == CHECK_RANGE ||
            rule == CHECK_CODE || rule == CHECK_UNKNOWN ||
            rule == CHECK_INFO_TYPE || rule == CHECK_MISPLACED ||
            rule == CHECK_FORMAT)
            abort();
    }
    check_outline(which, outline, &findings);
    findings_free(&findings);
    tape_free(&tape);
    json_reader_free(&strict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t which = size ? data[0] % plans : 0;
    struct bytes frame =
        bytes_of((const char *)data + (size > 0), size - (size > 0));
    const struct codec *codec =
        codec_find(mapping_codec(plan_mapping(plan[which])));
    struct json_reader reader;
    struct codec_context ctx = {.json = &reader};
    struct tape tape = {0};
    struct buf out = {0}, again = {0};
    struct plan_meta meta;
    struct err err = {0};
    struct plan_input in = {.source = &tape,
                            .event_id =
                                BYTES("00112233445566778899aabbccddeeff"),
                            .raw = frame};

    json_reader_init(&reader, JSON_TOLERANT, NULL);
    if (codec->decode(&ctx, frame, &tape, &err) == ERR_OK) {
        enum plan_result r =
            plan_run(plan[which], state[which], &in, &out, &meta, &err);

        if (r == PLAN_RECORD) {
            check_record_text(buf_view(&out), (uint32_t)which, &meta.outline);
            if (plan_run(plan[which], state[which], &in, &again, &meta, &err) !=
                    r ||
                !bytes_eq(buf_view(&out), buf_view(&again)))
                abort();
        } else if (out.len != 0) {
            abort();
        }
        buf_reset(&again);
        if (plan_explain(plan[which], state[which], &in, &again, true, &err) !=
                ERR_OK &&
            r == PLAN_RECORD)
            abort();
    }
    buf_free(&out);
    buf_free(&again);
    tape_free(&tape);
    buf_free(&ctx.scratch);
    json_reader_free(&reader);
    return 0;
}
