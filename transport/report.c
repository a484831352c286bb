/* SPDX-License-Identifier: Apache-2.0 */
/* The reason in a report may quote a peer, so it is escaped here, once. */
#include "transport/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "formats/base/text.h"

void
report_set(struct send_report *r, enum send_result result, const char *fmt, ...)
{
    char raw[512];
    struct buf visible = {0};
    va_list ap;

    *r = (struct send_report){.result = result};
    va_start(ap, fmt);
    (void)vsnprintf(raw, sizeof(raw), fmt, ap);
    va_end(ap);
    text_visible(&visible, bytes_str(raw));
    if (buf_ok(&visible) && visible.len != 0) {
        struct bytes cut =
            text_utf8_cut(buf_view(&visible), sizeof(r->text) - 1);

        memcpy(r->text, cut.data, cut.len);
    }
    buf_free(&visible);
}

void
report_items(struct send_report *r, const enum send_result *items, size_t n)
{
    size_t again = 0, sent = 0;

    for (size_t i = 0; i < n; i++) {
        again += items[i] == SEND_AGAIN || items[i] == SEND_DOWN;
        sent += items[i] == SEND_SENT;
    }
    r->item = items;
    r->result = again ? SEND_AGAIN : sent ? SEND_SENT : SEND_REFUSED;
}
