/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/deliver.h"

#include <string.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_CAP_MS   2000  /* DESIGN section 5: one probe per interval */
#define PAUSE_MS         30000 /* wrong credentials: people must act */
#define MAX_WORK                                                               \
    64 /* open pieces of one group; bisecting 1,000
                                  items needs 11 */

/* A piece of a group still to be delivered: items[from .. from+count). */
struct piece {
    uint32_t from, count;
    unsigned refused; /* times this very piece was refused */
};

struct work {
    uint32_t item[WINDOW_MAX_ITEMS];
    struct piece piece[MAX_WORK];
    uint32_t pieces;
};

static unsigned
next_random(struct delivery *d)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 17;
    d->random ^= d->random << 5;
    return d->random;
}

/* Half fixed, half random: many agents must not knock at the same moment. */
static void
back_off(struct delivery *d, unsigned asked_ms)
{
    unsigned ms = asked_ms;

    if (ms == 0) {
        d->backoff_ms = d->backoff_ms ? d->backoff_ms * 2 : BACKOFF_FIRST_MS;
        if (d->backoff_ms > BACKOFF_CAP_MS)
            d->backoff_ms = BACKOFF_CAP_MS;
        ms = d->backoff_ms / 2 + next_random(d) % (d->backoff_ms / 2 + 1);
    }
    d->sleep(d->ctx, ms);
}

/* A dead or unwilling destination costs one small probe per interval. */
static void
wait_until_back(struct delivery *d, const struct send_report *first)
{
    struct send_report r = *first;

    do {
        d->state(d->ctx, r.pause ? OUTPUT_PAUSED : OUTPUT_DOWN, r.text);
        back_off(d, r.pause ? PAUSE_MS : r.retry_after_ms);
        if (d->stopping(d->ctx) || d->transport->probe == NULL)
            return;
        memset(&r, 0, sizeof r);
        d->transport->probe(d->handle, d->deadline_ms, &r);
    } while (r.result != SEND_SENT && !d->stopping(d->ctx));
}

static bool
push(struct work *w, uint32_t from, uint32_t count)
{
    if (count == 0)
        return true;
    if (w->pieces == MAX_WORK)
        return false;
    w->piece[w->pieces++] = (struct piece){.from = from, .count = count};
    return true;
}

/* Later half first on the stack, so that the earlier one goes out first. */
static void
halve(struct work *w, struct piece p)
{
    uint32_t half = p.count / 2;

    (void)push(w, p.from + half, p.count - half);
    (void)push(w, p.from, half);
}

/* The receiver named a result for each item: settle those it decided on and keep
 * the others, moved together, as the piece to repeat. */
static void
settle_items(struct delivery *d, const struct window *w, struct work *work,
             struct piece p, const struct send_report *r)
{
    uint32_t keep = 0, sent = 0;

    for (uint32_t i = 0; i < p.count; i++) {
        uint32_t item = work->item[p.from + i];

        if (r->item[i] == SEND_SENT)
            sent++;
        else if (r->item[i] == SEND_REFUSED)
            d->dead(d->ctx, w, item, r->text);
        else
            work->item[p.from + keep++] = item;
    }
    if (sent != 0)
        d->sent(d->ctx, sent, sent == p.count ? d->body.len : 0);
    (void)push(work, p.from, keep);
    if (keep != 0) {
        d->retried(d->ctx, false);
        d->state(d->ctx, OUTPUT_RETRYING, r->text);
        back_off(d, r->retry_after_ms);
    }
}

/* A refusal that names no item: it may be one poisoned item, so bisect. */
static void
refused(struct delivery *d, const struct window *w, struct work *work,
        struct piece p, const struct send_report *r)
{
    d->retried(d->ctx, true);
    if (++p.refused < d->refuse_after) {
        work->piece[work->pieces++] = p;
        d->state(d->ctx, OUTPUT_RETRYING, r->text);
        back_off(d, r->retry_after_ms);
    } else if (p.count > 1) {
        halve(work, p);
    } else {
        d->dead(d->ctx, w, work->item[p.from], r->text);
    }
}

static void
handle(struct delivery *d, const struct window *w, struct work *work,
       struct piece p, const struct send_report *r)
{
    if (r->item != NULL) {
        settle_items(d, w, work, p, r);
        return;
    }
    switch (r->result) {
    case SEND_SENT:
        d->sent(d->ctx, p.count, d->body.len);
        d->backoff_ms = 0;
        break;
    case SEND_REFUSED:
        refused(d, w, work, p, r);
        break;
    case SEND_DOWN:
        (void)push(work, p.from, p.count);
        d->retried(d->ctx, false);
        wait_until_back(d, r);
        break;
    case SEND_AGAIN:
        d->retried(d->ctx, false);
        if (r->split && p.count > 1) {
            halve(work, p);
            break;
        }
        if (r->split) { /* one item, and too large for the receiver */
            d->dead(d->ctx, w, work->item[p.from], r->text);
            break;
        }
        (void)push(work, p.from, p.count);
        if (r->pause) {
            wait_until_back(d, r);
        } else {
            d->state(d->ctx, OUTPUT_RETRYING, r->text);
            back_off(d, r->retry_after_ms);
        }
        break;
    }
}

bool
deliver_group(struct delivery *d, const struct window *w,
              const struct window_group *g)
{
    struct work work = {.pieces = 0};

    memcpy(work.item, g->item, g->count * sizeof g->item[0]);
    (void)push(&work, 0, g->count);
    while (work.pieces != 0) {
        struct piece p = work.piece[--work.pieces];
        char msg_id[ENVELOPE_MSG_ID_LEN + 1];
        struct send_report r = {.result = SEND_AGAIN};
        struct err err;
        struct batch b = {.info_type = g->info_type,
                          .content_type = "application/json",
                          .items = p.count};

        if (d->stopping(d->ctx))
            return false;
        if (envelope_build(&d->envelope, w, &work.item[p.from], p.count,
                           &d->body, msg_id, &err) != ERR_OK) {
            (void)push(&work, p.from, p.count);
            d->state(d->ctx, OUTPUT_RETRYING, err.msg);
            back_off(d, 0);
            continue;
        }
        b.body = buf_view(&d->body);
        b.id = bytes_str(msg_id);
        b.first_sequence = w->item[work.item[p.from]].sequence;
        d->state(d->ctx, OUTPUT_SENDING, NULL);
        d->transport->send(d->handle, &b, d->deadline_ms, &r);
        handle(d, w, &work, p, &r);
    }
    return true;
}
