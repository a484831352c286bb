/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/corpus.h"
#include "conformance/verdict/fault.h"

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define NAME_BYTES 256

/* A place in a document. */
struct place {
    uint32_t parent; /* node */
    uint32_t key;    /* node of the member's key, or 0 */
    uint32_t value;  /* node; unset when !found */
    bool found;
    char name[NAME_BYTES]; /* last part of the pointer */
    size_t name_len;
};

struct work {
    struct buf text; /* the document so far */
    struct buf next;
    struct tape tape;
    struct json_reader reader;
    struct err *err;
};

/* The next part of *pointer, unescaped, into ${p}. */
static bool
next_part(struct bytes *pointer, struct place *p)
{
    size_t i = 1;

    p->name_len = 0;
    if (pointer->len == 0 || pointer->data[0] != '/')
        return false;
    for (; i < pointer->len && pointer->data[i] != '/'; i++) {
        char c = pointer->data[i];

        if (c == '~' && i + 1 < pointer->len)
            c = pointer->data[++i] == '0' ? '~' : '/';
        if (p->name_len + 1 >= NAME_BYTES)
            return false;
        p->name[p->name_len++] = c;
    }
    *pointer = bytes_from(*pointer, i);
    return true;
}

/* Step from the value at ${at} by p->name; false when it is not there. */
static bool
step(const struct tape *t, uint32_t at, struct place *p)
{
    struct bytes name = bytes_of(p->name, p->name_len);
    uint64_t index;
    uint32_t i;

    p->parent = at;
    p->key = 0;
    if (t->node[at].type == TAPE_OBJECT) {
        p->value = tape_get(t, at, name);
        p->key = p->value ? p->value - 1 : 0;
        return p->value != 0;
    }
    if (t->node[at].type != TAPE_ARRAY ||
        !bytes_to_u64(name, UINT32_MAX, &index) || index >= t->node[at].hash)
        return false;
    for (i = at + 1; index > 0; index--)
        i = t->node[i].next;
    p->value = i;
    return true;
}

static enum err_code
find(struct work *w, const char *text, struct place *p)
{
    struct bytes pointer = bytes_str(text);
    enum err_code code =
        json_read(&w->reader, buf_view(&w->text), &w->tape, w->err);
    uint32_t at = 0;

    if (code != ERR_OK)
        return code;
    *p = (struct place){0};
    while (pointer.len > 0 && next_part(&pointer, p)) {
        p->found = step(&w->tape, at, p);
        if (!p->found)
            break;
        at = p->value;
    }
    if (p->name_len == 0 || pointer.len > 0)
        return err_set(w->err, ERR_NOT_FOUND, text, "no such place");
    return ERR_OK;
}

/* Bytes of the value at ${i}: with the quotes of a string. */
static void
extent(const struct tape *t, uint32_t i, size_t *start, size_t *end)
{
    const struct tape_node *n = &t->node[i];
    size_t quote = n->type == TAPE_STRING || n->type == TAPE_KEY;

    *start = n->offset - quote;
    *end = n->offset + (size_t)n->length + quote;
}

/* The text with [start, end) replaced by ${with}. */
static void
splice(struct work *w, size_t start, size_t end, struct bytes with)
{
    struct buf swap;

    buf_reset(&w->next);
    buf_add(&w->next, w->text.data, start);
    buf_bytes(&w->next, with);
    buf_add(&w->next, w->text.data + end, w->text.len - end);
    swap = w->text;
    w->text = w->next;
    w->next = swap;
}

static enum err_code
do_remove(struct work *w, const char *pointer)
{
    struct place p;
    enum err_code code = find(w, pointer, &p);
    size_t start, end, skip;

    if (code != ERR_OK)
        return code;
    if (!p.found)
        return err_set(w->err, ERR_NOT_FOUND, pointer, "no such place");
    extent(&w->tape, p.value, &skip, &end);
    start = skip;
    if (p.key != 0)
        extent(&w->tape, p.key, &start, &skip);
    while (end < w->text.len && strchr(" \n", w->text.data[end]))
        end++;
    if (w->text.data[end] == ',') {
        end++;
    } else {
        while (start > 0 && strchr(" \n", w->text.data[start - 1]))
            start--;
        if (start > 0 && w->text.data[start - 1] == ',')
            start--;
    }
    splice(w, start, end, BYTES(""));
    return ERR_OK;
}

/* Replace the value, or add it as the last member or element. */
static enum err_code
do_set(struct work *w, const char *pointer, struct bytes json)
{
    struct place p;
    struct buf b = {0};
    enum err_code code = find(w, pointer, &p);
    const struct tape_node *n;
    size_t start, end;

    if (code != ERR_OK)
        return code;
    if (p.found) {
        extent(&w->tape, p.value, &start, &end);
        splice(w, start, end, json);
        return ERR_OK;
    }
    n = &w->tape.node[p.parent];
    if (n->type != TAPE_OBJECT && n->type != TAPE_ARRAY)
        return err_set(w->err, ERR_NOT_FOUND, pointer, "no such place");
    buf_str(&b, n->hash > 0 ? "," : "");
    if (n->type == TAPE_OBJECT) {
        json_put_string(&b, bytes_of(p.name, p.name_len));
        buf_char(&b, ':');
    }
    buf_bytes(&b, json);
    end = n->offset + (size_t)n->length - 1;
    splice(w, end, end, buf_view(&b));
    code = buf_ok(&b) ? ERR_OK : ERR_NOMEM;
    buf_free(&b);
    return code;
}

static enum err_code
do_fill(struct work *w, const struct corpus_patch *c)
{
    struct buf b = {0};
    enum err_code code;

    buf_char(&b, '"');
    for (unsigned i = 0; i < c->count && b.len < CORPUS_TEXT_MAX; i++)
        buf_str(&b, c->fill);
    buf_char(&b, '"');
    code = do_set(w, c->set, buf_view(&b));
    buf_free(&b);
    return code;
}

/* ${count} more copies of an array's element, behind it. */
static enum err_code
do_copy(struct work *w, const struct corpus_patch *c)
{
    struct place p;
    struct buf b = {0};
    enum err_code code = find(w, c->copy, &p);
    size_t start, end;

    if (code != ERR_OK)
        return code;
    if (!p.found)
        return err_set(w->err, ERR_NOT_FOUND, c->copy, "no such place");
    extent(&w->tape, p.value, &start, &end);
    for (unsigned i = 0; i < c->count && b.len < CORPUS_TEXT_MAX; i++) {
        buf_char(&b, ',');
        buf_add(&b, w->text.data + start, end - start);
    }
    splice(w, end, end, buf_view(&b));
    code = buf_ok(&b) ? ERR_OK : ERR_NOMEM;
    buf_free(&b);
    return code;
}

/* The first occurrence of a text becomes another text or bytes. */
static enum err_code
do_find(struct work *w, const struct corpus_patch *c)
{
    struct bytes want = bytes_str(c->find), put = bytes_str(c->put);
    uint8_t raw[64];

    if (c->put_hex != NULL) {
        size_t n = strlen(c->put_hex) / 2;

        if (n > sizeof raw || !text_unhex(bytes_str(c->put_hex), raw, n))
            return err_set(w->err, ERR_SYNTAX, c->put_hex, "is no hex text");
        put = bytes_of((const char *)raw, n);
    }
    for (size_t i = 0; i + want.len <= w->text.len; i++) {
        if (memcmp(w->text.data + i, want.data, want.len) == 0) {
            splice(w, i, i + want.len, put);
            return ERR_OK;
        }
    }
    return err_set(w->err, ERR_NOT_FOUND, c->find, "text not found");
}

static enum err_code
apply(struct work *w, const struct corpus_patch *p)
{
    if (p->remove != NULL)
        return do_remove(w, p->remove);
    if (p->set != NULL && p->json != NULL)
        return do_set(w, p->set, bytes_str(p->json));
    if (p->set != NULL && p->fill != NULL)
        return do_fill(w, p);
    if (p->copy != NULL)
        return do_copy(w, p);
    if (p->find != NULL && p->find[0] != '\0')
        return do_find(w, p);
    if (p->append != NULL) {
        buf_str(&w->text, p->append);
        return ERR_OK;
    }
    if (p->cut > 0 && p->cut <= w->text.len) {
        buf_cut(&w->text, w->text.len - p->cut);
        return ERR_OK;
    }
    return err_set(w->err, ERR_ARG, NULL, "a patch changes nothing");
}

enum err_code
corpus_apply(struct buf *text, const struct corpus_patch *patch, size_t n,
             struct err *err)
{
    struct work w = {.err = err, .text = *text};
    enum err_code code = ERR_OK;

    json_reader_init(&w.reader, JSON_STRICT, NULL);
    for (size_t i = 0; i < n && code == ERR_OK; i++)
        code = apply(&w, &patch[i]);
    if (code == ERR_OK && (!buf_ok(&w.text) || !buf_ok(&w.next)))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    *text = w.text;
    buf_free(&w.next);
    tape_free(&w.tape);
    json_reader_free(&w.reader);
    return code;
}

enum err_code
corpus_text(const struct corpus_case *c, struct buf *out, struct err *err)
{
    buf_reset(out);
    buf_bytes(out, c->base->text);
    if (!buf_ok(out))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    return fault_on("patch-skipped")
               ? ERR_OK
               : corpus_apply(out, c->patch, c->patches, err);
}
