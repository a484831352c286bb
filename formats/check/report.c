/* SPDX-License-Identifier: Apache-2.0 */
/* From a fault in the walk to a stored finding. The cold side: a clean document
 * never comes here, so this is where memory is allocated. */
#include "formats/base/text.h"
#include "formats/check/walk.h"

#include <stdio.h>
#include <stdlib.h>

#define FINDINGS_MAX 1000

void
findings_free(struct findings *f)
{
    if (f == NULL)
        return;
    free(f->item);
    *f = (struct findings){.max = f->max};
}

void
findings_reset(struct findings *f)
{
    f->count = f->errors = f->warnings = 0;
    f->records = f->envelopes = 0;
    f->kinds = 0;
}

/* The place for one more, or NULL: memory, or as many as wanted are stored. */
static struct finding *
findings_next(struct findings *f, enum err_code *rc)
{
    size_t max = f->max ? f->max : FINDINGS_MAX;

    if (f->count >= max)
        return NULL;
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        struct finding *grown = realloc(f->item, cap * sizeof(*grown));

        if (grown == NULL) {
            *rc = ERR_NOMEM;
            return NULL;
        }
        f->item = grown;
        f->cap = cap;
    }
    return &f->item[f->count++];
}

static void
copy_visible(char *out, size_t cap, struct bytes text)
{
    struct buf b = {0};
    struct bytes head;
    bool whole;

    text_visible(&b, text_utf8_cut(text, cap));
    whole = text.len <= cap && b.len < cap;
    head = text_utf8_cut(bytes_of(b.data, b.len), whole ? cap - 1 : cap - 4);
    if (head.len > 0)
        memcpy(out, head.data, head.len);
    memcpy(out + head.len, whole ? "" : "...", whole ? 1 : 4);
    buf_free(&b);
}

void
report_pointer(char *out, size_t cap, struct bytes name)
{
    size_t len = strlen(out), i = 0;

    if (len >= 3 && strcmp(out + len - 3, "...") == 0 && len + 4 >= cap)
        return; /* cut already */
    if (len + 4 < cap)
        out[len++] = '/';
    for (; i < name.len && len + 6 < cap; i++) {
        char c = name.data[i];

        if (c == '~' || c == '/') {
            out[len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        out[len++] = c;
    }
    if (i < name.len) {
        while (len > 0 && ((unsigned char)out[len - 1] & 0xC0) == 0x80)
            len--;
        if (len > 0 && (unsigned char)out[len - 1] >= 0xC0)
            len--;
        memcpy(out + len, "...", 3);
        len += 3;
    }
    out[len] = '\0';
}

static void
frame_pointer(struct walk *w, const struct frame *f, char *out, size_t cap)
{
    char number[16];

    if (f->place->op == OP_ARRAY) {
        snprintf(number, sizeof(number), "%u", (unsigned)f->index);
        report_pointer(out, cap, bytes_str(number));
    } else {
        report_pointer(out, cap,
                       tape_clean(w->t, &w->t->node[f->at], &w->st->other));
    }
}

void
report_add(struct walk *w, const struct report *r)
{
    enum check_severity severity = (enum check_severity)w->c->severity[r->rule];
    bool outer = r->outer || r->member != NULL;
    unsigned depth = w->depth > 0 && outer ? w->depth - 1 : w->depth;
    struct finding *f;

    if (w->st->text.failed || w->st->other.failed) {
        w->rc = ERR_NOMEM; /* what was compared is not what was written */
        return;
    }
    if (severity == CHECK_ERROR)
        w->out->errors++;
    else if (severity == CHECK_WARNING)
        w->out->warnings++;
    f = findings_next(w->out, &w->rc);
    if (f == NULL)
        return;
    *f = (struct finding){
        .rule = r->rule,
        .severity = severity,
        .row = r->row,
        .other = r->other,
        .clause = r->row ? r->row->clause : NULL,
        .hint = r->hint,
        .wanted = r->wanted,
        .got = (enum tape_type)w->t->node[r->node].type,
        .offset = w->t->node[r->node].offset,
    };
    /* Detail first: it may stand in the buffer that the pointer needs. */
    copy_visible(f->detail, sizeof(f->detail), r->detail);
    snprintf(f->pointer, sizeof(f->pointer), "%s", w->base);
    for (unsigned i = 0; i < depth; i++)
        frame_pointer(w, &w->st->frame[i], f->pointer, sizeof(f->pointer));
    if (r->member != NULL)
        report_pointer(f->pointer, sizeof(f->pointer), bytes_str(r->member));
}
