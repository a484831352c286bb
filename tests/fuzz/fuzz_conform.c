/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_report conformance_roles */
/* A product's bytes through role `files` and a form of the report: the
 * tester gives a verdict, whatever it is fed. */
#include "conformance/report/report.h"

static struct run *
open_run(void)
{
    static struct run run;
    static bool tried;
    struct err err;
    struct diag diag;

    if (tried)
        return run.result ? &run : NULL;
    tried = true;
    diag_init(&diag);
    run.only = "FILES-TEXT"; /* every rule is observed; few tests are judged */
    run.ledger = ledger_load(NULL, &diag);
    run.standard = std_embedded(hutong_data, &diag);
    if (run.ledger == NULL || run.standard == NULL ||
        run_open(&run, "files", &err) != ERR_OK)
        __builtin_trap();
    diag_free(&diag);
    return &run;
}

/* A report names every requirement, many times the work of a verdict, and
 * fuzz_report feeds it directly: one input in so many has one. */
enum { REPORTED = 32 };

static void
report(const struct run *r, unsigned choice)
{
    const struct report_head head = {.role = "files",
                                     .started = "2026-11-22T10:00:00Z",
                                     .ended = "2026-11-22T10:00:00Z"};
    struct buf json = {0}, out = {0};
    struct err err;

    report_json(r, &head, &json);
    if (report_render(buf_view(&json),
                      (enum report_format)(choice % REPORT_FORMATS),
                      choice / REPORT_FORMATS % 2 == 0, &out, &err) != ERR_OK)
        __builtin_trap();
    buf_free(&json);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = {(const char *)data, size};
    struct run *r = open_run();
    struct observe_target *t;

    if (r == NULL || !observe_reset(r->observe) ||
        (t = observe_target(r->observe, "fuzz")) == NULL)
        return 0;
    for (unsigned line = 1; rest.len > 0; line++) {
        size_t n = bytes_find(rest, '\n');
        const struct input_document doc = {.text = bytes_upto(rest, n),
                                           .line = line};

        observe_document(r->observe, t, &doc);
        rest = bytes_from(rest, n + 1);
    }
    run_judge(r);
    if (size % REPORTED == 0)
        report(r, (unsigned)(size / REPORTED));
    if (r->observe->unowned > 0)
        __builtin_trap(); /* a fault that no requirement owns */
    return 0;
}
