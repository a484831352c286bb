/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    int exit_status;
};

static const struct row rows[ERR_CODE_COUNT] = {
    [ERR_OK] = {"ok", 0},
    [ERR_NOMEM] = {"nomem", 69},
    [ERR_ARG] = {"arg", 2},
    [ERR_SYNTAX] = {"syntax", 65},
    [ERR_LIMIT] = {"limit", 65},
    [ERR_RANGE] = {"range", 65},
    [ERR_TYPE] = {"type", 65},
    [ERR_NOT_FOUND] = {"not_found", 65},
    [ERR_EXISTS] = {"exists", 69},
    [ERR_CONFLICT] = {"conflict", 78},
    [ERR_IO] = {"io", 69},
    [ERR_FULL] = {"full", 69},
    [ERR_AGAIN] = {"again", 69},
    [ERR_CLOSED] = {"closed", 69},
    [ERR_TIMEOUT] = {"timeout", 69},
    [ERR_AUTH] = {"auth", 69},
    [ERR_VERSION] = {"version", 69},
    [ERR_CORRUPT] = {"corrupt", 65},
    [ERR_UNSUPPORTED] = {"unsupported", 69},
};

/* A cut text must not end in half a character: step back over continuation
 * bytes and the lead byte they belong to. */
static void
cut_at_character(char *s, size_t cap)
{
    size_t n = cap - 1;

    while (n > 0 && ((unsigned char)s[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)s[n - 1] >= 0xC0)
        n--;
    s[n] = '\0';
}

enum err_code
err_set(struct err *e, enum err_code code, const char *where, const char *fmt,
        ...)
{
    va_list ap;
    int n;

    if (e == NULL)
        return code;
    e->code = code;
    n = snprintf(e->where, sizeof e->where, "%s", where ? where : "");
    if (n >= (int)sizeof e->where)
        cut_at_character(e->where, sizeof e->where);
    va_start(ap, fmt);
    n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof e->msg)
        cut_at_character(e->msg, sizeof e->msg);
    return code;
}

static enum err_code
code_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case ENOENT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_AUTH;
    case EADDRINUSE:
    case EEXIST:
        return ERR_EXISTS;
    case ENOMEM:
        return ERR_NOMEM;
    default:
        return ERR_IO;
    }
}

enum err_code
err_errno(struct err *e, const char *where, const char *what)
{
    int number = errno;
    char text[128] = "";

    if (strerror_r(number, text, sizeof text) != 0)
        (void)snprintf(text, sizeof text, "errno %d", number);
    return err_set(e, code_of_errno(number), where, "%s: %s", what, text);
}

const char *
err_name(enum err_code code)
{
    return (unsigned)code < ERR_CODE_COUNT ? rows[code].name : "unknown";
}

int
err_exit(enum err_code code)
{
    return (unsigned)code < ERR_CODE_COUNT ? rows[code].exit_status : 69;
}
