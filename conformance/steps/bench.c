/* SPDX-License-Identifier: Apache-2.0 */
/* Making and removing the bench: folder, throw-away CA, token, records. */
#include "conformance/steps/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "conformance/ledger/folder.h"
#include "conformance/wire/ca.h"
#include "formats/base/hash.h"
#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define TOKEN_BYTES 16

static enum err_code
write_file(const struct bench *b, const char *name, struct bytes content,
           struct err *err)
{
    char path[512];
    int fd;
    bool ok;

    (void)snprintf(path, sizeof path, "%s/%s", b->dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, path, "cannot be written");
    ok = write(fd, content.data, content.len) == (ssize_t)content.len;
    ok = close(fd) == 0 && ok;
    return ok ? ERR_OK : err_errno(err, path, "cannot be written");
}

/* A token of the given file, or a throw-away one in the file ${name}. */
static enum err_code
make_token(const struct bench *b, const char *given, const char *name,
           char token[65], struct err *err)
{
    uint8_t raw[TOKEN_BYTES];
    struct buf hex = {0};
    enum err_code code;
    FILE *f;

    if (given != NULL) {
        f = fopen(given, "re");
        if (f == NULL)
            return err_errno(err, given, "cannot be read");
        if (fscanf(f, "%64s", token) != 1)
            token[0] = '\0';
        (void)fclose(f);
        return token[0] ? ERR_OK
                        : err_set(err, ERR_SYNTAX, given, "holds no token");
    }
    if (RAND_bytes(raw, sizeof raw) != 1)
        return err_set(err, ERR_UNSUPPORTED, NULL, "no random numbers");
    text_hex(&hex, raw, sizeof raw);
    (void)snprintf(token, sizeof b->token, "%s", buf_cstr(&hex));
    buf_char(&hex, '\n');
    code = write_file(b, name, buf_view(&hex), err);
    buf_free(&hex);
    return code;
}

static bool
is_kind(const struct standard *s, const char *kind)
{
    for (size_t i = 0; i < std_kind_count(s); i++) {
        if (strcmp(std_kind(s, i), kind) == 0)
            return true;
    }
    return false;
}

/* What a sender under test may take as its records: the valid bases. */
static enum err_code
make_records(const struct bench *b, struct err *err)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf out = {0};
    enum err_code code;

    json_reader_init(&reader, JSON_STRICT, NULL);
    for (size_t i = 0; i < b->run->ledger->bases; i++) {
        const struct corpus_base *base = &b->run->ledger->base[i];

        if (is_kind(b->run->standard, base->kind) &&
            json_read(&reader, base->text, &t, NULL) == ERR_OK) {
            json_put_value(&out, &t, 0);
            buf_char(&out, '\n');
        }
    }
    json_reader_free(&reader);
    tape_free(&t);
    code = buf_ok(&out) ? write_file(b, "records.ndjson", buf_view(&out), err)
                        : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&out);
    return code;
}

/* CURVE keys (RFC 26) of the tester as server and as client. */
static enum err_code
make_curve(const struct bench *b, struct err *err)
{
    static const char *const ends[] = {"server", "client"};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
        char public[41], secret[41], name[64];

        if (zmq_curve_keypair(public, secret) != 0)
            return ERR_OK; /* built without CURVE: its tests will say so */
        (void)snprintf(name, sizeof name, "curve.%s.public", ends[i]);
        code = write_file(b, name, bytes_of(public, 40), err);
        (void)snprintf(name, sizeof name, "curve.%s.secret", ends[i]);
        if (code == ERR_OK)
            code = write_file(b, name, bytes_of(secret, 40), err);
        if (code == ERR_OK && i == 1)
            code = write_file(b, "curve.allow", bytes_of(public, 40), err);
    }
    return code;
}

static enum err_code
make_folder(struct bench *b, struct err *err)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(b->dir, sizeof b->dir, "%.200s/hutong-conform-XXXXXX",
                   tmp && tmp[0] == '/' ? tmp : "/tmp");
    if (mkdtemp(b->dir) == NULL) {
        enum err_code code = err_errno(err, b->dir, "cannot be made");

        b->dir[0] = '\0';
        return code;
    }
    return ERR_OK;
}

static enum err_code
read_target(struct bench *b, struct err *err)
{
    const struct bench_options *o = &b->o;

    if ((o->target == NULL) == (o->exec == NULL))
        return err_set(err, ERR_ARG, NULL,
                       "a product is reached by --target URL or started by "
                       "--exec CMD: one of the two");
    if (o->target != NULL && !wire_url(o->target, &b->target))
        return err_set(err, ERR_ARG, "--target", "is no URL");
    if (o->target != NULL && b->target.port == 0)
        return err_set(err, ERR_ARG, "--target", "wants a port");
    if (o->exec != NULL) {
        bool tls = strstr(o->exec, "{cert}") != NULL;
        const char *scheme = bench_ixit(b, "scheme");

        if (scheme == NULL)
            scheme = strcmp(b->role->scheme, "http") == 0 && tls
                         ? "https"
                         : b->role->scheme;
        (void)snprintf(b->target.scheme, sizeof b->target.scheme, "%s", scheme);
        (void)snprintf(b->target.host, sizeof b->target.host, "127.0.0.1");
        b->keep_store = strstr(o->exec, "{store}") != NULL;
    }
    if ((o->cert == NULL) != (o->key == NULL))
        return err_set(err, ERR_ARG, NULL, "--cert and --key go together");
    for (size_t i = 0; i < o->ixits; i++) {
        if (strchr(o->ixit[i], '=') == NULL)
            return err_set(err, ERR_ARG, "--set", "wants NAME=VALUE");
    }
    return ERR_OK;
}

static unsigned
port_of(struct bench *b)
{
    int fd = b->want_port != 0 ? wire_listen("127.0.0.1", b->want_port) : -1;

    if (fd < 0)
        return bench_port(b);
    (void)close(fd);
    return b->want_port;
}

enum err_code
bench_open(struct bench *b, const char *role, struct err *err)
{
    struct timespec now;
    enum err_code code;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    b->wall_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    b->seed = b->o.seed ? b->o.seed : (uint64_t)b->wall_ns;
    ports_init(&b->ports, hash_mix((uint64_t)b->wall_ns, HASH_K1));
    b->wait_ms = BENCH_WAIT_CEIL;
    b->o.jobs = b->o.jobs ? b->o.jobs : 8;
    b->o.repeats = b->o.repeats ? b->o.repeats : 3;
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->changed, NULL);
    b->role = role_find(role);
    if (b->role == NULL)
        return err_set(err, ERR_NOT_FOUND, "--role", "no role '%s'", role);
    code = b->role->shape == ROLE_MANY ? ERR_OK : read_target(b, err);
    if (code == ERR_OK)
        code = make_folder(b, err);
    if (code == ERR_OK)
        code = ca_make(b->dir, err);
    if (code == ERR_OK)
        code = make_token(b, b->o.token_file, "token", b->token, err);
    if (code == ERR_OK)
        code = make_token(b, b->o.limited_token_file, "limited_token",
                          b->limited, err);
    if (code == ERR_OK)
        code = make_records(b, err);
    if (code == ERR_OK)
        code = make_curve(b, err);
    if (code == ERR_OK && b->o.exec != NULL)
        b->target.port = port_of(b);
    return code;
}

void
bench_close(struct bench *b)
{
    if (b->product.pid != 0)
        product_end(&b->product);
    if (b->dir[0] != '\0')
        folder_remove(b->dir);
    b->dir[0] = '\0';
    ports_free(&b->ports);
    buf_free(&b->content);
    arena_free(&b->words);
    free(b->slot);
    b->slot = NULL;
    (void)pthread_mutex_destroy(&b->lock);
    (void)pthread_cond_destroy(&b->changed);
}
