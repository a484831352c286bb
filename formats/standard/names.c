/* SPDX-License-Identifier: Apache-2.0 */
/* The words that files and exports use for the enumerations of standard.h. */
#include "formats/standard/internal.h"

const char *const std_type_words[] = {"string", "integer", "number", "boolean",
                                      "time",   "enum",    "object", "array",
                                      "any",    NULL};
const char *const std_presence_words[] = {"E", "C", "M", NULL};
const char *const std_format_words[] = {"none", "ip",       "ipv4", "ipv6",
                                        "mac",  "hostname", "uri",  "uuid",
                                        "hex",  "base64",   NULL};
const char *const std_encoding_words[] = {"plain", "number", "name_zh", "time",
                                          NULL};

const char *
std_type_name(enum std_type t)
{
    return std_type_words[t];
}

const char *
std_presence_name(enum std_presence p)
{
    return std_presence_words[p];
}

const char *
std_format_name(enum std_format f)
{
    return std_format_words[f];
}

const char *
std_encoding_name(enum std_encoding e)
{
    return std_encoding_words[e];
}

/* time.h reads names but does not give them back. */
const char *
std_time_form_name(enum time_form f)
{
    static const char *const words[TIME_FORM_COUNT] = {
        [TIME_RFC3339] = "rfc3339",   [TIME_RFC3164] = "rfc3164",
        [TIME_CLF] = "clf",           [TIME_EPOCH] = "epoch",
        [TIME_EPOCH_MS] = "epoch_ms", [TIME_EPOCH_US] = "epoch_us",
        [TIME_EPOCH_NS] = "epoch_ns", [TIME_DATETIME] = "datetime",
        [TIME_CEF] = "cef",           [TIME_COMPACT] = "compact"};

    return words[f];
}
