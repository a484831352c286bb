/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/standard/export_pattern.h"

#define OCTET   "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#define IPV4    "(?:" OCTET "\\.){3}" OCTET
#define H16     "[0-9A-Fa-f]{1,4}"
#define LS32    "(?:" H16 ":" H16 "|" IPV4 ")"
#define UPTO(n) "(?:(?:" H16 ":){0," #n "}" H16 ")?::"
/* The nine forms of RFC 3986's IPv6address. */
#define IPV6                                                                   \
    "(?:(?:" H16 ":){6}" LS32 "|::(?:" H16 ":){5}" LS32 "|(?:" H16             \
    ")?::(?:" H16 ":){4}" LS32 "|" UPTO(1) "(?:" H16 ":){3}" LS32              \
                                           "|" UPTO(2) "(?:" H16 ":){2}" LS32  \
                                                       "|" UPTO(3) H16         \
        ":" LS32 "|" UPTO(4) LS32 "|" UPTO(5) H16 "|" UPTO(6) ")"
#define PREFIX4  "(?:/(?:[12]?[0-9]|3[0-2]))?"
#define PREFIX6  "(?:/(?:[1-9]?[0-9]|1[01][0-9]|12[0-8]))?"
#define LABEL    "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
#define URI_CHAR "(?:[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
#define HEX(n)   "[0-9A-Fa-f]{" #n "}"

#define WHOLE(x) "^(?:" x ")" PATTERN_END

/* Year 1970..2199; the leap days of those years (2100 has none). */
#define YEAR "(?:19[7-9][0-9]|2[01][0-9]{2})"
#define LEAP_YEAR                                                              \
    "(?:19(?:7[26]|8[048]|9[26])|20(?:[02468][048]|[13579][26])"               \
    "|21(?:0[48]|[2468][048]|[13579][26]))"
#define DATE(sep)                                                              \
    "(?:" YEAR sep "(?:(?:0[13578]|1[02])" sep                                 \
    "(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)" sep                             \
    "(?:0[1-9]|[12][0-9]|30)|02" sep                                           \
    "(?:0[1-9]|1[0-9]|2[0-8]))|" LEAP_YEAR sep "02" sep "29)"
#define CLOCK(sep) "(?:[01][0-9]|2[0-3])" sep "[0-5][0-9]" sep "[0-5][0-9]"
#define FRACTION   "(?:\\.[0-9]{1,9})?"
#define OFFSET     "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

void
export_format_pattern(enum std_format f, bool prefix_ok, struct buf *out)
{
    static const struct {
        const char *plain, *prefix;
    } patterns[STD_FORMAT_COUNT] = {
        [STD_FORMAT_NONE] = {"", ""},
        [STD_FORMAT_IP] = {WHOLE(IPV4 "|" IPV6),
                           WHOLE(IPV4 PREFIX4 "|" IPV6 PREFIX6)},
        [STD_FORMAT_IPV4] = {WHOLE(IPV4), WHOLE(IPV4 PREFIX4)},
        [STD_FORMAT_IPV6] = {WHOLE(IPV6), WHOLE(IPV6 PREFIX6)},
        [STD_FORMAT_MAC] = {WHOLE("(?:" HEX(2) ":){5}" HEX(2)), NULL},
        [STD_FORMAT_HOSTNAME] = {WHOLE(LABEL "(?:\\." LABEL ")*"), NULL},
        [STD_FORMAT_URI] = {WHOLE("(?:[A-Za-z][A-Za-z0-9+.-]*:|/)" URI_CHAR
                                  "*"),
                            NULL},
        [STD_FORMAT_UUID] = {WHOLE(HEX(8) "-(?:" HEX(4) "-){3}" HEX(12)), NULL},
        [STD_FORMAT_HEX] = {WHOLE("(?:" HEX(2) ")+"), NULL},
        [STD_FORMAT_BASE64] = {WHOLE("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]"
                                     "[AQgw]==|[A-Za-z0-9+/]{2}"
                                     "[AEIMQUYcgkosw048]=)?"),
                               NULL},
    };
    const char *p = prefix_ok ? patterns[f].prefix : NULL;

    buf_str(out, p != NULL ? p : patterns[f].plain);
}

/* 23:59:60 UTC as local time at each whole-hour offset. */
static void
put_leap_seconds(struct buf *out)
{
    buf_str(out, "|23:59:60" FRACTION "(?:Z|[+-]00:00)");
    for (unsigned h = 1; h <= 14; h++) {
        buf_printf(out, "|%02u:59:60" FRACTION "\\+%02u:00", h - 1, h);
        buf_printf(out, "|%02u:59:60" FRACTION "-%02u:00", 23 - h, h);
    }
}

void
export_time_pattern(enum time_form form, struct buf *out)
{
    if (form == TIME_DATETIME) {
        buf_str(out, WHOLE(DATE("-") " " CLOCK(":") FRACTION));
    } else if (form == TIME_COMPACT) {
        buf_str(out, WHOLE(DATE("") CLOCK("")));
    } else {
        buf_str(out, "^" DATE("-") "T(?:" CLOCK(":") FRACTION OFFSET);
        put_leap_seconds(out);
        buf_str(out, ")" PATTERN_END);
    }
}
