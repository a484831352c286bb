/* SPDX-License-Identifier: Apache-2.0 */
/* The one error type. A function that can fail returns enum err_code and, when
 * given a struct err, says once, where the fault is first seen, what is wrong
 * and where. Nothing is added on the way up, nothing is logged in formats/. */
#ifndef FORMATS_BASE_ERR_H
#define FORMATS_BASE_ERR_H

#include <stdarg.h>

enum err_code {
    ERR_OK = 0,
    ERR_NOMEM,       /* allocation failed */
    ERR_ARG,         /* the caller broke the contract */
    ERR_SYNTAX,      /* bytes do not follow the grammar */
    ERR_LIMIT,       /* a named limit was exceeded */
    ERR_RANGE,       /* a value is outside what its type can hold */
    ERR_TYPE,        /* a value has another type than its place wants */
    ERR_NOT_FOUND,   /* a name, file or record does not exist */
    ERR_EXISTS,      /* a name is taken */
    ERR_CONFLICT,    /* two inputs contradict each other */
    ERR_IO,          /* the operating system refused (errno in the text) */
    ERR_FULL,        /* no room: quota or device; try again later */
    ERR_AGAIN,       /* nothing now; not a fault */
    ERR_CLOSED,      /* the other end or the object is closed */
    ERR_TIMEOUT,     /* a deadline passed */
    ERR_AUTH,        /* not authenticated or not allowed */
    ERR_VERSION,     /* a newer or foreign format version */
    ERR_CORRUPT,     /* stored bytes fail their checksum or structure */
    ERR_UNSUPPORTED, /* known, but not built in or not possible here */
    ERR_CODE_COUNT
};

#define ERR_WHERE_MAX 96
#define ERR_MSG_MAX   256

struct err {
    enum err_code code;
    char where[ERR_WHERE_MAX]; /* file:line:col, JSON pointer or peer */
    char msg[ERR_MSG_MAX];     /* one English sentence, no full stop */
};

#if defined(__GNUC__)
#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#else
#define MUST_USE
#define PRINTF_LIKE(f, a)
#endif

/* err_set(e, code, where, fmt, ...):
 * Fill ${e} (NULL allowed: then nothing is stored) and return ${code}, so that
 * a failing function can `return err_set(...)`. ${where} may be NULL. Texts
 * longer than the fields are cut at a UTF-8 boundary. */
enum err_code err_set(struct err *e, enum err_code code, const char *where,
                      const char *fmt, ...) PRINTF_LIKE(4, 5);

/* err_errno(e, where, what):
 * As err_set with ERR_IO (ERR_FULL for ENOSPC and EDQUOT, ERR_NOT_FOUND for
 * ENOENT, ERR_AUTH for EACCES and EPERM, ERR_NOMEM for ENOMEM) and the text
 * "<what>: <strerror(errno)>". Reads errno first. */
enum err_code err_errno(struct err *e, const char *where, const char *what);

/* err_name(code): a stable lower-case word such as "syntax"; never NULL. */
const char *err_name(enum err_code code);

/* err_exit(code): the exit status of DESIGN section 12 for ${code}: 0, 2 usage,
 * 65 unreadable input, 69 unavailable, 78 configuration. */
int err_exit(enum err_code code);

#endif
