/* SPDX-License-Identifier: Apache-2.0 */
/* GB 18030 and GBK to UTF-8 by glibc's iconv. Only two fixed names reach
 * iconv_open, never one that a peer chose, and no // suffixes. */
#include "formats/base/text.h"

#include <errno.h>
#include <iconv.h>
#include <strings.h>

struct charset {
    const char *name;       /* ours */
    const char *iconv_name; /* NULL: no conversion */
};

static const struct charset charsets[] = {
    [TEXT_UTF8] = {"utf-8", NULL},
    [TEXT_GB18030] = {"gb18030", "GB18030"},
    [TEXT_GBK] = {"gbk", "GBK"},
};

bool
text_charset_name(struct bytes name, enum text_charset *out)
{
    for (unsigned i = 0; i < sizeof charsets / sizeof charsets[0]; i++) {
        if (strlen(charsets[i].name) == name.len &&
            strncasecmp(charsets[i].name, name.data, name.len) == 0) {
            *out = (enum text_charset)i;
            return true;
        }
    }
    return false;
}

/* convert(cd, out, b): until the end, or until ${b} begins with something that
 * cannot be decoded (true). */
static bool
convert(iconv_t cd, struct buf *out, struct bytes *b)
{
    while (b->len > 0) {
        char *in = (char *)(uintptr_t)b->data; /* iconv does not write it */
        char *to;
        size_t room, rc;
        int why;

        /* A GB character of two bytes gives three, one of four gives four. */
        if (!buf_reserve(out, b->len + b->len / 2 + 8))
            return false;
        to = out->data + out->len;
        room = out->cap - out->len;
        rc = iconv(cd, &in, &b->len, &to, &room);
        why = errno;
        b->data = in;
        out->len = out->cap - room;
        if (rc == (size_t)-1 && why != E2BIG)
            return true;
    }
    return false;
}

static enum err_code
decode_gb(struct buf *out, struct bytes b, const char *name, size_t *repairs)
{
    iconv_t cd = iconv_open("UTF-8", name);

    if (cd == (iconv_t)-1)
        return errno == ENOMEM ? ERR_NOMEM : ERR_UNSUPPORTED;
    while (convert(cd, out, &b)) {
        text_utf8_put(out, 0xFFFD);
        ++*repairs;
        b = bytes_from(b, 1);
        (void)iconv(cd, NULL, NULL, NULL, NULL);
    }
    (void)iconv_close(cd);
    return buf_ok(out) ? ERR_OK : ERR_NOMEM;
}

enum err_code
text_decode(struct buf *out, struct bytes b, enum text_charset from,
            size_t *repairs)
{
    size_t count = 0;
    size_t valid = text_utf8_valid(b);
    enum err_code code = ERR_OK;

    if (from == TEXT_UTF8 || (valid == b.len && text_utf8_count(b) == b.len)) {
        count = text_utf8_repair(out, b); /* ASCII is ASCII in all of them */
        code = buf_ok(out) ? ERR_OK : ERR_NOMEM;
    } else {
        code = decode_gb(out, b, charsets[from].iconv_name, &count);
    }
    if (repairs != NULL)
        *repairs = count;
    return code;
}
