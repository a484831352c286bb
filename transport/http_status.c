/* SPDX-License-Identifier: Apache-2.0 */
/* Retry rules as data. A set-up fault (credentials, path, media type) never
 * dead-letters good data: it pauses and raises an alarm until somebody mends
 * the set-up. */
#include "transport/http_status.h"

/* First match decides. */
static const struct http_status_row rows[] = {
    {200, 299, SEND_SENT, false, false, "accepted"},
    {300, 399, SEND_AGAIN, false, true, "redirects are not followed"},
    {400, 400, SEND_REFUSED, false, false, "refused as malformed"},
    {401, 401, SEND_AGAIN, false, true, "credentials not accepted"},
    {402, 402, SEND_AGAIN, false, true, "not licensed"},
    {403, 403, SEND_AGAIN, false, true, "not allowed"},
    {404, 404, SEND_AGAIN, false, true, "no such endpoint"},
    {405, 405, SEND_AGAIN, false, true, "the endpoint takes no POST"},
    {407, 407, SEND_AGAIN, false, true, "a proxy wants credentials"},
    {408, 408, SEND_AGAIN, false, false, "the receiver timed out"},
    {409, 409, SEND_SENT, false, false, "the receiver has it already"},
    {411, 411, SEND_AGAIN, false, true, "the endpoint wants another framing"},
    {413, 413, SEND_AGAIN, true, false, "too large"},
    {414, 415, SEND_AGAIN, false, true, "the endpoint takes another format"},
    {421, 421, SEND_AGAIN, false, true, "misdirected"},
    {425, 425, SEND_AGAIN, false, false, "too early"},
    {426, 426, SEND_AGAIN, false, true, "the endpoint wants another protocol"},
    {429, 429, SEND_AGAIN, false, false, "too many requests"},
    {431, 431, SEND_AGAIN, false, true, "request head too large"},
    {400, 499, SEND_REFUSED, false, false, "refused"},
    {500, 599, SEND_AGAIN, false, false, "the receiver failed"},
};

static const struct http_status_row unknown = {
    .result = SEND_AGAIN, .pause = true, .why = "not an HTTP status"};

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

const struct http_status_row *
http_status_request(unsigned status)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (status >= rows[i].from && status <= rows[i].to)
            return &rows[i];
    }
    return &unknown;
}

enum send_result
http_status_item(unsigned status)
{
    const struct http_status_row *row = http_status_request(status);

    if (row->result == SEND_AGAIN && status >= 400 && status <= 499 &&
        (row->pause || row->split))
        return SEND_REFUSED;
    return row->result;
}

const char *
http_status_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Status";
}
