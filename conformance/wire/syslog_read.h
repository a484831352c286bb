/* SPDX-License-Identifier: Apache-2.0 */
/* Reads syslog as a product sent it and says which rules it breaks: a message
 * by RFC 5424 section 6, a stream by RFC 6587 section 3.4 and RFC 5425 section
 * 4.3. Shares nothing with formats/codec: that reader takes what products
 * really send, this one judges it. Pure functions of bytes, any thread. */
#ifndef CONFORMANCE_WIRE_SYSLOG_READ_H
#define CONFORMANCE_WIRE_SYSLOG_READ_H

#include <stdbool.h>

#include "formats/base/bytes.h"

#define SYSLOG_READ_FRAME_MAX ((size_t)2 << 20) /* a larger count is a lie */

enum syslog_fault {
    SYSLOG_FAULT_PRI_FORM,   /* not "<" digits ">" */
    SYSLOG_FAULT_PRI_RANGE,  /* above 191 */
    SYSLOG_FAULT_PRI_ZERO,   /* leading zero */
    SYSLOG_FAULT_VERSION,    /* not 1 */
    SYSLOG_FAULT_HEADER,     /* a header field is missing or empty */
    SYSLOG_FAULT_TIME_FORM,  /* no RFC 3339 date and time */
    SYSLOG_FAULT_TIME_ZONE,  /* no offset, or one without a colon */
    SYSLOG_FAULT_TIME_FRAC,  /* more than six digits */
    SYSLOG_FAULT_TIME_CASE,  /* "t" or "z" */
    SYSLOG_FAULT_TIME_LEAP,  /* second 60 */
    SYSLOG_FAULT_TIME_RANGE, /* no such date or time of day */
    SYSLOG_FAULT_HOST_CHAR,
    SYSLOG_FAULT_HOST_LONG,
    SYSLOG_FAULT_APP_CHAR,
    SYSLOG_FAULT_APP_LONG,
    SYSLOG_FAULT_PROC_CHAR,
    SYSLOG_FAULT_PROC_LONG,
    SYSLOG_FAULT_ID_CHAR, /* MSGID */
    SYSLOG_FAULT_ID_LONG,
    SYSLOG_FAULT_SD_FORM,     /* brackets, quotes, spaces */
    SYSLOG_FAULT_SD_NAME,     /* SD-ID or PARAM-NAME: characters or length */
    SYSLOG_FAULT_SD_PRIVATE,  /* a name of one's own without "@number" */
    SYSLOG_FAULT_SD_TWICE,    /* an SD-ID twice */
    SYSLOG_FAULT_SD_ESCAPE,   /* '"' or ']' not escaped in a value */
    SYSLOG_FAULT_SD_UTF8,     /* a value is no UTF-8 */
    SYSLOG_FAULT_MSG_SPACE,   /* no space between header and MSG */
    SYSLOG_FAULT_MSG_BOM,     /* UTF-8 text beyond ASCII without BOM */
    SYSLOG_FAULT_MSG_UTF8,    /* after the BOM: no UTF-8 */
    SYSLOG_FAULT_MSG_CONTROL, /* control characters in MSG */
    SYSLOG_FAULT_EMPTY,       /* nothing at all */
    /* of a stream: */
    SYSLOG_FAULT_COUNT_FORM,  /* MSG-LEN not a number without leading zero */
    SYSLOG_FAULT_COUNT_SPACE, /* no space behind MSG-LEN */
    SYSLOG_FAULT_COUNT_SHORT, /* behind the counted bytes no frame begins */
    SYSLOG_FAULT_COUNT_LF,    /* a line end inside the count, or between */
    SYSLOG_FAULT_LINES,       /* ended by LF instead of counted */
    SYSLOG_FAULT_CUT,         /* the stream ended inside a frame */
    SYSLOG_FAULT_MAX          /* at most 64 */
};

struct syslog_fault_row {
    const char *name;   /* "pri_range" */
    const char *clause; /* "RFC 5424 6.2.1" */
    const char *what;   /* one line of English */
};
extern const struct syslog_fault_row syslog_fault_table[SYSLOG_FAULT_MAX];

/* syslog_fault_find(name): its number, SYSLOG_FAULT_MAX when unknown. */
enum syslog_fault syslog_fault_find(const char *name);

struct syslog_message { /* slices of the input; "-" stays "-" */
    struct bytes pri, version, timestamp, host, app, proc, id, sd;
    struct bytes msg; /* without the BOM */
    bool bom;
    unsigned facility, severity; /* of a PRI in range */
    uint64_t faults;
    size_t fault_at[SYSLOG_FAULT_MAX]; /* offset of the first of its kind */
};

/* syslog_read(in, m): one message, all of it. Never fails: what is wrong is in
 * m->faults, what could be told apart is in the slices. */
void syslog_read(struct bytes in, struct syslog_message *m);

struct syslog_frame {
    struct bytes message; /* what the frame holds */
    size_t used;          /* bytes of the stream */
    uint64_t faults;      /* of the framing */
    bool counted;         /* octet counting; else up to a line end */
};

enum syslog_frame_state { SYSLOG_FRAME_MORE, SYSLOG_FRAME_DONE };

/* syslog_frame(in, ended, f): the frame that the stream ${in} begins with. With
 * ${ended} what is left is a frame with the fault CUT. MORE: incomplete (also
 * when ${in} is empty). What looks like no count is taken up to the next line
 * end or, where none comes within SYSLOG_READ_FRAME_MAX, altogether. */
enum syslog_frame_state syslog_frame(struct bytes in, bool ended,
                                     struct syslog_frame *f);

#endif
