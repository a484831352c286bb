/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_check data */
/* Any JSON document against the shipped definitions, in both profiles: no crash,
 * no hang, every finding can be said, and lenient never finds more errors. */
#include <stdlib.h>

#include "formats/base/embed.h"
#include "formats/base/text.h"
#include "formats/check/check.h"
#include "formats/json/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct checked {
    struct checker *checker;
    struct check_state *state;
};

static struct checked
prepare(const struct standard *s, enum check_profile profile)
{
    struct checked c = {.checker = checker_new(s, profile, NULL)};

    if (c.checker != NULL)
        c.state = check_state_new(c.checker);
    if (c.state == NULL)
        abort();
    return c;
}

static void
say(const struct finding *f)
{
    for (int zh = 0; zh < 2; zh++) {
        struct buf b = {0};

        finding_text(f, zh, &b);
        finding_rule(f, &b);
        if (b.failed || text_utf8_valid(bytes_of(b.data, b.len)) != b.len)
            abort();
        buf_free(&b);
    }
    if (text_utf8_valid(bytes_str(f->pointer)) != strlen(f->pointer) ||
        text_utf8_valid(bytes_str(f->detail)) != strlen(f->detail))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct checked strict, lenient;
    static struct json_reader reader;
    static struct tape tape;
    struct findings a = {.max = 64}, b = {.max = 64};

    if (strict.checker == NULL) {
        static struct diag diag;
        struct standard *s;

        diag_init(&diag);
        s = std_embedded(hutong_data, &diag);
        strict = prepare(s, CHECK_STRICT);
        lenient = prepare(s, CHECK_LENIENT);
        json_reader_init(&reader, JSON_STRICT, NULL);
    }
    if (json_read(&reader, bytes_of((const char *)data, size), &tape, NULL) !=
        ERR_OK)
        return 0;
    if (check_document(strict.checker, strict.state, &tape, &a) != ERR_OK ||
        check_document(lenient.checker, lenient.state, &tape, &b) != ERR_OK)
        abort();
    if (a.errors != b.errors + b.warnings || a.count != b.count)
        abort();
    for (size_t i = 0; i < a.count; i++)
        say(&a.item[i]);
    findings_free(&a);
    findings_free(&b);
    return 0;
}
