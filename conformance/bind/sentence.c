/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/bind/sentence.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/text.h"
#include "transport/digest.h"

#define LEVELS_MAX 6  /* of a clause number */
#define TITLE_MAX  60 /* bytes of a clause's title */

static const struct {
    const char *text, *zh, *en;
} words[WORD_COUNT] = {
    [WORD_NONE] = {"", "", ""},
    [WORD_MUST_NOT] = {"不得", "应", "shall"},
    [WORD_SHALL_NOT] = {"不应", "应", "shall"},
    [WORD_SHALL] = {"应", "应", "shall"},
    [WORD_SHOULD_NOT] = {"不宜", "宜", "should"},
    [WORD_SHOULD] = {"宜", "宜", "should"},
    [WORD_MAY] = {"可", "可", "may"},
    [WORD_CAN] = {"能", "能", "can"},
};

const char *
sentence_word_text(enum sentence_word w)
{
    return words[w].text;
}

const char *
sentence_level(enum sentence_word w, bool zh)
{
    return zh ? words[w].zh : words[w].en;
}

/* ---- modal words */

/* Words in which the characters mean something else. */
static const char *const compounds[] = {
    "应用", "应急", "应答", "响应", "对应", "相应", "适应", "供应", "反应",
    "效应", "应对", "感应", "回应", "可靠", "可用", "可信", "可视", "可见",
    "可控", "可读", "可能", "可编", "可移", "可扩", "许可", "认可", "不可",
    "功能", "性能", "能力", "智能", "能源", "节能", "能量", "能级", "职能",
    "效能", "能耗", "适宜", "便宜", "事宜", "宜居"};

static bool
at_text(struct bytes all, size_t i, const char *text)
{
    return bytes_starts(bytes_from(all, i), bytes_str(text));
}

/* One of the compounds covers byte ${i} to ${i} + 3. */
static bool
is_compound(struct bytes all, size_t i)
{
    for (size_t k = 0; k < sizeof compounds / sizeof compounds[0]; k++) {
        if (at_text(all, i, compounds[k]) ||
            (i >= 3 && at_text(all, i - 3, compounds[k])))
            return true;
    }
    return false;
}

static bool
has_word(struct bytes all, enum sentence_word w)
{
    size_t n = strlen(words[w].text);

    for (size_t i = 0; i + n <= all.len; i++) {
        if (at_text(all, i, words[w].text) && !is_compound(all, i + n - 3))
            return true;
    }
    return false;
}

enum sentence_word
sentence_word(struct bytes normalised)
{
    for (int w = WORD_MUST_NOT; w < WORD_COUNT; w++) {
        if (has_word(normalised, (enum sentence_word)w))
            return (enum sentence_word)w;
    }
    return WORD_NONE;
}

/* ---- normal form */

static bool
is_ascii_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* Bytes of the list marker in front: "a)", "12)", "—", "--". */
static size_t
marker(struct bytes b)
{
    size_t i = 0;

    while (at_text(b, i, "—") || at_text(b, i, "–") || at_text(b, i, "-") ||
           at_text(b, i, "•"))
        i += b.data[i] == '-' ? 1 : 3;
    if (i > 0)
        return i;
    while (i < b.len && i < 2 && is_ascii_alnum(b.data[i]))
        i++;
    return i > 0 && i < b.len && b.data[i] == ')' ? i + 1 : 0;
}

static size_t
ending(struct bytes b)
{
    static const char *const marks[] = {"。", "；", "：", "，", "、", ";",
                                        ":",  ",",  ".",  "!",  "?"};

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t n = strlen(marks[i]);

        if (b.len >= n && at_text(b, b.len - n, marks[i]))
            return n;
    }
    return 0;
}

void
sentence_normalise(struct bytes raw, struct buf *out)
{
    struct buf flat = {0};
    struct bytes b;
    size_t n;

    for (size_t i = 0; i < raw.len; i += n) {
        const unsigned char *p = (const unsigned char *)raw.data + i;

        n = text_utf8_char(raw.data + i, raw.len - i);
        if (n == 0)
            n = 1;
        if ((n == 1 && (*p <= ' ' || *p == 0x7F)) ||
            at_text(raw, i, "\u3000") || at_text(raw, i, "\u00A0") ||
            at_text(raw, i, "\uFEFF"))
            continue;
        if (n == 3 && p[0] == 0xEF && (p[1] == 0xBC || p[1] == 0xBD)) {
            unsigned c = ((p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu)) + 0xF000u;

            if (c >= 0xFF01 && c <= 0xFF5E) {
                buf_char(&flat, (char)(c - 0xFF01 + '!'));
                continue;
            }
        }
        if (at_text(raw, i, "“") || at_text(raw, i, "”"))
            buf_char(&flat, '"');
        else if (at_text(raw, i, "‘") || at_text(raw, i, "’"))
            buf_char(&flat, '\'');
        else
            buf_add(&flat, raw.data + i, n);
    }
    b = buf_view(&flat);
    b = bytes_from(b, marker(b));
    while ((n = ending(b)) > 0)
        b.len -= n;
    buf_bytes(out, b);
    out->failed |= !buf_ok(&flat);
    buf_free(&flat);
}

/* ---- clauses */

struct number {
    unsigned part[LEVELS_MAX];
    size_t count;
    bool annex; /* part[0] is a letter, from 1 */
};

struct reader {
    struct sentences *s;
    struct number now;
    struct buf raw; /* of the sentence being collected */
    unsigned line, began;
    struct err *err;
    enum err_code code;
};

/* "5.2.1" or "A.3" in front of ${b}; bytes read, 0 when there is none. */
static size_t
read_number(struct bytes b, struct number *out)
{
    struct number n = {.count = 0};
    size_t i = 0;

    if (b.len > 1 && b.data[0] >= 'A' && b.data[0] <= 'Z' && b.data[1] == '.') {
        n.annex = true;
        n.part[n.count++] = (unsigned)(b.data[0] - 'A' + 1);
        i = 2;
    }
    while (n.count < LEVELS_MAX) {
        unsigned v = 0;
        size_t digits = 0;

        while (i < b.len && b.data[i] >= '0' && b.data[i] <= '9' &&
               digits < 3) {
            v = v * 10 + (unsigned)(b.data[i++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 2 || v == 0)
            return 0;
        n.part[n.count++] = v;
        if (i >= b.len || b.data[i] != '.')
            break;
        i++;
    }
    *out = n;
    return i;
}

/* A number that can follow where the reader is: deeper, or a later one. A
 * single number is one only before a short title, when no sentence is open: a
 * line can begin with "10 个" as well. */
static bool
follows(const struct number *now, const struct number *n, bool title)
{
    size_t k = 0;

    if (n->annex != now->annex)
        return n->annex || now->count == 0;
    while (k < now->count && k < n->count && now->part[k] == n->part[k])
        k++;
    if (k == n->count)
        return false;
    if (k == now->count)
        return n->count > 1 || title;
    return n->part[k] > now->part[k] && (n->count > 1 || title);
}

static void
put_number(const struct number *n, char out[SENTENCE_CLAUSE_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n->count && len + 8 < SENTENCE_CLAUSE_MAX; i++)
        len += (size_t)(i == 0 && n->annex
                            ? snprintf(out + len, SENTENCE_CLAUSE_MAX - len,
                                       "%c", (char)('A' + n->part[0] - 1))
                            : snprintf(out + len, SENTENCE_CLAUSE_MAX - len,
                                       "%s%u", i > 0 ? "." : "", n->part[i]));
}

static size_t
blank(struct bytes b)
{
    size_t i = 0;

    for (;;) {
        if (i < b.len && (b.data[i] == ' ' || b.data[i] == '\t'))
            i++;
        else if (at_text(b, i, "\u3000"))
            i += 3;
        else
            return i;
    }
}

/* Bytes of a heading's number at the start of a line, the reader moved there. */
static size_t
take_heading(struct reader *r, struct bytes line)
{
    struct bytes title;
    struct number n;
    size_t used, after;

    if (at_text(line, 0, "附录")) {
        size_t i = 6 + blank(bytes_from(line, 6));

        if (i >= line.len || line.data[i] < 'A' || line.data[i] > 'Z')
            return 0;
        r->now = (struct number){.part = {(unsigned)(line.data[i] - 'A' + 1)},
                                 .count = 1,
                                 .annex = true};
        return i + 1;
    }
    used = read_number(line, &n);
    after = blank(bytes_from(line, used));
    title = bytes_from(line, used + after);
    /* a number alone on its line, or apart from its title */
    if (used == 0 || (used < line.len && after == 0) ||
        !follows(&r->now, &n,
                 r->raw.len == 0 && title.len < TITLE_MAX &&
                     ending(title) == 0))
        return 0;
    r->now = n;
    return used + after;
}

/* "5.2 Title ........ 7" */
static bool
is_contents(struct bytes line)
{
    bool dots = false;

    for (size_t i = 0; i < line.len; i++)
        dots |= at_text(line, i, "....") || at_text(line, i, "……");
    return dots && line.data[line.len - 1] >= '0' &&
           line.data[line.len - 1] <= '9';
}

/* ---- sentences */

static void
finish(struct reader *r)
{
    struct sentences *s = r->s;
    struct buf text = {0};
    struct sentence *e;

    sentence_normalise(text_utf8_cut(buf_view(&r->raw), SENTENCE_MAX), &text);
    buf_reset(&r->raw);
    if (text.len == 0 || r->code != ERR_OK) {
        buf_free(&text);
        return;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 256;
        struct sentence *grown = realloc(s->item, cap * sizeof *grown);

        if (grown == NULL) {
            r->code = err_set(r->err, ERR_NOMEM, NULL, "out of memory");
            buf_free(&text);
            return;
        }
        s->item = grown;
        s->cap = cap;
    }
    e = &s->item[s->count];
    *e = (struct sentence){.line = r->began,
                           .word = sentence_word(buf_view(&text))};
    e->text = bytes_of(arena_str(&s->arena, buf_view(&text)), text.len);
    put_number(&r->now, e->clause);
    r->code = digest_hex(DIGEST_SM3, buf_view(&text), e->sm3, r->err);
    if (r->code == ERR_OK && (e->text.data == NULL || !buf_ok(&text)))
        r->code = err_set(r->err, ERR_NOMEM, NULL, "out of memory");
    s->count += r->code == ERR_OK;
    buf_free(&text);
}

static bool
is_end(struct bytes b, size_t i)
{
    return at_text(b, i, "。") || at_text(b, i, "；") || at_text(b, i, "！") ||
           at_text(b, i, "？");
}

static void
collect(struct reader *r, struct bytes line)
{
    if (marker(line) > 0)
        finish(r); /* a list item begins */
    for (size_t i = 0; i < line.len && r->code == ERR_OK;) {
        size_t n = text_utf8_char(line.data + i, line.len - i);

        if (r->raw.len == 0)
            r->began = r->line;
        buf_add(&r->raw, line.data + i, n);
        if (is_end(line, i))
            finish(r);
        i += n;
    }
    if (line.len > 0 && (line.data[line.len - 1] == ':' ||
                         (line.len >= 3 && at_text(line, line.len - 3, "："))))
        finish(r);
    if (!buf_ok(&r->raw))
        r->code = err_set(r->err, ERR_NOMEM, NULL, "out of memory");
}

/* As take_heading; what was collected belongs to the clause before. */
static size_t
begin_clause(struct reader *r, struct bytes line)
{
    struct number before = r->now, after;
    size_t n = take_heading(r, line);

    if (n == 0)
        return 0;
    after = r->now;
    r->now = before;
    finish(r);
    r->now = after;
    return n;
}

static void
take_line(struct reader *r, struct bytes line)
{
    size_t n;

    line = bytes_trim(bytes_from(line, blank(line)));
    if (line.len == 0) {
        finish(r);
        return;
    }
    if (is_contents(line))
        return;
    n = begin_clause(r, line);
    collect(r, bytes_from(line, n));
    if (n > 0 && r->raw.len < TITLE_MAX && ending(buf_view(&r->raw)) == 0)
        finish(r); /* a title, not the beginning of a sentence */
}

enum err_code
sentences_read(struct sentences *s, struct bytes text, struct err *err)
{
    struct reader r = {.s = s, .err = err};

    if (text.len > SENTENCE_TEXT_MAX)
        return err_set(err, ERR_LIMIT, NULL, "the text is too long");
    if (text_utf8_valid(text) != text.len)
        return err_set(err, ERR_SYNTAX, NULL, "the text is not UTF-8");
    if (bytes_starts(text, BYTES("\xEF\xBB\xBF")))
        text = bytes_from(text, 3);
    while (text.len > 0 && r.code == ERR_OK) {
        size_t n = bytes_find(text, '\n');

        r.line++;
        take_line(&r, bytes_upto(text, n));
        text = bytes_from(text, n + 1);
    }
    finish(&r);
    buf_free(&r.raw);
    return r.code;
}

void
sentences_free(struct sentences *s)
{
    free(s->item);
    arena_free(&s->arena);
    *s = (struct sentences){0};
}
