/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

#define PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define PATH_BYTES     1024
#define FILE_BYTES_MAX ((size_t)64 << 20)
#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://in-toto.io/attestation/test-result/v0.1"

static const struct {
    const char *word, *file;
    const char *subject[3]; /* NULL-ended unless full */
} roles[SIGN_AS_COUNT] = {
    [SIGN_TESTER] = {"tester",
                     "attestation.json",
                     {EVIDENCE_SEAL, "report.json", NULL}},
    [SIGN_REVIEWER] = {"reviewer",
                       "review.json",
                       {EVIDENCE_SEAL, "report.json", "attestation.json"}},
};

const char *
sign_file(enum sign_as as)
{
    return roles[as].file;
}

const char *
sign_word(enum sign_as as)
{
    return roles[as].word;
}

bool
sign_as_of(const char *word, enum sign_as *out)
{
    for (int i = 0; i < SIGN_AS_COUNT; i++) {
        if (strcmp(word, roles[i].word) == 0) {
            *out = (enum sign_as)i;
            return true;
        }
    }
    return false;
}

static enum err_code
slurp(const char *dir, const char *name, struct buf *out, struct err *err)
{
    char path[PATH_BYTES];
    enum err_code code = ERR_OK;
    ssize_t n = 1;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_errno(err, path, "open");
    while (n != 0 && code == ERR_OK) {
        if (out->len > FILE_BYTES_MAX || !buf_reserve(out, 65536)) {
            code = err_set(err, ERR_LIMIT, path, "too long");
            break;
        }
        n = read(fd, out->data + out->len, 65536);
        if (n > 0)
            out->len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            code = err_errno(err, path, "read");
    }
    (void)close(fd);
    return code;
}

/* ---- the statement */

static enum err_code
write_subject(const char *dir, const char *name, struct json_writer *w,
              struct err *err)
{
    static const enum digest_alg algs[] = {DIGEST_SHA256, DIGEST_SM3};
    struct buf text = {0};
    char hex[2][DIGEST_HEX_MAX] = {"", ""};
    enum err_code code = slurp(dir, name, &text, err);

    for (size_t i = 0; i < 2 && code == ERR_OK; i++)
        code = digest_hex(algs[i], buf_view(&text), hex[i], err);
    buf_free(&text);
    json_object(w);
    json_key(w, "name");
    json_cstr(w, name);
    json_key(w, "digest");
    json_object(w);
    for (size_t i = 0; i < 2; i++) {
        json_key(w, digest_text(algs[i]));
        json_cstr(w, hex[i]);
    }
    json_end_object(w);
    json_end_object(w);
    return code;
}

/* The statement about what lies in ${dir} now. */
static enum err_code
write_statement(const char *dir, enum sign_as as,
                const struct sign_about *about, struct buf *out,
                struct err *err)
{
    struct json_writer w;
    enum err_code code = ERR_OK;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "_type");
    json_cstr(&w, STATEMENT_TYPE);
    json_key(&w, "subject");
    json_array(&w);
    for (size_t i = 0; i < 3 && roles[as].subject[i] && code == ERR_OK; i++)
        code = write_subject(dir, roles[as].subject[i], &w, err);
    json_end_array(&w);
    json_key(&w, "predicateType");
    json_cstr(&w, PREDICATE_TYPE);
    json_key(&w, "predicate");
    json_object(&w);
    json_key(&w, "result");
    json_cstr(&w, about->result);
    json_key(&w, "configuration");
    json_raw(&w, about->configuration);
    json_key(&w, "signedAs");
    json_cstr(&w, roles[as].word);
    json_end_object(&w);
    json_end_object(&w);
    if (code == ERR_OK && !buf_ok(out))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    return code;
}

/* DSSE 1.0: what is signed is type and body with their lengths. */
static void
pre_encode(struct bytes body, struct buf *out)
{
    buf_printf(out, "DSSEv1 %zu %s %zu ", sizeof PAYLOAD_TYPE - 1, PAYLOAD_TYPE,
               body.len);
    buf_bytes(out, body);
}

/* ---- the envelope */

struct signature {
    struct bytes id, value;
};

static void
write_envelope(struct bytes body, const struct signature *s, size_t count,
               struct buf *out)
{
    buf_str(out, "{\"payload\":\"");
    text_base64(out, body);
    buf_str(out, "\",\"payloadType\":\"" PAYLOAD_TYPE "\",\"signatures\":[");
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i > 0 ? ",{\"keyid\":" : "{\"keyid\":");
        json_put_string(out, s[i].id);
        buf_str(out, ",\"sig\":\"");
        text_base64(out, s[i].value);
        buf_str(out, "\"}");
    }
    buf_str(out, "]}\n");
}

static enum err_code
store(const char *dir, const char *name, struct bytes text, struct err *err)
{
    char path[PATH_BYTES];
    enum err_code code = ERR_OK;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_EXISTS, path, "is there already");
    if (fd < 0)
        return err_errno(err, path, "create");
    while (text.len > 0 && code == ERR_OK) {
        ssize_t n = write(fd, text.data, text.len);

        if (n > 0)
            text = bytes_from(text, (size_t)n);
        else if (n < 0 && errno != EINTR)
            code = err_errno(err, path, "write");
    }
    if (close(fd) != 0 && code == ERR_OK)
        code = err_errno(err, path, "close");
    if (code != ERR_OK)
        (void)unlink(path);
    return code;
}

enum err_code
sign_run(const char *dir, const struct key *key, size_t keys, enum sign_as as,
         const struct sign_about *about, struct err *err)
{
    struct signature signature[SIGN_KEYS_MAX];
    struct buf body = {0}, signed_text = {0}, out = {0};
    struct buf value[SIGN_KEYS_MAX] = {{0}};
    enum err_code code = ERR_OK;

    if (keys == 0 || keys > SIGN_KEYS_MAX)
        return err_set(err, ERR_LIMIT, NULL, "1 to %d keys", SIGN_KEYS_MAX);
    code = write_statement(dir, as, about, &body, err);
    pre_encode(buf_view(&body), &signed_text);
    if (code == ERR_OK && !buf_ok(&signed_text))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (size_t i = 0; i < keys && code == ERR_OK; i++) {
        code = key_sign(&key[i], buf_view(&signed_text), &value[i], err);
        signature[i] =
            (struct signature){bytes_str(key[i].id), buf_view(&value[i])};
    }
    if (code == ERR_OK) {
        write_envelope(buf_view(&body), signature, keys, &out);
        code = buf_ok(&out) ? store(dir, roles[as].file, buf_view(&out), err)
                            : err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    for (size_t i = 0; i < keys; i++)
        buf_free(&value[i]);
    buf_free(&body);
    buf_free(&signed_text);
    buf_free(&out);
    return code;
}

/* ---- checking */

struct opened {
    struct buf body;
    struct buf id[SIGN_KEYS_MAX], value[SIGN_KEYS_MAX];
    size_t count;
};

/* A string member as text, or decoded from base64. */
static bool
take(const struct tape *t, uint32_t at, const char *name, bool base64,
     struct buf *out)
{
    uint32_t i = tape_get(t, at, bytes_str(name));

    if (i == 0 || t->node[i].type != TAPE_STRING)
        return false;
    if (base64)
        return text_unbase64(out, tape_raw(t, &t->node[i])) == ERR_OK;
    buf_bytes(out, tape_raw(t, &t->node[i]));
    return true;
}

static bool
take_signatures(const struct tape *t, struct opened *o)
{
    uint32_t list = tape_get(t, 0, BYTES("signatures"));
    uint32_t i;

    if (list == 0 || t->node[list].type != TAPE_ARRAY ||
        t->node[list].hash == 0 || t->node[list].hash > SIGN_KEYS_MAX)
        return false;
    for (i = list + 1; o->count < t->node[list].hash; i = t->node[i].next) {
        if (t->node[i].type != TAPE_OBJECT ||
            !take(t, i, "keyid", false, &o->id[o->count]) ||
            !take(t, i, "sig", true, &o->value[o->count]))
            return false;
        o->count++;
    }
    return true;
}

/* Read an envelope; only the very bytes that we would write are one of ours, so
 * that no byte of it is without meaning. */
static bool
open_envelope(struct bytes text, struct opened *o)
{
    const struct json_limits limits = {.depth = 8,
                                       .keys = 64,
                                       .string_bytes = 1 << 20,
                                       .nodes = 256,
                                       .bytes = 1 << 21};
    struct signature signature[SIGN_KEYS_MAX];
    struct json_reader reader;
    struct tape t = {0};
    struct buf again = {0};
    bool ok;

    json_reader_init(&reader, JSON_STRICT, &limits);
    ok = json_read(&reader, text, &t, NULL) == ERR_OK &&
         t.node[0].type == TAPE_OBJECT &&
         take(&t, 0, "payload", true, &o->body) && take_signatures(&t, o);
    tape_free(&t);
    json_reader_free(&reader);
    for (size_t i = 0; ok && i < o->count; i++)
        signature[i] =
            (struct signature){buf_view(&o->id[i]), buf_view(&o->value[i])};
    if (ok)
        write_envelope(buf_view(&o->body), signature, o->count, &again);
    ok = ok && buf_ok(&again) && bytes_eq(buf_view(&again), text);
    buf_free(&again);
    return ok;
}

static void
opened_free(struct opened *o)
{
    buf_free(&o->body);
    for (size_t i = 0; i < SIGN_KEYS_MAX; i++) {
        buf_free(&o->id[i]);
        buf_free(&o->value[i]);
    }
}

/* The signatures of one envelope against the keys; NULL or what is wrong. */
static const char *
check_signatures(const struct opened *o, const struct key *key, size_t keys,
                 enum sign_as as, struct sign_result *out)
{
    struct buf signed_text = {0};
    const char *why = NULL;

    pre_encode(buf_view(&o->body), &signed_text);
    if (!buf_ok(&signed_text))
        why = "out of memory";
    for (size_t i = 0; i < o->count && why == NULL; i++) {
        struct sign_seen *seen = &out->seen[out->count++];

        *seen = (struct sign_seen){.as = as};
        if (o->id[i].len != KEY_ID_SIZE - 1) {
            why = "names no key";
            break;
        }
        memcpy(seen->id, o->id[i].data, KEY_ID_SIZE - 1);
        for (size_t k = 0; k < keys && why == NULL; k++) {
            if (strcmp(key[k].id, seen->id) != 0)
                continue;
            seen->key = &key[k];
            if (!key_holds(&key[k], buf_view(&signed_text),
                           buf_view(&o->value[i])))
                why = "is not signed with the key that it names";
        }
    }
    buf_free(&signed_text);
    return why;
}

/* A statement that is signed and does not fit: what it is about was altered.
 * Seal and report were looked at before, so that of the reviewer tells on the
 * tester's envelope. */
static enum sign_as
altered(enum sign_as as, const struct sign_result *out)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->seen[i].as == as && out->seen[i].key != NULL)
            return SIGN_TESTER;
    }
    return as;
}

/* One envelope; ERR_NOT_FOUND when it is not there. */
static enum err_code
check_envelope(const char *dir, enum sign_as as, const struct key *key,
               size_t keys, const struct sign_about *about,
               struct sign_result *out, struct err *err)
{
    struct buf text = {0}, want = {0};
    struct opened o = {0};
    enum err_code code = slurp(dir, roles[as].file, &text, err);
    enum sign_as at = as;
    const char *why = NULL;

    if (code == ERR_OK && !open_envelope(buf_view(&text), &o))
        why = "is no signed envelope of ours";
    else if (code == ERR_OK)
        why = check_signatures(&o, key, keys, as, out);
    if (code == ERR_OK && why == NULL) {
        code = write_statement(dir, as, about, &want, err);
        if (code == ERR_OK && !bytes_eq(buf_view(&want), buf_view(&o.body))) {
            why = "does not fit what was signed";
            at = altered(as, out);
        }
    }
    if (why != NULL) {
        out->file = roles[at].file;
        out->why = why;
        code = err_set(err, ERR_AUTH, roles[at].file, "%s", why);
    }
    opened_free(&o);
    buf_free(&text);
    buf_free(&want);
    return code;
}

/* Every given key has a signature; else who relies on it would not notice that
 * it was taken off. */
static enum err_code
check_keys(const struct key *key, size_t keys, struct sign_result *out,
           struct err *err)
{
    for (size_t k = 0; k < keys; k++) {
        enum sign_as as = SIGN_TESTER;
        bool used = false;

        /* where a signature names a key that nobody gave, it is that one */
        for (size_t i = out->count; i-- > 0;) {
            used |= out->seen[i].key == &key[k];
            if (out->seen[i].key == NULL)
                as = out->seen[i].as;
        }
        if (used)
            continue;
        out->file = roles[as].file;
        out->why = "has no signature with a key that was given";
        return err_set(err, ERR_AUTH, out->file, "has no signature with key %s",
                       key[k].id);
    }
    return ERR_OK;
}

enum err_code
sign_check(const char *dir, const struct key *key, size_t keys,
           const struct sign_about *about, struct sign_result *out,
           struct err *err)
{
    bool found = false;

    *out = (struct sign_result){0};
    for (int as = 0; as < SIGN_AS_COUNT; as++) {
        enum err_code code =
            check_envelope(dir, (enum sign_as)as, key, keys, about, out, err);

        if (code == ERR_NOT_FOUND)
            continue;
        if (code != ERR_OK)
            return code;
        found = true;
    }
    if (found)
        return check_keys(key, keys, out, err);
    return keys == 0
               ? ERR_OK
               : err_set(err, ERR_NOT_FOUND, dir, "the run is not signed");
}
