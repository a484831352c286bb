/* SPDX-License-Identifier: Apache-2.0 */
/* The constraint of a row in one line, Chinese or English. */
#include "formats/standard/export.h"

struct limits {
    struct buf *out;
    enum std_lang lang;
    bool any; /* something was written: a separator comes first */
};

static const char *
say(const struct limits *x, const char *zh, const char *en)
{
    return x->lang == STD_ZH ? zh : en;
}

static void
part(struct limits *x)
{
    if (x->any)
        buf_str(x->out, say(x, "；", "; "));
    x->any = true;
}

static void
put_count(struct limits *x, const struct std_row *r)
{
    if (r->min_len == 0 && r->max_len == 0)
        return;
    part(x);
    buf_str(x->out, r->type == STD_ARRAY ? say(x, "个数 ", "count ")
                                         : say(x, "长度 ", "length "));
    if (r->max_len == 0)
        buf_printf(x->out, "≥ %zu", r->min_len);
    else if (r->min_len == r->max_len)
        buf_printf(x->out, "%zu", r->max_len);
    else
        buf_printf(x->out, "%zu..%zu", r->min_len, r->max_len);
}

static void
put_range(struct limits *x, const struct std_row *r)
{
    if (!r->has_min && !r->has_max)
        return;
    part(x);
    if (r->has_min && r->has_max)
        buf_printf(x->out, "%.17g..%.17g", r->min, r->max);
    else if (r->has_min)
        buf_printf(x->out, "≥ %.17g", r->min);
    else
        buf_printf(x->out, "≤ %.17g", r->max);
}

static void
put_syntax(struct limits *x, const struct std_row *r)
{
    static const char *const names[STD_FORMAT_COUNT] = {
        [STD_FORMAT_IP] = "IPv4/IPv6",      [STD_FORMAT_IPV4] = "IPv4",
        [STD_FORMAT_IPV6] = "IPv6",         [STD_FORMAT_MAC] = "MAC",
        [STD_FORMAT_HOSTNAME] = "RFC 1123", [STD_FORMAT_URI] = "RFC 3986",
        [STD_FORMAT_UUID] = "UUID",         [STD_FORMAT_HEX] = "hex",
        [STD_FORMAT_BASE64] = "Base64"};

    if (r->format != STD_FORMAT_NONE) {
        part(x);
        buf_str(x->out, names[r->format]);
        if (r->prefix_ok)
            buf_str(x->out, say(x, "，可带前缀长度", ", prefix allowed"));
    }
    if (r->type == STD_TIME) {
        part(x);
        buf_str(x->out, r->time_form == TIME_RFC3339
                            ? "RFC 3339"
                            : std_time_form_name(r->time_form));
    }
    if (r->pattern != NULL) {
        part(x);
        buf_str(x->out, r->pattern);
    }
}

static void
put_codes(struct limits *x, const struct std_row *r)
{
    if (r->codes == NULL)
        return;
    part(x);
    buf_printf(x->out, "%s %s", say(x, "代码表", "codes"), r->codes->id);
    if (r->encoding == STD_ENC_ALIAS)
        buf_str(x->out, say(x, "，写作数字", ", as a number"));
    if (r->encoding == STD_ENC_NAME_ZH)
        buf_str(x->out, say(x, "，写作中文名称", ", as the Chinese name"));
}

static void
put_members(struct limits *x, const struct standard *s, const struct std_row *r)
{
    if (r->one_member) {
        part(x);
        buf_str(x->out, say(x, "恰有一个成员", "exactly one member"));
    }
    if (r->any_member) {
        part(x);
        buf_str(x->out, say(x, "至少一个成员", "at least one member"));
    }
    if (r->one_of != NULL) {
        part(x);
        buf_str(x->out, say(x, "至少给出其一：", "at least one of "));
        for (const char *const *k = r->one_of; *k != NULL; k++) {
            const struct shape *at = std_place(s, *k);

            buf_str(x->out, k == r->one_of ? "" : say(x, "、", ", "));
            buf_str(x->out, at ? at->name : *k);
        }
    }
}

static void
put_when(struct limits *x, const struct standard *s, const struct std_when *w,
         const char *zh, const char *en)
{
    const struct std_row *by = w ? std_row(s, w->key) : NULL;

    if (w == NULL)
        return;
    part(x);
    buf_str(x->out, say(x, zh, en));
    buf_str(x->out, by ? say(x, by->zh, by->en) : w->key);
    buf_str(x->out,
            w->prefix ? say(x, "以 ", " begins with ") : say(x, "为 ", " is "));
    for (const char *const *v = w->values; *v != NULL; v++) {
        buf_str(x->out, v == w->values ? "" : say(x, "、", ", "));
        buf_str(x->out, *v);
    }
    if (w->prefix)
        buf_str(x->out, say(x, " 开头", ""));
}

/* A relation to another row. */
static void
put_other(struct limits *x, const struct standard *s, const char *key,
          const char *zh, const char *en)
{
    const struct std_row *other = key ? std_row(s, key) : NULL;

    if (other == NULL)
        return;
    part(x);
    buf_printf(x->out, "%s%s", say(x, zh, en), say(x, other->zh, other->en));
}

void
export_limits(const struct standard *s, const struct std_row *r,
              enum std_lang lang, struct buf *out)
{
    struct limits x = {out, lang, false};

    put_count(&x, r);
    put_range(&x, r);
    put_syntax(&x, r);
    put_codes(&x, r);
    put_members(&x, s, r);
    put_when(&x, s, r->when, "必备条件：", "mandatory when ");
    put_when(&x, s, r->allow, "只用于：", "only when ");
    put_other(&x, s, r->not_after, "不晚于", "not after ");
    put_other(&x, s, r->before, "早于", "before ");
    put_other(&x, s, r->group_of, "所属类别依据：", "the group of ");
    if (r->personal) {
        part(&x);
        buf_str(out, say(&x, "个人信息", "personal data"));
    }
}

void
export_place(const struct std_row *r, struct buf *out)
{
    for (const char *const *p = r->at; *p != NULL; p++) {
        bool element = strcmp(*p, "[]") == 0;

        buf_str(out, p == r->at || element ? "" : ".");
        buf_str(out, *p);
    }
}
