/* SPDX-License-Identifier: Apache-2.0 */
/* A finding in one sentence, Chinese or English: what is wrong, where, and what
 * would be right. */
#include <stdio.h>

#include "formats/check/check.h"
#include "formats/check/syntax.h"

#define CODES_SHOWN 8 /* of a list; longer ones are named only */

struct words {
    const char *zh, *en;
};

static const struct words type_words[] = {
    [STD_STRING] = {"字符串", "a string"},
    [STD_INTEGER] = {"整数", "an integer"},
    [STD_NUMBER] = {"数值", "a number"},
    [STD_BOOLEAN] = {"布尔值（true 或 false）", "true or false"},
    [STD_TIME] = {"时间", "a time"},
    [STD_ENUM] = {"字符串", "a string"},
    [STD_OBJECT] = {"对象", "an object"},
    [STD_ARRAY] = {"数组", "an array"},
    [STD_ANY] = {"对象", "an object"},
};

static const struct words got_words[] = {
    [TAPE_NULL] = {"null", "null"},
    [TAPE_FALSE] = {"布尔值", "a boolean"},
    [TAPE_TRUE] = {"布尔值", "a boolean"},
    [TAPE_INTEGER] = {"整数", "an integer"},
    [TAPE_NUMBER] = {"小数", "a number with a fraction"},
    [TAPE_STRING] = {"字符串", "a string"},
    [TAPE_ARRAY] = {"数组", "an array"},
    [TAPE_OBJECT] = {"对象", "an object"},
    [TAPE_KEY] = {"成员名", "a member name"},
};

static const struct words time_words[TIME_FORM_COUNT] = {
    [TIME_RFC3339] = {"RFC 3339 时间，如 2026-11-22T10:00:00+08:00",
                      "an RFC 3339 time such as 2026-11-22T10:00:00+08:00"},
    [TIME_EPOCH] = {"自 1970 年起的秒数", "seconds since 1970"},
    [TIME_EPOCH_MS] = {"自 1970 年起的毫秒数", "milliseconds since 1970"},
    [TIME_EPOCH_US] = {"自 1970 年起的微秒数", "microseconds since 1970"},
    [TIME_EPOCH_NS] = {"自 1970 年起的纳秒数", "nanoseconds since 1970"},
    [TIME_DATETIME] = {"形如 2026-11-22 10:00:00 的时间",
                       "a time such as 2026-11-22 10:00:00"},
    [TIME_COMPACT] = {"形如 20261122100000 的时间",
                      "a time such as 20261122100000"},
};

struct say { /* the sentence in the making */
    const struct finding *f;
    struct buf *out;
    bool zh;
};

static const char *
pick(const struct say *s, struct words w)
{
    return s->zh ? w.zh : w.en;
}

static void
put(struct say *s, const char *zh, const char *en)
{
    buf_str(s->out, s->zh ? zh : en);
}

/* The JSON name of a row: the last member name of its place. */
static const char *
json_name(const struct std_row *row)
{
    const char *name = "";

    for (const char *const *at = row->at; at != NULL && *at != NULL; at++) {
        if (strcmp(*at, "[]") != 0)
            name = *at;
    }
    return name;
}

/* The row of an array's elements. */
static bool
is_element(const struct std_row *row)
{
    size_t n = row ? strlen(row->key) : 0;

    return n > 2 && strcmp(row->key + n - 2, "[]") == 0;
}

static void
put_name(struct say *s, const struct std_row *row)
{
    if (row == NULL)
        put(s, "记录", "the record");
    else if (json_name(row)[0] == '\0') /* a message itself */
        buf_printf(s->out, s->zh ? "“%s”" : "\"%s\"",
                   s->zh ? row->zh : row->en);
    else if (s->zh)
        buf_printf(s->out, "“%s”（%s）", row->zh, json_name(row));
    else if (strcmp(json_name(row), row->en) == 0)
        buf_str(s->out, row->en);
    else
        buf_printf(s->out, "%s (%s)", json_name(row), row->en);
}

/* The field at fault, or one element of it. */
static void
put_subject(struct say *s)
{
    if (is_element(s->f->row) && !s->zh)
        buf_str(s->out, "an element of ");
    put_name(s, s->f->row);
    if (is_element(s->f->row) && s->zh)
        buf_str(s->out, "的元素");
}

static void
put_detail(struct say *s)
{
    if (s->zh)
        buf_printf(s->out, "“%s”", s->f->detail);
    else
        buf_printf(s->out, "\"%s\"", s->f->detail);
}

static void
put_hint(struct say *s)
{
    if (s->f->hint == NULL)
        return;
    if (s->zh)
        buf_printf(s->out, "；是否应为“%s”？", s->f->hint);
    else
        buf_printf(s->out, "; did you mean \"%s\"?", s->f->hint);
}

static void
put_list(struct say *s, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (i > 0)
            put(s, "、", ", ");
        buf_str(s->out, list[i]);
    }
}

/* Row keys, each by its last word. */
static void
put_last_words(struct say *s, const char *const *keys)
{
    for (size_t i = 0; keys[i] != NULL; i++) {
        const char *dot = strrchr(keys[i], '.');

        if (i > 0)
            put(s, "、", ", ");
        buf_str(s->out, dot ? dot + 1 : keys[i]);
    }
}

/* ---------------------------------------------------------------- the rules */

static struct words
wanted_type(const struct finding *f)
{
    const struct std_row *r = f->row;

    if (r == NULL)
        return type_words[STD_OBJECT];
    if (r->type == STD_TIME)
        return time_words[r->time_form];
    if (r->codes != NULL && r->encoding == STD_ENC_ALIAS)
        return (struct words){"整数（数字代码）", "an integer (numeric code)"};
    return type_words[r->type];
}

static void
say_type(struct say *s)
{
    put_subject(s);
    put(s, "应为", " must be ");
    buf_str(s->out, pick(s, wanted_type(s->f)));
    put(s, "，实际为", ", not ");
    buf_str(s->out, pick(s, got_words[s->f->got]));
    if (s->f->detail[0] != '\0' && s->f->got != TAPE_NULL) {
        put(s, "（", " (");
        buf_str(s->out, s->f->detail);
        put(s, "）", ")");
    }
}

static void
say_missing(struct say *s)
{
    put(s, "缺少必备的", "the mandatory ");
    put_name(s, s->f->row);
    put(s, "；应给出", " is missing; give ");
    buf_str(s->out, pick(s, wanted_type(s->f)));
}

/* "alert_type starts with 01, 02" */
static void
put_when(struct say *s, const struct std_when *when)
{
    put_name(s, s->f->other);
    if (when->prefix)
        put(s, "以 ", " starts with ");
    else
        put(s, "为 ", " is ");
    put_list(s, when->values);
    put(s, when->prefix ? " 开头" : " ", "");
}

static void
say_condition(struct say *s)
{
    put(s, "当", "when ");
    put_when(s, s->f->row->when);
    put(s, "时必须给出", ", ");
    put_name(s, s->f->row);
    put(s, "，此处缺少", " is mandatory; it is missing");
}

static void
say_unknown(struct say *s)
{
    put(s, "", "the definition knows no member ");
    if (s->zh && s->f->row != NULL) {
        put_name(s, s->f->row);
        buf_str(s->out, "中");
    }
    put(s, "没有定义成员", "");
    put_detail(s);
    if (!s->zh && s->f->row != NULL) {
        buf_str(s->out, " in ");
        put_name(s, s->f->row);
    }
    if (s->f->hint != NULL)
        put_hint(s);
    else if (s->f->row == NULL || strchr(s->f->row->kind, '.') == NULL)
        put(s, "；自有内容应放在记录顶层以 x_ 开头的成员中",
            "; own content belongs in top-level members named x_*");
}

static void
put_bounds(struct say *s, double min, double max, bool has_min, bool has_max)
{
    if (has_min && has_max)
        buf_printf(s->out, s->zh ? "应为 %.15g 到 %.15g" : "%.15g to %.15g",
                   min, max);
    else if (has_min)
        buf_printf(s->out, s->zh ? "不应小于 %.15g" : "at least %.15g", min);
    else
        buf_printf(s->out, s->zh ? "不应大于 %.15g" : "at most %.15g", max);
}

static void
say_length(struct say *s)
{
    const struct std_row *r = s->f->row;
    bool array = r->type == STD_ARRAY;

    put_subject(s);
    put(s, array ? "的元素个数为 " : "的长度为 ", " has ");
    buf_str(s->out, s->f->detail);
    put(s, array ? "，" : " 个字符，",
        array ? " elements; wanted: " : " characters; wanted: ");
    put_bounds(s, (double)r->min_len, (double)r->max_len, r->min_len > 0,
               r->max_len > 0);
}

static void
say_range(struct say *s)
{
    const struct std_row *r = s->f->row;

    put_subject(s);
    put(s, "的值 ", " is ");
    buf_str(s->out, s->f->detail);
    put(s, " 超出范围，", "; wanted: ");
    put_bounds(s, r->min, r->max, r->has_min, r->has_max);
}

static void
say_pattern(struct say *s)
{
    put_subject(s);
    put(s, "的值", " is ");
    put_detail(s);
    put(s, "，不符合格式 ", ", which does not match ");
    buf_str(s->out, s->f->row->pattern);
}

static void
say_format(struct say *s)
{
    const struct std_row *r = s->f->row;

    put_subject(s);
    put(s, "的值", " is ");
    put_detail(s);
    put(s, "，应为：", "; wanted: ");
    if (r->type == STD_TIME)
        buf_str(s->out, pick(s, time_words[r->time_form]));
    else
        buf_str(s->out, syntax_name(r->format, s->zh));
}

static void
put_code(struct say *s, const struct std_code *code)
{
    switch (s->f->row->encoding) {
    case STD_ENC_ALIAS:
        buf_i64(s->out, code->alias);
        break;
    case STD_ENC_NAME_ZH:
        buf_str(s->out, code->name_zh);
        break;
    case STD_ENC_PLAIN:
    case STD_ENC_TIME:
        buf_str(s->out, code->code);
        break;
    }
}

static void
say_code(struct say *s)
{
    const struct std_codes *codes = s->f->row->codes;

    put_subject(s);
    put(s, "的值", " is ");
    put_detail(s);
    put(s, "，不在代码表 ", ", which is not in the code list ");
    buf_str(s->out, codes->id);
    put(s, " 中", "");
    if (s->f->hint != NULL) {
        put_hint(s);
        return;
    }
    if (codes->count > CODES_SHOWN)
        return;
    put(s, "；可用：", "; allowed: ");
    for (size_t i = 0; i < codes->count; i++) {
        if (i > 0)
            put(s, "、", ", ");
        put_code(s, &codes->code[i]);
    }
}

static void
say_order(struct say *s)
{
    put_subject(s);
    put(s, "的时间 ", " ");
    buf_str(s->out, s->f->detail);
    if (s->f->row->before != NULL) {
        put(s, " 不早于", " is not before ");
        put_name(s, s->f->other);
        put(s, "；应早于它", "; wanted: earlier");
        return;
    }
    put(s, " 晚于", " is later than ");
    put_name(s, s->f->other);
    put(s, "；应不晚于它", "; wanted: not later");
}

static void
say_group(struct say *s)
{
    put_subject(s);
    put(s, "的值", " is ");
    put_detail(s);
    put(s, "，与", ", which does not fit ");
    put_name(s, s->f->other);
    put(s, "不符；应为 ", "; wanted: ");
    buf_str(s->out, s->f->wanted);
}

static void
say_members(struct say *s)
{
    const struct std_row *r = s->f->row;

    put_subject(s);
    if (r->one_member) {
        put(s, "应恰好有一个成员，实际有 ",
            " must have exactly one known member, not ");
        buf_str(s->out, s->f->detail);
        put(s, " 个", "");
    } else if (r->one_of != NULL) {
        put(s, "应至少给出下列之一：", " must have at least one of ");
        put_last_words(s, r->one_of);
    } else {
        put(s, "没有任何已定义的成员；应至少给出一个，或不给出此对象",
            " has no known member; give one at least, or leave the object out");
    }
}

static void
say_misplaced(struct say *s)
{
    put_subject(s);
    put(s, "只在", " is allowed only when ");
    put_when(s, s->f->row->allow);
    put(s, "时允许出现", "");
}

static void
say_info_type(struct say *s)
{
    if (s->f->detail[0] == '\0') {
        put(s, "缺少 info_type（信息类型），无法确定按哪种定义检查；应给出",
            "info_type is missing, so no definition can be chosen; give the "
            "information type");
        return;
    }
    put(s, "信息类型", "the information type ");
    put_detail(s);
    if (s->f->wanted != NULL) {
        put(s, "与信封不一致，应为 ", " contradicts the envelope, wanted: ");
        buf_str(s->out, s->f->wanted);
        return;
    }
    put(s, "没有对应的定义", " has no definition");
    put_hint(s);
}

static void (*const sentences[CHECK_RULE_COUNT])(struct say *s) = {
    [CHECK_TYPE] = say_type,           [CHECK_MISSING] = say_missing,
    [CHECK_CONDITION] = say_condition, [CHECK_UNKNOWN] = say_unknown,
    [CHECK_LENGTH] = say_length,       [CHECK_RANGE] = say_range,
    [CHECK_PATTERN] = say_pattern,     [CHECK_FORMAT] = say_format,
    [CHECK_CODE] = say_code,           [CHECK_ORDER] = say_order,
    [CHECK_MEMBERS] = say_members,     [CHECK_MISPLACED] = say_misplaced,
    [CHECK_INFO_TYPE] = say_info_type, [CHECK_GROUP] = say_group,
};

void
finding_text(const struct finding *f, bool zh, struct buf *out)
{
    struct say s = {f, out, zh};

    sentences[f->rule](&s);
}

void
finding_rule(const struct finding *f, struct buf *out)
{
    buf_str(out, f->row ? f->row->key : "record");
    buf_str(out, "#");
    buf_str(out, check_rule_name(f->rule));
}
