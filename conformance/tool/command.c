/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "conformance/ledger/folder.h"
#include "formats/base/embed.h"
#include "formats/base/text.h"
#include "formats/base/yaml.h"
#include "formats/json/writer.h"

extern const struct command command_list, command_explain, command_lint,
    command_plan, command_run, command_validate, command_coverage,
    command_report, command_verify, command_selftest, command_compare,
    command_sign, command_keygen, command_replay, command_bind, command_proxy,
    command_preflight;

const struct command *const command_table[] = {
    &command_preflight, &command_run,      &command_proxy,
    &command_validate,  &command_report,   &command_verify,
    &command_sign,      &command_keygen,   &command_compare,
    &command_list,      &command_explain,  &command_plan,
    &command_lint,      &command_coverage, &command_selftest,
    &command_replay,    &command_bind,     NULL};

const char *
command_say(const struct command_context *c, const char *zh, const char *en)
{
    return c->zh ? zh : en;
}

int
command_usage(const struct command_context *c, const char *fmt, ...)
{
    va_list ap;

    (void)fputs("hutong-conform: ", stderr);
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputs(command_say(c, "\n用法见 hutong-conform --help\n",
                            "\nsee hutong-conform --help\n"),
                stderr);
    return EXIT_USAGE;
}

int
command_fail(const struct command_context *c, int code, const struct err *e)
{
    struct buf text = {0}, line = {0};

    if (e->where[0] != '\0')
        buf_printf(&text, "%s: ", e->where);
    (void)messages_zh(command_messages(c), bytes_str(e->msg), &text);
    text_visible(&line, buf_view(&text));
    (void)fprintf(stderr, "hutong-conform: %s\n",
                  buf_ok(&text) && buf_cstr(&line) ? line.data : e->msg);
    buf_free(&text);
    buf_free(&line);
    return code;
}

void
command_row(struct buf *out, const char *name, ...)
{
    struct json_writer w;
    va_list ap;

    json_writer_init(&w, out);
    json_object(&w);
    va_start(ap, name);
    while (name != NULL) {
        const char *text = va_arg(ap, const char *);

        json_key(&w, name[0] == '#' ? name + 1 : name);
        if (name[0] == '#')
            json_raw(&w, bytes_str(text));
        else
            json_cstr(&w, text);
        name = va_arg(ap, const char *);
    }
    va_end(ap);
    json_end_object(&w);
    buf_char(out, '\n');
}

bool
command_write(struct buf *out)
{
    bool ok =
        buf_ok(out) &&
        fwrite(out->data ? out->data : "", 1, out->len, stdout) == out->len &&
        fflush(stdout) == 0;

    buf_reset(out);
    return ok;
}

const struct messages *
command_messages(const struct command_context *c)
{
    return c->zh && c->messages != NULL
               ? messages_once(c->messages, hutong_data)
               : NULL;
}

void
command_diag(const struct command_context *c, const struct diag *d)
{
    struct buf b = {0};

    if (d->first != NULL)
        diag_print_zh(d, command_messages(c), &b);
    (void)fwrite(b.data ? b.data : "", 1, b.len, stderr);
    buf_free(&b);
}

bool
command_ics(const struct command_context *c, const char *path, struct ics **out)
{
    struct diag diag;

    *out = NULL;
    if (path == NULL)
        return true;
    diag_init(&diag);
    *out = ics_load(c->ledger, path, &diag);
    command_diag(c, &diag);
    diag_free(&diag);
    return *out != NULL;
}

bool
command_ledger(struct command_context *c)
{
    struct diag diag;

    if (c->ledger != NULL)
        return true;
    diag_init(&diag);
    c->ledger = ledger_load(c->catalogue, &diag);
    command_diag(c, &diag);
    diag_free(&diag);
    return c->ledger != NULL;
}

static void
add_overlay(struct std_loader *l, const char *path, struct diag *diag)
{
    struct buf b = {0};
    struct err err = {0};

    if (folder_slurp(path, YAML_MAX_BYTES, &b, &err) != ERR_OK)
        diag_add(diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
    else
        std_loader_add(l, path, buf_view(&b));
    buf_free(&b);
}

static struct standard *
load_standard(const struct command_context *c, struct diag *diag)
{
    static const char prefix[] = "standard/data/";
    struct std_loader *l;

    if (c->overlays == 0)
        return std_embedded(hutong_data, diag);
    l = std_loader_new(diag);
    if (l == NULL)
        return NULL;
    for (const struct embed_file *f = hutong_data; f->name != NULL; f++) {
        if (strncmp(f->name, prefix, sizeof prefix - 1) == 0)
            std_loader_add(l, f->name,
                           bytes_of(f->start, (size_t)(f->end - f->start)));
    }
    for (size_t i = 0; i < c->overlays; i++)
        add_overlay(l, c->overlay[i], diag);
    return std_loader_finish(l);
}

bool
command_standard(struct command_context *c)
{
    struct diag diag;

    if (c->standard != NULL)
        return true;
    diag_init(&diag);
    c->standard = load_standard(c, &diag);
    command_diag(c, &diag);
    if (diag.errors > 0) {
        std_free(c->standard);
        c->standard = NULL;
    }
    diag_free(&diag);
    return c->standard != NULL;
}

void
command_free(struct command_context *c)
{
    ledger_free(c->ledger);
    std_free(c->standard);
    c->ledger = NULL;
    c->standard = NULL;
}
