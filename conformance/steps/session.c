/* SPDX-License-Identifier: Apache-2.0 */
/* One execution of one test: steps, variables, verdicts, transcript. */
#include "conformance/steps/session_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "conformance/evidence/redact.h"
#include "conformance/ledger/ics.h"
#include "conformance/verdict/fault.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

int64_t
session_now_ms(void)
{
    return wire_now_ms();
}

unsigned
session_left(const struct session *s)
{
    const struct wire_until u = {s->end_ms, s->b->run->stop};

    return fault_on("timeout-dropped") ? 3600000 : wire_left(&u);
}

static int64_t
wall_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a replay needs to make the same bytes. */
static void
session_note_begin(struct session *s)
{
    buf_printf(&s->transcript,
               "{\"ms\":0,\"dir\":\"begin\",\"test\":\"%s\",\"rev\":%u,"
               "\"attempt\":%u,\"wall_ns\":\"%lld\"}\n",
               s->test ? s->test->id : "probe", s->test ? s->test->rev : 0,
               s->attempt, (long long)s->wall_ns);
}

void
session_open(struct session *s, struct bench *b, const struct ledger_test *test,
             unsigned attempt, unsigned timeout_ms)
{
    struct buf none = {0};

    s->b = b;
    s->test = test;
    s->attempt = attempt;
    s->start_ms = wire_now_ms();
    s->end_ms = s->start_ms + timeout_ms;
    s->wall_ns = b->replay_ns != 0 && (test == NULL || !test->fresh)
                     ? b->replay_ns
                     : wall_now();
    if (b->role->shape == ROLE_SERVER) {
        (void)pthread_mutex_lock(&b->lock);
        s->generation = b->product.generation;
        (void)pthread_mutex_unlock(&b->lock);
        (void)session_store(s, UINT64_MAX, &none, &s->store_at);
        buf_free(&none);
    }
    session_note_begin(s);
}

void
session_close(struct session *s)
{
    size_t i = 0;

    for (const struct step_family *const *f = step_family_table;
         *f != NULL && i < SESSION_FAMILIES_MAX; f++, i++) {
        if (s->state[i] != NULL && (*f)->fini != NULL)
            (*f)->fini(s->state[i]);
        free(s->state[i]);
        s->state[i] = NULL;
    }
    if (s->product.pid != 0)
        product_end(&s->product);
    observe_free(s->observe);
    buf_free(&s->transcript);
    buf_free(&s->good);
    arena_free(&s->arena);
}

void *
session_state(struct session *s, const struct step_family *family)
{
    size_t i = 0;

    for (const struct step_family *const *f = step_family_table;
         *f != NULL && i < SESSION_FAMILIES_MAX; f++, i++) {
        if (*f != family)
            continue;
        if (s->state[i] == NULL)
            s->state[i] =
                calloc(1, family->state_bytes ? family->state_bytes : 1);
        return s->state[i];
    }
    return NULL;
}

/* ---- steps */

static bool
holds(struct bytes name, void *ctx)
{
    struct session *s = ctx;
    const char *n;

    if (bytes_starts(name, BYTES("ics.")))
        return s->b->run->ics == NULL ||
               ics_supports(s->b->run->ics, bytes_from(name, 4));
    n = arena_str(&s->arena, name);
    return n != NULL && bench_has(s->b, n);
}

static enum verdict
run_step(struct session *s, const struct ledger_step *st)
{
    const struct step_op *op = step_op_find(st->op, NULL);
    enum verdict v;

    if (op == NULL)
        return session_error(
            s, &(struct err){.msg = "the step has no such operation"});
    if (session_left(s) == 0)
        return session_inconc(s, "the test ends in time",
                              "its time was over before this step");
    s->fault.code = ERR_OK;
    v = op->run(s, st);
    /* A parameter could not be made: whatever came of it is not the product's. */
    return s->fault.code != ERR_OK ? session_error(s, &s->fault) : v;
}

enum verdict
session_steps(struct session *s, const struct ledger_step *step, size_t n)
{
    enum verdict v = VERDICT_PASS;

    for (size_t i = 0; i < n && v == VERDICT_PASS; i++) {
        const struct ledger_list *list;

        if (step[i].when != NULL && !ledger_condition(step[i].when, holds, s))
            continue;
        if (step[i].use == NULL) {
            v = run_step(s, &step[i]);
            continue;
        }
        list = ledger_list(s->b->run->ledger, bytes_str(step[i].use));
        for (size_t k = 0; list != NULL && k < list->steps; k++) {
            if (v == VERDICT_PASS && list->step[k].use == NULL &&
                (list->step[k].when == NULL ||
                 ledger_condition(list->step[k].when, holds, s)))
                v = run_step(s, &list->step[k]);
        }
    }
    return v;
}

/* ---- variables */

void
session_set(struct session *s, const char *name, struct bytes value)
{
    struct bytes copy = arena_copy(&s->arena, value);
    struct session_var *v = s->var;

    while (v != NULL && strcmp(v->name, name) != 0)
        v = v->next;
    if (v == NULL) {
        v = arena_alloc(&s->arena, sizeof *v);
        if (v == NULL)
            return;
        v->name = arena_str(&s->arena, bytes_str(name));
        v->next = s->var;
        if (v->name == NULL)
            return;
        s->var = v;
    }
    v->value = copy.data != NULL ? copy : BYTES("");
}

const char *
session_get(struct session *s, const char *name)
{
    for (const struct session_var *v = s->var; v != NULL; v = v->next) {
        if (strcmp(v->name, name) == 0)
            return v->value.data;
    }
    return NULL;
}

/* ---- verdicts */

/* As much of ${in} as fits, not cut inside of a character. */
static void
put_visible(struct bytes in, char *out, size_t size)
{
    struct buf b = {0};
    size_t n;

    text_visible(&b, in);
    n = b.len < size ? b.len : size - 1;
    while (n > 0 && n < b.len && ((unsigned char)b.data[n] & 0xC0) == 0x80)
        n--;
    if (n > 0)
        memcpy(out, b.data, n);
    out[n] = '\0';
    buf_free(&b);
}

static void
put_card(struct session *s, const char *at, const char *expected,
         const char *observed)
{
    put_visible(bytes_str(at ? at : ""), s->at, sizeof s->at);
    put_visible(bytes_str(expected ? expected : ""), s->expected,
                sizeof s->expected);
    put_visible(bytes_str(observed ? observed : ""), s->observed,
                sizeof s->observed);
}

enum verdict
session_fail(struct session *s, const char *at, const char *expected,
             const char *observed)
{
    put_card(s, at, expected, observed);
    return VERDICT_FAIL;
}

enum verdict
session_inconc(struct session *s, const char *expected, const char *observed)
{
    put_card(s, NULL, expected, observed);
    return VERDICT_INCONC;
}

enum verdict
session_error(struct session *s, const struct err *e)
{
    put_card(s, e->where, "the tester works", e->msg);
    return VERDICT_ERROR;
}

void
session_refused(struct session *s, bool attributable)
{
    s->attributable |= attributable;
}

enum verdict
session_silence(struct session *s, const char *how, const char *expected,
                const char *observed)
{
    const struct ledger_test *t = s->test;

    for (size_t i = 0; t != NULL && i < t->alsos; i++) {
        enum verdict v;

        if (strcmp(t->also[i].when, how) != 0 ||
            !verdict_of(bytes_str(t->also[i].verdict), &v))
            continue;
        put_card(s, NULL, expected,
                 t->also[i].note ? t->also[i].note : observed);
        if (v == VERDICT_PASS)
            session_refused(s, true);
        return v;
    }
    /* A refusal without a word cannot be told from a fault; an answer that is
     * owed and does not come is one. */
    if (t != NULL && t->twin != NULL)
        return session_inconc(s, expected, observed);
    return session_fail(s, NULL, expected, observed);
}

/* ---- transcript */

static bool
is_text(struct bytes b)
{
    for (size_t i = 0, n; i < b.len; i += n) {
        n = text_utf8_char(b.data + i, b.len - i);
        if (n == 0 || b.data[i] == '\0')
            return false;
    }
    return true;
}

static size_t
count_token(const struct session *s, struct bytes data)
{
    size_t n = 0, len = strlen(s->b->token);

    for (size_t i = 0; len > 0 && i + len <= data.len; i++) {
        if (memcmp(data.data + i, s->b->token, len) == 0) {
            n++;
            i += len - 1;
        }
    }
    return n;
}

/* A line without secrets. Where only the run's own token was taken out, `token`
 * says so: a replay can put it back. */
static void
put_line(struct session *s, struct json_writer *w, struct bytes data)
{
    const struct bytes own[] = {bytes_str(s->b->token),
                                bytes_str(s->b->limited)};
    const struct redact_known known = {own, 2};
    struct buf clean = {0}, text = {0};
    size_t hidden = redact(&known, data, &clean);

    if (hidden > 0) {
        json_key(w, "hidden");
        json_cstr(w, hidden == count_token(s, data) ? "token" : "other");
        data = buf_view(&clean);
    }
    if (is_text(data)) {
        json_key(w, "text");
        json_string(w, data);
    } else {
        text_base64(&text, data);
        json_key(w, "base64");
        json_string(w, buf_view(&text));
    }
    if (!buf_ok(&clean))
        s->transcript.failed = true;
    buf_free(&clean);
    buf_free(&text);
}

static void
note_sent(struct session *s, const char *channel, struct bytes data)
{
    const struct bytes own[] = {bytes_str(s->b->token),
                                bytes_str(s->b->limited)};
    const struct redact_known known = {own, 2};
    struct session_sent *t = &s->sent;
    struct bytes line = bytes_upto(data, sizeof t->line * 4);
    struct buf clean = {0};

    (void)snprintf(t->channel, sizeof t->channel, "%s", channel);
    t->bytes = data.len;
    t->count++;
    line = bytes_upto(line, bytes_find(line, '\n'));
    line = bytes_upto(line, bytes_find(line, '\r'));
    if (is_text(line))
        (void)redact(&known, line, &clean);
    put_visible(buf_view(&clean), t->line, sizeof t->line);
    buf_free(&clean);
}

void
session_log(struct session *s, enum session_direction d, const char *channel,
            struct bytes data)
{
    static const char *const names[] = {"sent", "received", "note"};
    struct json_writer w;
    char digest[DIGEST_HEX_MAX];
    struct err err;

    if (s->transcript.len + data.len > SESSION_TRANSCRIPT_MAX)
        s->full = true;
    if (d == SESSION_SENT)
        note_sent(s, channel, data);
    json_writer_init(&w, &s->transcript);
    json_object(&w);
    json_key(&w, "ms");
    json_i64(&w, wire_now_ms() - s->start_ms);
    json_key(&w, "dir");
    json_cstr(&w, names[d]);
    json_key(&w, "channel");
    json_cstr(&w, channel);
    json_key(&w, "bytes");
    json_u64(&w, data.len);
    if (s->full) {
        json_key(&w, "sha256");
        json_cstr(&w, digest_hex(DIGEST_SHA256, data, digest, &err) == ERR_OK
                          ? digest
                          : NULL);
    } else {
        put_line(s, &w, data);
    }
    json_end_object(&w);
    buf_char(&s->transcript, '\n');
}

void
session_note_end(struct session *s, enum verdict v)
{
    struct json_writer w;

    json_writer_init(&w, &s->transcript);
    json_object(&w);
    json_key(&w, "ms");
    json_i64(&w, wire_now_ms() - s->start_ms);
    json_key(&w, "dir");
    json_cstr(&w, "end");
    json_key(&w, "verdict");
    json_cstr(&w, verdict_name(v));
    json_key(&w, "at");
    json_cstr(&w, s->at);
    json_key(&w, "expected");
    json_cstr(&w, s->expected);
    json_key(&w, "observed");
    json_cstr(&w, s->observed);
    json_end_object(&w);
    buf_char(&s->transcript, '\n');
}

/* ---- documents */

struct observe *
session_observe(struct session *s)
{
    struct err err = {0};

    if (s->observe == NULL)
        s->observe = observe_new(s->b->run->ledger, s->b->run->standard, &err);
    if (s->observe == NULL && s->fault.code == ERR_OK)
        s->fault = err;
    return s->observe;
}

void
session_document(struct session *s, struct bytes text, bool good)
{
    struct observe *o = session_observe(s);
    struct observe_target *t;
    struct input_document doc = {.text = text, .line = 1};

    if (o == NULL)
        return;
    t = o->targets > 0 ? &o->target[0] : observe_target(o, "received");
    if (t != NULL)
        observe_document(o, t, &doc);
    if (!good || !s->b->role->content ||
        s->good.len + text.len > SESSION_TRANSCRIPT_MAX)
        return;
    run_content_add(&s->good, text);
}

void
session_answer(struct session *s, struct bytes asked, struct bytes text)
{
    struct observe *o = session_observe(s);
    struct input_document doc = {.text = asked, .line = 1};

    if (o == NULL)
        return;
    observe_context(o, &doc);
    if (s->b->role->content && s->good.len < SESSION_TRANSCRIPT_MAX)
        run_content_context(&s->good, asked);
    session_document(s, text, true);
}

/* ---- the product */

const char *
session_file(struct session *s, const char *name)
{
    char path[512];

    if (bench_file(s->b, name, path, sizeof path) == NULL)
        return NULL;
    return arena_str(&s->arena, bytes_str(path));
}

unsigned
session_listen_port(struct session *s)
{
    if (s->port == 0)
        s->port = s->b->o.exec == NULL && s->b->target.port != 0
                      ? s->b->target.port
                      : bench_port(s->b);
    return s->port;
}

bool
session_alive(struct session *s, int *status)
{
    struct product *p =
        s->product.generation > 0 ? &s->product : &s->b->product;
    bool alive;

    if (s->b->o.exec == NULL)
        return true;
    (void)pthread_mutex_lock(&s->b->lock);
    alive = p->generation == 0 ||
            (product_alive(p) &&
             (p == &s->product || p->generation == s->generation));
    if (status != NULL)
        *status = p->status;
    (void)pthread_mutex_unlock(&s->b->lock);
    return alive;
}

const char *
session_absent(struct session *s)
{
    static const char plain[] = "the product did not connect";
    const char *text = NULL;
    int status = 0;

    if (session_alive(s, &status))
        return plain;
    if (WIFSIGNALED(status))
        text = arena_printf(&s->arena,
                            "the product was ended by signal %d and did not "
                            "connect",
                            WTERMSIG(status));
    else
        text = arena_printf(&s->arena,
                            "the product ended with status %d and did not "
                            "connect",
                            WEXITSTATUS(status));
    return text != NULL ? text : plain;
}

uint64_t
session_store_begin(const struct session *s)
{
    return s->store_at;
}
