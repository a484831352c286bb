/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform bind: requirements and the text of the standard that a lab
 * holds. The text is read and shown to who runs it; nothing of it is written
 * but digests and clause numbers. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conformance/bind/binding.h"
#include "conformance/ledger/folder.h"
#include "conformance/tool/bind.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"
#include "formats/base/time.h"
#include "transport/digest.h"

#define SHOWN_BYTES 180 /* of a sentence on a terminal */

struct options {
    const char *text, *quotes, *issuer, *out;
    bool all; /* list also what is covered and 能 */
};

struct work {
    struct buf utf8;
    struct sentences s;
    char sm3[DIGEST_HEX_MAX]; /* of the file as it lies there */
    struct binding *quotes;
    struct bound *bound;
    bool *covered;
    size_t found, missing, uncovered[WORD_COUNT];
};

struct binding *
bind_load(const struct command_context *c, const char *path)
{
    struct binding *b = NULL;
    struct buf text = {0};
    struct err err = {0};
    struct diag diag;

    diag_init(&diag);
    if (folder_slurp(path, BINDING_BYTES_MAX, &text, &err) != ERR_OK)
        (void)command_fail(c, EXIT_USAGE, &err);
    else
        b = binding_parse(path, buf_view(&text), &diag);
    command_diag(c, &diag);
    diag_free(&diag);
    buf_free(&text);
    return b;
}

/* The text in UTF-8: what is not, is taken for GB 18030. */
static enum err_code
read_text(const char *path, struct work *w, struct err *err)
{
    struct buf raw = {0};
    size_t repairs = 0;
    enum err_code code = folder_slurp(path, SENTENCE_TEXT_MAX, &raw, err);

    if (code == ERR_OK)
        code = digest_hex(DIGEST_SM3, buf_view(&raw), w->sm3, err);
    if (code == ERR_OK) {
        bool utf8 = text_utf8_valid(buf_view(&raw)) == raw.len;

        code = text_decode(&w->utf8, buf_view(&raw),
                           utf8 ? TEXT_UTF8 : TEXT_GB18030, &repairs);
        if (code != ERR_OK)
            (void)err_set(err, code, path, "cannot be decoded");
        else if (repairs > 0)
            code =
                err_set(err, ERR_SYNTAX, path, "is neither UTF-8 nor GB 18030");
    }
    buf_free(&raw);
    return code == ERR_OK ? sentences_read(&w->s, buf_view(&w->utf8), err)
                          : code;
}

static enum err_code
match(const struct command_context *c, struct work *w, struct err *err)
{
    w->bound = calloc(c->ledger->requirements + 1, sizeof *w->bound);
    w->covered = calloc(w->s.count + 1, sizeof *w->covered);
    if (w->bound == NULL || w->covered == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    binding_match(c->ledger, w->quotes, &w->s, w->bound, w->covered);
    for (size_t i = 0; i < c->ledger->requirements; i++) {
        w->found += w->bound[i].sentence != NULL;
        w->missing += w->bound[i].sm3 != NULL && !w->bound[i].sentence;
    }
    for (size_t i = 0; i < w->s.count; i++)
        w->uncovered[w->s.item[i].word] += !w->covered[i];
    return ERR_OK;
}

/* ---- what is shown */

static void
show_row(const struct command_context *c, const struct bound *b,
         struct buf *out)
{
    const char *what = b->sentence != NULL ? "bound" : "missing";
    const char *clause = b->sentence ? b->sentence->clause : "";

    if (c->json)
        command_row(out, "kind", what, "rid", b->requirement->rid, "clause",
                    b->sentence ? clause : NULL, "sm3", b->sm3, NULL);
    else if (b->sentence != NULL)
        buf_printf(out, "%-16s %s\n", b->requirement->rid, clause);
    else
        buf_printf(out, "%-16s %s\n", b->requirement->rid,
                   command_say(c, "其句子不在此文本中（另一版本？）",
                               "its sentence is not in this text (another "
                               "edition?)"));
}

static void
show_sentence(const struct command_context *c, const struct sentence *s,
              bool covered, struct buf *out)
{
    struct buf text = {0};
    char line[16];

    text_visible(&text, s->text);
    if (c->json) {
        (void)snprintf(line, sizeof line, "%u", s->line);
        command_row(out, "kind", covered ? "covered" : "uncovered", "clause",
                    s->clause, "#line", line, "word",
                    sentence_word_text(s->word), "level",
                    sentence_level(s->word, false), "sm3", s->sm3, "text",
                    buf_cstr(&text), NULL);
    } else {
        struct bytes shown = text_utf8_cut(buf_view(&text), SHOWN_BYTES);

        buf_printf(out, "%-8s %s%s  ", s->clause[0] ? s->clause : "-",
                   covered ? command_say(c, "已覆盖 ", "covered ") : "",
                   sentence_word_text(s->word));
        buf_bytes(out, shown);
        buf_printf(out, "%s\n         %s:%u  sm3 %s\n",
                   shown.len < text.len ? "……" : "",
                   command_say(c, "行", "line"), s->line, s->sm3);
    }
    out->failed |= !buf_ok(&text);
    buf_free(&text);
}

static void
show_sum(const struct command_context *c, const struct work *w, struct buf *out)
{
    size_t shall = w->uncovered[WORD_SHALL] + w->uncovered[WORD_SHALL_NOT] +
                   w->uncovered[WORD_MUST_NOT];
    size_t should = w->uncovered[WORD_SHOULD] + w->uncovered[WORD_SHOULD_NOT];
    size_t may = w->uncovered[WORD_MAY], can = w->uncovered[WORD_CAN];

    if (c->json) {
        buf_printf(out,
                   "{\"kind\":\"sum\",\"sentences\":%zu,\"requirements\":%zu,"
                   "\"bound\":%zu,\"missing\":%zu,\"uncovered_shall\":%zu,"
                   "\"uncovered_should\":%zu,\"uncovered_may\":%zu,"
                   "\"uncovered_can\":%zu,\"text_sm3\":\"%s\"}\n",
                   w->s.count, c->ledger->requirements, w->found, w->missing,
                   shall, should, may, can, w->sm3);
        return;
    }
    buf_printf(
        out,
        command_say(c,
                    "%zu 句；%zu 项要求中 %zu 项已绑定，%zu 项的句子找不到\n"
                    "没有要求覆盖的句子：应 %zu，宜 %zu，可 %zu（能 %zu，"
                    "仅供参考）\n",
                    "%zu sentences; of %zu requirements %zu are bound, "
                    "the sentences of %zu were not found\nsentences "
                    "that no requirement covers: 应 %zu, 宜 %zu, 可 %zu "
                    "(能 %zu, for information)\n"),
        w->s.count, c->ledger->requirements, w->found, w->missing, shall,
        should, may, can);
}

static void
show(const struct command_context *c, const struct options *o,
     const struct work *w, struct buf *out)
{
    for (size_t i = 0; i < c->ledger->requirements; i++) {
        if (w->bound[i].sm3 != NULL)
            show_row(c, &w->bound[i], out);
    }
    for (size_t i = 0; i < w->s.count; i++) {
        enum sentence_word word = w->s.item[i].word;

        if (word != WORD_NONE &&
            (o->all || (!w->covered[i] && word != WORD_CAN)))
            show_sentence(c, &w->s.item[i], w->covered[i], out);
    }
    show_sum(c, w, out);
}

/* ---- what is written */

static enum err_code
store(const char *path, struct bytes text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    enum err_code code = ERR_OK;

    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_EXISTS, path, "exists");
    if (fd < 0)
        return err_errno(err, path, "create");
    while (text.len > 0 && code == ERR_OK) {
        ssize_t n = write(fd, text.data, text.len);

        if (n >= 0)
            text = bytes_from(text, (size_t)n);
        else if (errno != EINTR)
            code = err_errno(err, path, "write");
    }
    if (close(fd) != 0 && code == ERR_OK)
        code = err_errno(err, path, "close");
    return code;
}

static enum err_code
write_binding(const struct command_context *c, const struct options *o,
              const struct work *w, struct err *err)
{
    struct timespec t;
    struct stamp now;
    struct buf date = {0}, out = {0};
    struct binding_head head = {.issuer = o->issuer ? o->issuer : "",
                                .text_sm3 = w->sm3};
    enum err_code code;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    now = time_of_ns((int64_t)t.tv_sec * 1000000000);
    time_write_rfc3339(&date, &now);
    buf_cut(&date, 10);
    head.date = buf_cstr(&date);
    if (head.date == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    binding_write(&head, w->bound, c->ledger->requirements, &out);
    code = buf_ok(&out) ? store(o->out, buf_view(&out), err)
                        : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&date);
    buf_free(&out);
    return code;
}

static int
bind_text(const struct command_context *c, const struct options *o,
          struct work *w)
{
    struct buf out = {0};
    struct err err = {0};
    bool gaps;
    int code;

    if (o->quotes != NULL && (w->quotes = bind_load(c, o->quotes)) == NULL)
        return EXIT_USAGE;
    if (read_text(o->text, w, &err) != ERR_OK || match(c, w, &err) != ERR_OK ||
        (o->out != NULL && write_binding(c, o, w, &err) != ERR_OK))
        return command_fail(c, EXIT_USAGE, &err);
    show(c, o, w, &out);
    gaps = w->missing > 0 || w->uncovered[WORD_SHALL] > 0 ||
           w->uncovered[WORD_SHALL_NOT] > 0 || w->uncovered[WORD_MUST_NOT] > 0;
    code = gaps ? EXIT_FAILED : w->found > 0 ? EXIT_PASSED : EXIT_NOTHING;
    if (!command_write(&out))
        code = EXIT_TOOL;
    buf_free(&out);
    return code;
}

static bool
take_option(int opt, struct options *o)
{
    switch (opt) {
    case 't':
        o->text = optarg;
        return true;
    case 'q':
        o->quotes = optarg;
        return true;
    case 'i':
        o->issuer = optarg;
        return text_utf8_valid(bytes_str(optarg)) == strlen(optarg);
    case 'o':
        o->out = optarg;
        return true;
    case 'a':
        o->all = true;
        return true;
    default:
        return false;
    }
}

static int
run_bind(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"text", required_argument, NULL, 't'},
        {"quotes", required_argument, NULL, 'q'},
        {"issuer", required_argument, NULL, 'i'},
        {"out", required_argument, NULL, 'o'},
        {"all", no_argument, NULL, 'a'},
        {0}};
    struct options o = {.text = NULL};
    struct work w = {.found = 0};
    int opt, code;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_option(opt, &o))
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
    }
    if (o.text == NULL || optind != argc)
        return command_usage(c, "%s",
                             command_say(c, "要 --text FILE：持有的标准文本",
                                         "--text FILE is wanted: the text of "
                                         "the standard that you hold"));
    if (!command_ledger(c))
        return EXIT_USAGE;
    code = bind_text(c, &o, &w);
    binding_free(w.quotes);
    sentences_free(&w.s);
    buf_free(&w.utf8);
    free(w.bound);
    free(w.covered);
    return code;
}

const struct command command_bind = {
    .name = "bind",
    .synopsis = "--text FILE [--quotes F] [--issuer NAME] [--out F] [--all]",
    .zh = "用自己持有的标准文本为要求填条款号",
    .en = "fill clause numbers from your own copy of the standard",
    .help_zh =
        "  --text FILE     标准文本（UTF-8 或 GB 18030 纯文本）\n"
        "  --quotes F      哪项要求对应哪个句子（按 SM3 摘要）：绑定文件，条款可为 "
        "null\n"
        "  --out F         写绑定文件（只有摘要和条款号，没有原文），供 report "
        "--binding 使用\n"
        "  --issuer NAME   由谁负责，写入绑定文件\n"
        "  --all           也列出已覆盖的句子和含“能”的句子\n\n"
        "列出含“应、不应、不得、宜、不宜、可”而没有要求覆盖的句子及其摘要。\n"
        "退出码：0 都已覆盖，1 有未覆盖的“应”句或找不到的句子，6 没有一项绑定。\n",
    .help_en =
        "  --text FILE     the standard as plain text (UTF-8 or GB 18030)\n"
        "  --quotes F      which requirement is which sentence, by SM3 digest: "
        "a binding\n                  whose clauses may be null\n"
        "  --out F         write a binding (digests and clause numbers, no "
        "text) for\n                  report --binding\n"
        "  --issuer NAME   who answers for it, for the binding\n"
        "  --all           list covered sentences and those with 能 too\n\n"
        "Lists the sentences with 应, 不应, 不得, 宜, 不宜 or 可 that no requirement "
        "covers,\nwith their digests. Exit status: 0 all covered, 1 a sentence "
        "of level shall is not\nor one was not found, 6 nothing was bound.\n",
    .run = run_bind,
};
