/* SPDX-License-Identifier: Apache-2.0 */
/* run of a network role: the bench under a command line. */
#include "conformance/tool/write_up.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "conformance/evidence/redact.h"
#include "conformance/steps/interop.h"
#include "conformance/steps/phrase.h"
#include "conformance/tool/expected.h"
#include "formats/base/time.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

#define OUTPUT_STEP        ((size_t)64 << 10)
#define OUTPUT_MAX         ((size_t)1 << 20)
#define OUTPUT_SESSION_MAX OUTPUT_STEP /* of the product of one session */

struct net { /* of one run; what its cards point to */
    struct bench bench;
    struct arena arena;
    const struct command_context *c;
    const struct run_options *o;
    struct evidence *e;
    struct err err;         /* the first fault of the evidence */
    struct interop *matrix; /* of role interop; owned */
    unsigned char *worst;   /* by test: a transcript of it is named */
    bool terminal, first;
};

/* The command line of a card; the body it sends lies beside the transcript. */
static void
keep_curl(struct net *n, const struct bench_record *b, struct run_card *card,
          const char *time)
{
    struct bytes rest = bytes_str(b->curl);
    struct buf line = {0};
    char path[200];
    size_t at = 0;

    card->curl = NULL;
    if (b->curl == NULL || b->verdict == VERDICT_PASS)
        return;
    (void)snprintf(path, sizeof path, "evidence/%s.%u.body", b->test->id,
                   b->attempt);
    while (at < rest.len &&
           !bytes_starts(bytes_from(rest, at), BYTES("{body}")))
        at++;
    buf_bytes(&line, bytes_upto(rest, at));
    if (at < rest.len) {
        buf_printf(&line, "'%s/%s'", n->o->out, path);
        buf_bytes(&line, bytes_from(rest, at + 6));
        if (evidence_file(n->e, path, time, b->curl_body, &n->err) != ERR_OK)
            buf_reset(&line);
    }
    if (line.len > 0)
        card->curl = arena_str(&n->arena, buf_view(&line));
    buf_free(&line);
}

/* What a product printed is evidence too, up to ${max} bytes of it. */
static void
keep_output(struct net *n, const char *log, size_t max, const char *path,
            const char *time)
{
    struct buf b = {0}, clean = {0};
    struct redact_known known = {
        &(struct bytes){n->bench.token, strlen(n->bench.token)}, 1};
    FILE *f = log[0] ? fopen(log, "re") : NULL;

    if (f == NULL)
        return;
    while (b.len < max && buf_reserve(&b, OUTPUT_STEP)) {
        size_t got = fread(b.data + b.len, 1, OUTPUT_STEP, f);

        b.len += got;
        if (got == 0)
            break;
    }
    (void)fclose(f);
    (void)redact(&known, buf_view(&b), &clean);
    if (clean.len > 0 && n->err.code == ERR_OK)
        n->err.code =
            evidence_file(n->e, path, time, buf_view(&clean), &n->err);
    buf_free(&b);
    buf_free(&clean);
}

/* An execution ended: its transcript into the folder, its place into the card
 * (the first one that did not pass stays there). Under the bench's lock. */
static void
on_record(void *ctx, const struct bench_record *b)
{
    struct net *n = ctx;
    struct run_result *res = run_result_of(n->bench.run, b->test);
    struct run_card *card = &res->card;
    struct buf time = {0};
    char path[200], hex[DIGEST_HEX_MAX];

    if (n->e->dir == NULL || n->err.code != ERR_OK)
        return;
    (void)snprintf(path, sizeof path, "evidence/%s.%u.ndjson", b->test->id,
                   b->attempt);
    write_up_now(&time);
    if (buf_cstr(&time) != NULL &&
        evidence_file(n->e, path, buf_cstr(&time), b->transcript, &n->err) ==
            ERR_OK &&
        digest_hex(DIGEST_SHA256, b->transcript, hex, &n->err) == ERR_OK &&
        (card->evidence == NULL ||
         n->worst[res - n->bench.run->result] <= VERDICT_PASS)) {
        card->evidence = arena_str(&n->arena, bytes_str(path));
        card->evidence_sha256 = arena_str(&n->arena, bytes_str(hex));
        card->replay = arena_printf(&n->arena, "hutong-conform replay %s/%s.%u",
                                    n->o->out, b->test->id, b->attempt);
        keep_curl(n, b, card, buf_cstr(&time));
        n->worst[res - n->bench.run->result] = (unsigned char)b->verdict;
    }
    if (b->log != NULL && b->verdict > VERDICT_PASS && buf_cstr(&time)) {
        (void)snprintf(path, sizeof path, "evidence/%s.%u.log", b->test->id,
                       b->attempt);
        keep_output(n, b->log, OUTPUT_SESSION_MAX, path, buf_cstr(&time));
    }
    buf_free(&time);
}

static void
on_progress(void *ctx, const struct bench *b, size_t done, size_t of)
{
    struct net *n = ctx;

    (void)b;
    if (n->terminal)
        (void)fprintf(stderr, "\r%s %zu/%zu",
                      command_say(n->c, "测试", "tests"), done, of);
}

static const char *
environment(struct net *n)
{
    struct utsname u;

    if (uname(&u) != 0)
        return NULL;
    return arena_printf(&n->arena, "%.64s %.64s %.64s, %ld CPU, %s", u.sysname,
                        u.release, u.machine, sysconf(_SC_NPROCESSORS_ONLN),
                        OpenSSL_version(OPENSSL_VERSION));
}

/* A reader must learn what was left out of the count, and why. */
static void
note_stalls(struct net *n, struct run *r)
{
    unsigned attempts = bench_stalls(&n->bench);
    long long ms = (long long)stall_ms(&n->bench.stall);

    if (ms == 0)
        return;
    run_note(r, &n->arena,
             arena_printf(&n->arena,
                          "测试工具（或所在机器）共停顿 %lld 毫秒：停顿中的 %u "
                          "次尝试不计入，已重做",
                          ms, attempts),
             arena_printf(&n->arena,
                          "the tester or its machine stood still for %lld ms "
                          "in all: %u attempts of that time do not count and "
                          "were made again",
                          ms, attempts));
}

static void
set_setting(struct net *n, struct run *r)
{
    static const struct ledger_text insecure[] = {
        {"--insecure：没有核验产品的证书",
         "--insecure: the product's certificate was not verified"}};
    const struct bench_options *o = &n->bench.o;
    struct run_setting *s = &r->setting;
    struct redact_known known = {
        &(struct bytes){n->bench.token, strlen(n->bench.token)}, 1};
    struct buf target = {0};

    (void)redact(&known,
                 bytes_str(o->target ? o->target
                           : o->exec ? o->exec
                                     : n->o->products),
                 &target);
    s->environment = environment(n);
    s->target = arena_str(&n->arena, buf_view(&target));
    s->seed =
        arena_printf(&n->arena, "%llu", (unsigned long long)n->bench.seed);
    s->wait_ms = n->bench.wait_ms;
    s->probe_p99_us = (uint64_t)(n->bench.probe_p99_ms * 1000);
    s->probes = n->bench.probes;
    s->jobs = n->bench.o.jobs;
    s->repeats = n->bench.o.repeats;
    s->deviation = o->insecure ? insecure : NULL;
    s->deviations = o->insecure;
    note_stalls(n, r);
    buf_free(&target);
}

/* What replay needs of the run: its options, as they were given. */
static enum err_code
keep_options(struct net *n, const char *time, struct err *err)
{
    struct json_writer w;
    struct buf b = {0};
    enum err_code code;

    json_writer_init(&w, &b);
    json_object(&w);
    json_key(&w, "role");
    json_cstr(&w, n->o->role);
    json_key(&w, "seed");
    json_cstr(&w, arena_printf(&n->arena, "%llu", /* beyond 2^53 in JSON */
                               (unsigned long long)n->bench.seed));
    json_key(&w, "wait_ms");
    json_u64(&w, n->bench.wait_ms);
    json_key(&w, "port"); /* it stands in Host headers: the same again */
    json_u64(&w, n->bench.o.exec ? n->bench.target.port : 0);
    if (n->o->targets > 0) {
        json_key(&w, "target");
        json_cstr(&w, n->o->target[0]);
    }
    json_key(&w, "options");
    json_array(&w);
    for (size_t i = 0; i < n->o->words; i++) {
        json_cstr(&w, n->o->word[i].name);
        json_cstr(&w, n->o->word[i].value ? n->o->word[i].value : "");
    }
    json_end_array(&w);
    json_end_object(&w);
    buf_char(&b, '\n');
    code = buf_ok(&b)
               ? evidence_file(n->e, "options.json", time, buf_view(&b), err)
               : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return code;
}

/* Why the product is not testable, in the reader's language. */
static void
tell_untestable(struct net *n)
{
    struct err e = n->bench.err;
    const char *zh = n->c->zh ? phrase_text(e.msg, &n->arena) : NULL;

    if (zh != NULL)
        (void)snprintf(e.msg, sizeof e.msg, "%s", zh);
    (void)command_fail(n->c, EXIT_NOT_TESTABLE, &e);
}

static int
conclude(struct net *n, struct run *r)
{
    struct buf time = {0};
    struct err err = {0};
    int code = EXIT_PASSED;

    write_up_now(&time);
    set_setting(n, r);
    if (buf_cstr(&time) == NULL || n->err.code != ERR_OK)
        code = command_fail(n->c, EXIT_TOOL, &n->err);
    else if (keep_options(n, buf_cstr(&time), &err) != ERR_OK)
        code = command_fail(n->c, EXIT_TOOL, &err);
    else
        keep_output(n, n->bench.product.log, OUTPUT_MAX, "evidence/product.log",
                    buf_cstr(&time));
    if (n->bench.err.code != ERR_OK)
        tell_untestable(n);
    if (n->o->fail_on_warn && r->exit == EXIT_PASSED &&
        r->count[VERDICT_WARN] > 0)
        r->exit = EXIT_FAILED;
    if (code == EXIT_PASSED && n->o->expect != NULL)
        code = expected_apply(n->c, n->o->expect, r, &n->arena);
    buf_free(&time);
    return code;
}

/* ---- role interop */

static void
on_pair(void *ctx, size_t done, size_t of)
{
    struct net *n = ctx;

    if (n->terminal)
        (void)fprintf(stderr, "\r%s %zu/%zu",
                      command_say(n->c, "产品对", "pairs"), done, of);
}

/* The matrix before the tests, which look at it: into the folder, and on the
 * terminal before the report. */
static int
run_pairs(struct net *n)
{
    struct buf text = {0}, time = {0};
    struct diag diag;
    int code = EXIT_PASSED;

    diag_init(&diag);
    n->matrix = calloc(1, sizeof *n->matrix);
    if (n->matrix == NULL || !interop_load(n->o->products, n->matrix, &diag)) {
        command_diag(n->c, &diag);
        diag_free(&diag);
        return EXIT_USAGE;
    }
    diag_free(&diag);
    interop_run(&n->bench, n->matrix, on_pair, n);
    n->bench.matrix = n->matrix;
    write_up_now(&time);
    interop_json(n->matrix, &text);
    if (buf_cstr(&time) == NULL || !buf_ok(&text) ||
        evidence_file(n->e, "interop.json", buf_cstr(&time), buf_view(&text),
                      &n->err) != ERR_OK)
        code = command_fail(n->c, EXIT_TOOL, &n->err);
    buf_reset(&text);
    interop_text(n->matrix, n->c->zh, &text);
    if (n->o->format == REPORT_TEXT && code == EXIT_PASSED &&
        !command_write(&text))
        code = EXIT_TOOL;
    buf_free(&text);
    buf_free(&time);
    return code;
}

int
net_run(const struct command_context *c, const struct run_options *o,
        struct run *r, struct evidence *e)
{
    struct net *n = calloc(1, sizeof *n);
    struct err err = {0};

    if (n == NULL)
        return command_fail(c, EXIT_TOOL,
                            &(struct err){.msg = "out of memory"});
    r->network = n;
    n->c = c;
    n->o = o;
    n->e = e;
    n->terminal = !c->quiet && isatty(STDERR_FILENO);
    n->worst = calloc(r->results + 1, 1);
    n->bench.run = r;
    n->bench.o = o->bench;
    n->bench.record = on_record;
    n->bench.progress = on_progress;
    n->bench.ctx = n;
    r->holds = bench_holds;
    r->holds_ctx = &n->bench;
    (void)signal(SIGPIPE, SIG_IGN);
    if (n->worst == NULL || bench_open(&n->bench, o->role, &err) != ERR_OK)
        return command_fail(c, EXIT_USAGE, &err);
    if (o->many) {
        int code = run_pairs(n);

        if (code != EXIT_PASSED)
            return code;
    }
    bench_run(&n->bench);
    if (n->bench.role->content && n->bench.content.len > 0 &&
        run_content(r, buf_view(&n->bench.content), &err) != ERR_OK)
        return command_fail(c, EXIT_TOOL, &err);
    return conclude(n, r);
}

void
net_run_end(struct run *r)
{
    struct net *n = r->network;

    if (n == NULL)
        return;
    bench_close(&n->bench);
    interop_free(n->matrix);
    arena_free(&n->arena);
    free(n->worst);
    free(n);
    r->network = NULL;
}
