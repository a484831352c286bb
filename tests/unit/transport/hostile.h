/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tests/e2e/http-hostile.txt, the table of raw requests. */
#ifndef TESTS_TRANSPORT_HOSTILE_H
#define TESTS_TRANSPORT_HOSTILE_H

#include "formats/base/buf.h"

#define HOSTILE_BODY_MAX ((size_t)1 << 20)

struct hostile {
    char name[64];
    char verdict[64]; /* words: ok, more or a status */
    struct buf raw;   /* owned */
};

static inline unsigned
hostile_hex(const char *p)
{
    static const char digits[] = "0123456789abcdef";

    return (unsigned)((strchr(digits, p[0]) - digits) * 16 +
                      (strchr(digits, p[1]) - digits));
}

/* One escape behind a backslash; returns the characters used. */
static inline size_t
hostile_escape(const char *p, struct buf *out)
{
    static const char names[] = "rnt0\\\"|", values[] = "\r\n\t\0\\\"|";
    const char *at = strchr(names, p[0]);

    if (p[0] == 'x') {
        buf_char(out, (char)hostile_hex(p + 1));
        return 3;
    }
    buf_char(out, values[at - names]);
    return 1;
}

/* {text*n}: ${p} is behind the brace. Chunks and headers of the table never
 * hold a star, so the first one ends the text. */
static inline size_t
hostile_repeat(const char *p, struct buf *out)
{
    struct buf text = {0};
    size_t i = 0;
    unsigned long n;
    char *end;

    while (p[i] != '*') {
        if (p[i] == '\\')
            i += 1 + hostile_escape(p + i + 1, &text);
        else
            buf_char(&text, p[i++]);
    }
    n = strtoul(p + i + 1, &end, 10);
    while (n-- > 0)
        buf_bytes(out, buf_view(&text));
    buf_free(&text);
    return (size_t)(end - p) + 1;
}

static inline void
hostile_decode(const char *p, struct buf *out)
{
    buf_reset(out);
    while (*p && *p != '\n') {
        if (*p == '\\')
            p += 1 + hostile_escape(p + 1, out);
        else if (*p == '{')
            p += 1 + hostile_repeat(p + 1, out);
        else
            buf_char(out, *p++);
    }
}

/* hostile_next(f, h): the next row, or false at the end. h->raw is reused. */
static inline bool
hostile_next(FILE *f, struct hostile *h)
{
    static char line[4096];

    while (fgets(line, sizeof(line), f)) {
        char *verdict = strstr(line, " | ");
        char *raw = verdict ? strstr(verdict + 3, " | ") : NULL;

        if (line[0] == '#' || !raw)
            continue;
        (void)snprintf(h->name, sizeof(h->name), "%.*s", (int)(verdict - line),
                       line);
        (void)snprintf(h->verdict, sizeof(h->verdict), "%.*s",
                       (int)(raw - verdict - 3), verdict + 3);
        hostile_decode(raw + 3, &h->raw);
        return true;
    }
    return false;
}

#endif
