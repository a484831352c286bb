/* SPDX-License-Identifier: Apache-2.0 */
/* A document as text: what keeps it from being JSON, by requirement. */
#include <stdio.h>

#include "conformance/roles/observe.h"
#include "formats/base/text.h"
#include "formats/json/escape.h"

/* What a reader's failure breaks. The place tells a lone surrogate from other
 * grammar. */
static void
text_fault(struct observe *o, struct observe_fault *at, const struct err *err)
{
    static const struct {
        const char *rule, *zh, *en;
    } rows[] = {
        {"text#grammar", "不是合法的 JSON 文本", "is no JSON text"},
        {"text#duplicate", "对象中有重复的成员名",
         "an object has a name twice"},
        {"text#number", "数值超出可互操作的范围",
         "a number is outside the interoperable range"},
        {"text#limit", "超出可处理的规模", "is beyond what can be processed"},
        {"text#surrogate", "字符串中有不成对的代理项",
         "a string has a lone surrogate"},
        {"text#utf8", "不是合法的 UTF-8", "is not valid UTF-8"},
    };
    char zh[400], en[400];
    const char *p = strstr(err->where, "offset ");
    uint64_t offset = 0;
    uint32_t cp = 0;
    struct bytes rest;
    size_t i;

    if (p != NULL) {
        rest = bytes_str(p + 7);
        (void)bytes_to_u64(bytes_upto(rest, bytes_find(rest, ',')), SIZE_MAX,
                           &offset);
    }
    i = err->code == ERR_CONFLICT ? 1
        : err->code == ERR_RANGE  ? 2
        : err->code == ERR_LIMIT  ? 3
                                  : 0;
    rest = bytes_from(at->document, (size_t)offset);
    if (i == 0 && rest.len > 0 && rest.data[0] == '\\' &&
        escape_read(rest.data, rest.len, &cp) > 0 && cp >= 0xD800 &&
        cp <= 0xDFFF)
        i = 4;
    if (text_utf8_valid(at->document) <= offset &&
        text_utf8_valid(at->document) < at->document.len)
        i = 5;
    (void)snprintf(zh, sizeof zh, "%s：%s", rows[i].zh, err->msg);
    (void)snprintf(en, sizeof en, "%s: %s", rows[i].en, err->msg);
    at->rule = rows[i].rule;
    at->pointer = "";
    at->offset = (size_t)offset;
    at->text = (struct ledger_text){zh, en};
    observe_fault(o, at);
}

bool
observe_text(struct observe *o, struct observe_fault *at, bool too_long)
{
    struct err err = {0};

    if (bytes_starts(at->document, BYTES("\xEF\xBB\xBF"))) {
        at->rule = "text#bom";
        at->pointer = "";
        at->text = (struct ledger_text){"文本以字节序标记开头",
                                        "the text begins with a byte order "
                                        "mark"};
        observe_fault(o, at);
        at->document = bytes_from(at->document, 3); /* judged without it */
    }
    if (too_long)
        (void)err_set(&err, ERR_LIMIT, NULL, "more than %zu MiB",
                      INPUT_DOCUMENT_MAX >> 20);
    else if (json_read(&o->reader, at->document, &o->tape, &err) == ERR_OK)
        return true;
    if (err.code == ERR_NOMEM)
        o->nomem = true;
    else
        text_fault(o, at, &err);
    return false;
}
