/* SPDX-License-Identifier: Apache-2.0 */
/* Options of transports: one row a configuration key, checked all at once. */
#include "transport/transport.h"

#include <signal.h>

#include "formats/base/diag.h"

const struct transport *
transport_find(const char *scheme)
{
    for (size_t i = 0; transport_table[i]; i++) {
        if (strcmp(transport_table[i]->scheme, scheme) == 0)
            return transport_table[i];
    }
    return NULL;
}

void
transport_quiet_pipes(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        (void)signal(SIGPIPE, SIG_IGN);
}

static const struct option_row *
find_row(const struct option_row *options, const char *name)
{
    for (; options->name; options++) {
        if (strcmp(options->name, name) == 0)
            return options;
    }
    return NULL;
}

const char *
option_get(const struct option_value *values, size_t n,
           const struct option_row *options, const char *name)
{
    const struct option_row *row = find_row(options, name);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i].name, name) == 0)
            return values[i].text;
    }
    return row ? row->def : NULL;
}

struct unit {
    enum option_type type;
    const char *suffix;
    int64_t factor;
};

static const struct unit units[] = {
    {OPT_INT, "", 1},
    {OPT_DURATION_MS, "ms", 1},
    {OPT_DURATION_MS, "s", 1000},
    {OPT_DURATION_MS, "m", INT64_C(60) * 1000},
    {OPT_DURATION_MS, "h", INT64_C(3600) * 1000},
    {OPT_DURATION_MS, "d", INT64_C(86400) * 1000},
    {OPT_SIZE, "", 1},
    {OPT_SIZE, "B", 1},
    {OPT_SIZE, "KiB", INT64_C(1) << 10},
    {OPT_SIZE, "MiB", INT64_C(1) << 20},
    {OPT_SIZE, "GiB", INT64_C(1) << 30},
};

bool
option_int(const char *text, enum option_type type, int64_t *out)
{
    bool negative = type == OPT_INT && text[0] == '-';
    struct bytes all = bytes_str(text + (negative ? 1 : 0));
    size_t digits = strspn(all.data, "0123456789");
    uint64_t value = 0;

    if (!bytes_to_u64(bytes_upto(all, digits), INT64_MAX, &value))
        return false;
    if (type == OPT_DURATION_MS && value == 0 && digits == all.len) {
        *out = 0; /* nought needs no unit */
        return true;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].type != type ||
            !bytes_is(bytes_from(all, digits), units[i].suffix))
            continue;
        if (__builtin_mul_overflow((int64_t)value, units[i].factor, out))
            return false;
        if (negative)
            *out = -*out;
        return true;
    }
    return false;
}

static int
find_name(const char *const *names, const char *text)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0)
            return i;
    }
    return -1;
}

static const char *const bool_names[] = {"false", "true", "no", "yes", NULL};

static void
check_enum(const struct option_row *row, const char *const *names,
           const char *text, struct buf *out)
{
    const char *near;

    if (find_name(names, text) >= 0)
        return;
    buf_printf(out, "%s: \"%.64s\" is not one of", row->name, text);
    for (size_t i = 0; names[i]; i++)
        buf_printf(out, "%s %s", i ? "," : "", names[i]);
    near = diag_nearest(bytes_str(text), names);
    if (near)
        buf_printf(out, "; did you mean %s?", near);
    buf_char(out, '\n');
}

static void
check_number(const struct option_row *row, const char *text, struct buf *out)
{
    static const char *const example[] = {
        [OPT_INT] = "a whole number such as 10",
        [OPT_DURATION_MS] = "a time such as 5s, 200ms or 1m",
        [OPT_SIZE] = "a size such as 16MiB or 512KiB"};
    int64_t value;

    if (!option_int(text, row->type, &value)) {
        buf_printf(out, "%s: \"%.64s\" is not %s\n", row->name, text,
                   example[row->type]);
        return;
    }
    if ((row->min != 0 || row->max != 0) &&
        (value < row->min || value > row->max)) {
        buf_printf(out, "%s: %s is outside ", row->name, text);
        buf_i64(out, row->min);
        buf_str(out, " to ");
        buf_i64(out, row->max);
        buf_str(out, row->type == OPT_DURATION_MS ? " ms\n"
                     : row->type == OPT_SIZE      ? " bytes\n"
                                                  : "\n");
    }
}

static void
check_value(const struct option_row *row, const char *text, struct buf *out)
{
    switch (row->type) {
    case OPT_BOOL:
        check_enum(row, bool_names, text, out);
        break;
    case OPT_ENUM:
        check_enum(row, row->names, text, out);
        break;
    case OPT_INT:
    case OPT_DURATION_MS:
    case OPT_SIZE:
        check_number(row, text, out);
        break;
    case OPT_STRING:
    case OPT_PATH:
    case OPT_SECRET_FILE:
        if (text[0] == '\0')
            buf_printf(out, "%s: is empty\n", row->name);
        for (const char *p = text; *p; p++) {
            if ((unsigned char)*p < 0x20 || *p == 0x7f) {
                buf_printf(out, "%s: has a control character\n", row->name);
                break;
            }
        }
        break;
    }
}

#define MAX_OPTIONS 64 /* rows of one transport, for "did you mean" */

static void
unknown_option(const struct option_row *options, const char *name,
               struct buf *out)
{
    const char *names[MAX_OPTIONS + 1] = {0};
    const char *near;

    for (size_t i = 0; options[i].name && i < MAX_OPTIONS; i++)
        names[i] = options[i].name;
    near = diag_nearest(bytes_str(name), names);
    buf_printf(out, "%.64s: unknown option", name);
    if (near)
        buf_printf(out, "; did you mean %s?", near);
    buf_char(out, '\n');
}

bool
option_check(const struct option_value *values, size_t n,
             const struct option_row *options, struct buf *out)
{
    size_t before = out->len;

    for (size_t i = 0; i < n; i++) {
        const struct option_row *row = find_row(options, values[i].name);

        if (!row) {
            unknown_option(options, values[i].name, out);
            continue;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(values[k].name, values[i].name) == 0)
                buf_printf(out, "%s: given twice\n", row->name);
        }
        check_value(row, values[i].text, out);
    }
    for (; options->name; options++) {
        bool given = false;

        for (size_t i = 0; i < n; i++)
            given |= strcmp(values[i].name, options->name) == 0;
        if (options->required && !given)
            buf_printf(out, "%s: is required (%s)\n", options->name,
                       options->help_en);
    }
    return out->len == before && !out->failed;
}

enum err_code
option_verify(const struct option_value *values, size_t n,
              const struct option_row *options, struct err *err)
{
    struct buf out = {0};
    enum err_code code = ERR_OK;

    if (!option_check(values, n, options, &out)) {
        for (size_t i = 0; i + 1 < out.len; i++) {
            if (out.data[i] == '\n')
                out.data[i] = ';';
        }
        code = out.failed ? err_set(err, ERR_NOMEM, NULL, "out of memory")
                          : err_set(err, ERR_ARG, NULL, "%.*s",
                                    (int)(out.len ? out.len - 1 : 0), out.data);
    }
    buf_free(&out);
    return code;
}

int64_t
option_number(const struct option_value *values, size_t n,
              const struct option_row *options, const char *name)
{
    const struct option_row *row = find_row(options, name);
    const char *text = option_get(values, n, options, name);
    int64_t out = 0;

    if (!row || !text || !option_int(text, row->type, &out))
        return 0;
    return out;
}

bool
option_flag(const struct option_value *values, size_t n,
            const struct option_row *options, const char *name)
{
    const char *text = option_get(values, n, options, name);

    return text && (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0);
}

int
option_choice(const struct option_value *values, size_t n,
              const struct option_row *options, const char *name)
{
    const struct option_row *row = find_row(options, name);
    const char *text = option_get(values, n, options, name);

    return row && text ? find_name(row->names, text) : -1;
}
