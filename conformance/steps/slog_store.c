/* SPDX-License-Identifier: Apache-2.0 */
/* The effect of a message: the identifier of its record in {store}. */
#include <stdio.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/slog.h"

#define POLL_MS 20

static void
pause_ms(unsigned ms)
{
    const struct wire_until u = {wire_now_ms() + ms, NULL};

    wire_sleep(ms, &u);
}

/* What the product stored since the session began; false: cannot be seen. */
static bool
look(struct session *s, struct buf *out)
{
    uint64_t end;

    buf_reset(out);
    return session_store(s, session_store_begin(s), out, &end) && buf_ok(out);
}

static enum verdict
unseen(struct session *s)
{
    return session_inconc(s, "the effect is seen in {store}",
                          "the product has no {store}");
}

const struct step_param slog_param_stored[] = {
    {"texts", STEP_LIST, true, NULL},
    {"within_ms", STEP_WAIT, false, NULL},
    {"ordered", STEP_BOOL, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

static size_t
place_of(struct bytes text, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; n > 0 && i + n <= text.len; i++) {
        if (memcmp(text.data + i, part, n) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The first text that is not there; NULL: all are. */
static const char *
missing(struct session *s, const struct ledger_step *st, struct bytes stored)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, "texts", i, &name, &value); i++) {
        if (place_of(stored, value) == SIZE_MAX)
            return value;
    }
    return NULL;
}

static bool
in_order(struct session *s, const struct ledger_step *st, struct bytes stored)
{
    const char *name, *value;
    size_t last = 0;

    for (size_t i = 0; session_each(s, st, "texts", i, &name, &value); i++) {
        size_t at = place_of(stored, value);

        if (at < last)
            return false;
        last = at;
    }
    return true;
}

enum verdict
slog_op_stored(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    struct buf stored = {0};
    const char *lacking = NULL;
    enum verdict got = VERDICT_PASS;
    char want[160];

    if (v == NULL)
        return VERDICT_ERROR;
    for (;;) {
        if (!look(s, &stored)) {
            got = unseen(s);
            break;
        }
        lacking = missing(s, st, buf_view(&stored));
        if (lacking == NULL || session_now_ms() >= end || session_left(s) == 0)
            break;
        pause_ms(POLL_MS);
    }
    if (got == VERDICT_PASS && lacking != NULL) {
        (void)snprintf(want, sizeof want, "%.100s is stored", lacking);
        got = session_fail(s, "store", want, "it is not");
    } else if (got == VERDICT_PASS && session_bool(s, st, "ordered", false) &&
               !in_order(s, st, buf_view(&stored))) {
        got = session_fail(s, "store", "in the order in which they came",
                           "in another order");
    }
    buf_free(&stored);
    return got;
}

const struct step_param slog_param_absent[] = {
    {"texts", STEP_LIST, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* Asked behind a later message that is stored: time enough has gone by. */
enum verdict
slog_op_absent(struct session *s, const struct ledger_step *st)
{
    struct slog *v = slog_of(s);
    struct buf stored = {0};
    const char *name, *value;
    enum verdict got = VERDICT_PASS;
    char want[160];

    if (v == NULL)
        return VERDICT_ERROR;
    pause_ms(100);
    if (!look(s, &stored)) {
        buf_free(&stored);
        return unseen(s);
    }
    for (size_t i = 0; session_each(s, st, "texts", i, &name, &value); i++) {
        if (!assert_within(buf_view(&stored), bytes_str(value)))
            continue;
        (void)snprintf(want, sizeof want, "%.100s is not stored", value);
        got = session_fail(s, "store", want, "it is stored");
    }
    buf_free(&stored);
    if (got == VERDICT_PASS)
        session_refused(s, true);
    return got;
}
