/* SPDX-License-Identifier: Apache-2.0 */
/* ZMTP 3.x as bytes (ZeroMQ RFC 23/ZMTP and 37/ZMTP), written and read by the
 * tester itself: libzmq neither sends what is wrong nor says what a peer sent.
 * Pure functions over bytes; any thread. */
#ifndef CONFORMANCE_WIRE_ZMTP_H
#define CONFORMANCE_WIRE_ZMTP_H

#include "formats/base/buf.h"

#define ZMTP_GREETING  64  /* octets of a greeting */
#define ZMTP_MECHANISM 20  /* octets of the mechanism in it */
#define ZMTP_CONTEXT   16  /* octets of a PING's context, at most */
#define ZMTP_NAME_MAX  255 /* octets of a name */

enum zmtp_flag { ZMTP_MORE = 1, ZMTP_LONG = 2, ZMTP_COMMAND = 4 };
#define ZMTP_RESERVED 0xF8U /* 37/ZMTP "Framing": bits 7-3 are zero */

/* Why something is no ZMTP; the names of the rules are stable. */
enum zmtp_fault {
    ZMTP_FINE,
    ZMTP_BAD_SIGNATURE, /* not FF, eight octets, 7F */
    ZMTP_BAD_VERSION,   /* major below 3 */
    ZMTP_BAD_MECHANISM, /* not a null-padded name */
    ZMTP_BAD_SERVER,    /* as-server is neither 0 nor 1 */
    ZMTP_BAD_FILLER,    /* the last 31 octets are not zero */
    ZMTP_BAD_RESERVED,  /* a reserved flag is set */
    ZMTP_BAD_MORE,      /* MORE on a command */
    ZMTP_BAD_SIZE,      /* a long size above 2^63-1, or above the limit */
    ZMTP_BAD_COMMAND,   /* a command without a name */
    ZMTP_BAD_PROPERTY,  /* metadata that does not fit its sizes or names */
    ZMTP_FAULT_COUNT
};

/* zmtp_fault_name(f): "greeting.signature", "frame.reserved"; never NULL. */
const char *zmtp_fault_name(enum zmtp_fault f);

struct zmtp_greeting {
    uint8_t first, last; /* of the signature: FF and 7F */
    uint8_t padding[8];  /* not significant */
    uint8_t major, minor;
    uint8_t mechanism[ZMTP_MECHANISM];
    uint8_t as_server;
    uint8_t filler; /* what all 31 octets are; read: the first one not zero */
};

/* zmtp_greeting_of(mechanism): a right greeting of version 3.1; the name is cut
 * at 20 octets. */
struct zmtp_greeting zmtp_greeting_of(const char *mechanism);

/* zmtp_greeting_write(out, g): its 64 octets, right or not. */
void zmtp_greeting_write(struct buf *out, const struct zmtp_greeting *g);

/* zmtp_greeting_read(in, g): ${in} is 64 octets; the first fault in the order of
 * the octets. ${g} is filled as far as it goes, also beside a fault. */
enum zmtp_fault zmtp_greeting_read(struct bytes in, struct zmtp_greeting *g);

/* zmtp_mechanism(g): the name without its padding; points into ${g}. */
struct bytes zmtp_mechanism(const struct zmtp_greeting *g);

struct zmtp_frame {
    uint8_t flags;
    struct bytes body; /* points into what was read */
};

/* zmtp_frame_head(out, flags, size): flags and size as ${flags} says: eight
 * octets with ZMTP_LONG, else the lowest octet of ${size}. */
void zmtp_frame_head(struct buf *out, unsigned flags, uint64_t size);

/* zmtp_frame_write(out, flags, body): head and body; ZMTP_LONG is set by the
 * size of ${body}. */
void zmtp_frame_write(struct buf *out, unsigned flags, struct bytes body);

/* zmtp_message_write(out, frame, n): ${n} frames, MORE on all but the last. */
void zmtp_message_write(struct buf *out, const struct bytes *frame, size_t n);

enum zmtp_got { ZMTP_GOT, ZMTP_WAIT, ZMTP_BROKEN };

/* zmtp_frame_read(in, max, f, used, fault): the frame at the start of ${in}.
 * ZMTP_GOT: *f and *used, and *fault when it breaks a rule but can be read on;
 * ZMTP_WAIT: more octets are needed; ZMTP_BROKEN: its body is larger than ${max}
 * and nothing behind it can be found. */
enum zmtp_got zmtp_frame_read(struct bytes in, uint64_t max,
                              struct zmtp_frame *f, size_t *used,
                              enum zmtp_fault *fault);

/* zmtp_command_write(out, name, data): a command frame. */
void zmtp_command_write(struct buf *out, const char *name, struct bytes data);

/* zmtp_command_read(body, name, data): name and data of a command's body; false
 * when it is none. */
bool zmtp_command_read(struct bytes body, struct bytes *name,
                       struct bytes *data);

/* zmtp_property_write(out, name, value): one of the metadata. */
void zmtp_property_write(struct buf *out, const char *name, struct bytes value);

/* zmtp_property_read(data, name, value): take the first property off *data;
 * ZMTP_FINE with *name empty at the end. */
enum zmtp_fault zmtp_property_read(struct bytes *data, struct bytes *name,
                                   struct bytes *value);

/* zmtp_property_find(data, name, value): by name in any case; false when absent
 * or when the metadata are broken before it. */
bool zmtp_property_find(struct bytes data, const char *name,
                        struct bytes *value);

#endif
