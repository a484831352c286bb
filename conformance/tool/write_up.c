/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/write_up.h"

#include <stdio.h>
#include <time.h>

#include "formats/base/time.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

void
write_up_now(struct buf *out)
{
    struct timespec t;
    struct stamp s;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    s = time_of_ns((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
    buf_reset(out);
    time_write_rfc3339(out, &s);
}

void
write_up_quoted(struct buf *out, const char *text)
{
    buf_str(out, " '");
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *text);
    }
    buf_char(out, '\'');
}

void
write_up_program(const struct command_context *c, struct buf *out)
{
    buf_str(out, "hutong-conform");
    if (c->catalogue != NULL) {
        buf_str(out, " --catalogue");
        write_up_quoted(out, c->catalogue);
    }
    for (size_t i = 0; i < c->overlays; i++) {
        buf_str(out, " --overlay");
        write_up_quoted(out, c->overlay[i]);
    }
}

enum err_code
write_up_begin(struct evidence *e, const struct run *r,
               const struct run_options *o, const char *time, struct err *err)
{
    struct json_writer w;
    struct buf b = {0};
    enum err_code code;

    json_writer_init(&w, &b);
    json_object(&w);
    json_key(&w, "role");
    json_cstr(&w, o->role);
    json_key(&w, "catalogue");
    json_cstr(&w, r->ledger->digest);
    json_key(&w, "ics");
    json_cstr(&w, r->ics ? r->ics->digest : NULL);
    json_key(&w, "tests");
    json_u64(&w, r->results);
    json_end_object(&w);
    code = buf_ok(&b) ? evidence_event(e, "begin", time,
                                       bytes_of(b.data + 1, b.len - 2), err)
                      : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return code;
}

/* The samples behind a verdict, one a line; the card then names the file. */
static enum err_code
keep_transcript(struct evidence *e, struct run *r, struct run_result *res,
                const char *time, struct err *err)
{
    struct json_writer w;
    struct buf b = {0};
    char path[200], hex[DIGEST_HEX_MAX];
    enum err_code code = ERR_OK;

    for (const char *const *p = res->test->verifies; *p != NULL; p++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*p));
        const struct observe_tally *t =
            q ? &r->observe->tally[q - r->ledger->requirement] : NULL;

        for (size_t i = 0; t != NULL && i < t->samples; i++) {
            json_writer_init(&w, &b);
            report_sample(&w, *p, &t->sample[i]);
            buf_char(&b, '\n');
        }
    }
    (void)snprintf(path, sizeof path, "evidence/%s.ndjson", res->test->id);
    if (res->card.evidence != NULL) /* a session wrote it */
        b.len = 0;
    if (!buf_ok(&b))
        code = err_set(err, ERR_NOMEM, path, "out of memory");
    else if (b.len > 0 && e->dir != NULL &&
             (code = evidence_file(e, path, time, buf_view(&b), err)) ==
                 ERR_OK &&
             (code = digest_hex(DIGEST_SHA256, buf_view(&b), hex, err)) ==
                 ERR_OK) {
        res->card.evidence = arena_str(&r->observe->arena, bytes_str(path));
        res->card.evidence_sha256 =
            arena_str(&r->observe->arena, bytes_str(hex));
    }
    buf_free(&b);
    return code;
}

static enum err_code
log_verdict(struct evidence *e, struct run *r, struct run_result *res,
            const char *time, struct err *err)
{
    struct buf b = {0};
    enum err_code code;

    buf_printf(&b, "\"test\":\"%s\",\"rev\":%u,\"verdict\":\"%s\"",
               res->test->id, res->test->rev, verdict_name(res->verdict));
    code = keep_transcript(e, r, res, time, err);
    if (code == ERR_OK)
        code = buf_ok(&b)
                   ? evidence_event(e, "verdict", time, buf_view(&b), err)
                   : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return code;
}

/* The verdicts, before the report is written: it names their transcripts. */
static enum err_code
keep_verdicts(struct evidence *e, struct run *r, const char *time,
              struct err *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < r->results && code == ERR_OK; i++)
        code = log_verdict(e, r, &r->result[i], time, err);
    return code;
}

static enum err_code
keep_report(struct evidence *e, const struct run *r, const char *time,
            struct bytes report, struct err *err)
{
    enum err_code code = evidence_file(e, "report.json", time, report, err);

    if (code == ERR_OK)
        code = evidence_event(e, r->interrupted ? "interrupted" : "end", time,
                              BYTES(""), err);
    return code == ERR_OK ? evidence_seal(e, err) : code;
}

/* Everything that is kept, and the report in the wanted form. */
static enum err_code
keep_all(const struct command_context *c, const struct run_options *o,
         struct run *r, struct report_head *head, struct evidence *e,
         struct buf *out, struct err *err)
{
    struct buf report = {0};
    enum err_code code = keep_verdicts(e, r, head->ended, err);

    if (code == ERR_OK)
        report_json(r, head, &report);
    if (code == ERR_OK && !buf_ok(&report))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code = keep_report(e, r, head->ended, buf_view(&report), err);
    if (code == ERR_OK)
        code = report_render(buf_view(&report), o->format, c->zh, out, err);
    buf_free(&report);
    return code;
}

int
write_up(const struct command_context *c, const struct run_options *o,
         struct run *r, struct report_head *head, struct evidence *e)
{
    struct buf out = {0}, ended = {0};
    struct err err = {0};
    int code = (int)r->exit;

    write_up_now(&ended);
    head->ended = buf_cstr(&ended);
    if (head->ended == NULL)
        code =
            command_fail(c, EXIT_TOOL, &(struct err){.msg = "out of memory"});
    else if (keep_all(c, o, r, head, e, &out, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else if (!command_write(&out))
        code = EXIT_TOOL;
    if (!c->quiet && o->keep && code != EXIT_TOOL)
        (void)fprintf(stderr, "%s %s\n",
                      command_say(c, "运行记录：", "run folder:"), o->out);
    if (r->named == 0)
        (void)fprintf(
            stderr, "%s\n",
            command_say(c, "没有选中任何测试", "no test was selected"));
    buf_free(&out);
    buf_free(&ended);
    return code;
}
