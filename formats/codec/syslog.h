/* SPDX-License-Identifier: Apache-2.0 */
/* A syslog message in pieces: RFC 5424 as written, RFC 3164 as products really
 * send it. Shared by the codecs syslog and cef. */
#ifndef FORMATS_CODEC_SYSLOG_H
#define FORMATS_CODEC_SYSLOG_H

#include "formats/codec/codec.h"

#define SYSLOG_MAX_PRI  191 /* RFC 5424 section 6.2.1 */
#define SYSLOG_MAX_SD   32  /* elements kept; more are left out and flagged */
#define SYSLOG_MAX_TAG  128 /* bytes; RFC 3164 says 32, products do not */
#define SYSLOG_MAX_HOST 255

/* Slices of the frame; empty: absent (or NILVALUE). */
struct syslog_parts {
    struct bytes pri;  /* between < and >, as sent */
    bool pri_valid;    /* 0..191 without leading zero */
    bool has_severity; /* a number: severity is pri mod 8 in any range */
    uint8_t facility, severity;
    struct bytes version;  /* RFC 5424 only */
    struct bytes sequence; /* counter that Cisco devices put in front */
    struct bytes timestamp;
    struct bytes hostname, app, procid, msgid;
    struct bytes sd; /* well-formed STRUCTURED-DATA, with brackets */
    struct bytes message;
};

/* syslog_split(frame, out): never fails; what is no header is message. */
void syslog_split(struct bytes frame, struct syslog_parts *out);

/* syslog_put(ctx, t, parts): the members of the shape in codec.h into the open
 * object of ${t}. Additions: "sequence", and "pri_invalid": true when PRI is not
 * 0..191; then facility is left out and pri is a string as sent. */
void syslog_put(struct codec_context *ctx, struct tape *t,
                const struct syslog_parts *parts);

/* ---- structured data (RFC 5424 section 6.3), one piece at a time */

/* syslog_sd_element(at, id): at "[id": true, *at behind the id. */
bool syslog_sd_element(struct bytes *at, struct bytes *id);

/* syslog_sd_param(at, name, value): 1 a parameter (value still escaped), 0 the
 * element's end was passed, -1 malformed. */
int syslog_sd_param(struct bytes *at, struct bytes *name, struct bytes *value);

/* syslog_sd_span(b): length of the structured data that ${b} begins with, 0
 * when there is none or it is malformed. */
size_t syslog_sd_span(struct bytes b);

#endif
