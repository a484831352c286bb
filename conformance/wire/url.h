/* SPDX-License-Identifier: Apache-2.0 */
/* scheme://host[:port][/path] as a target is given. */
#ifndef CONFORMANCE_WIRE_URL_H
#define CONFORMANCE_WIRE_URL_H

#include "formats/base/bytes.h"

struct wire_url {
    char scheme[16]; /* lower case */
    char host[256];  /* without brackets */
    unsigned port;   /* given, or of the scheme: http 80, https 443, else 0 */
    char path[512];  /* without the trailing '/'; may be empty */
};

/* wire_url(text, out): false when it is none, has user information, a query or
 * a fragment, or a part is too long. RFC 3986 section 3, no more of it. */
bool wire_url(const char *text, struct wire_url *out);

#endif
