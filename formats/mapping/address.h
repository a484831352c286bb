/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as vendors write them to addresses as the standard wants them:
 * IPv4 dotted quad, IPv6 by RFC 5952, MAC xx:xx:xx:xx:xx:xx. */
#ifndef FORMATS_MAPPING_ADDRESS_H
#define FORMATS_MAPPING_ADDRESS_H

#include "formats/base/buf.h"
#include "formats/standard/standard.h"

/* address_put(out, format, prefix_ok, text): append the address without
 * quotes; false and nothing appended when ${text} is none of ${format}
 * (STD_FORMAT_IP, IPV4, IPV6 or MAC). */
bool address_put(struct buf *out, enum std_format format, bool prefix_ok,
                 struct bytes text);

/* address_is_v4(text): a dotted quad without prefix, as address_put would write
 * it: most addresses. */
bool address_is_v4(struct bytes text);

#endif
