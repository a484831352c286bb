/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/verify.h"

#include "conformance/evidence/sign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/json/reader.h"
#include "transport/digest.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)

/* One line of the log. */
struct entry {
    struct bytes text; /* with its newline; borrowed from the log */
    char digest[EVIDENCE_HEX];
    struct bytes prev;             /* as it stands in the line */
    struct bytes path, sha, lines; /* of a "file" event, else empty */
    bool readable;
};

struct work {
    const char *dir;
    int folder;
    struct buf log; /* the event log */
    struct entry *entry;
    size_t count;
    struct verify_result *out;
    struct err *err;
    enum err_code code;
};

const char *
verify_word(enum verify_what w, bool zh)
{
    static const char *const words[][2] = {
        [VERIFY_INTACT] = {"完整，与写入时一致", "intact"},
        [VERIFY_ALTERED] = {"已被改动", "altered"},
        [VERIFY_MISSING] = {"缺失", "missing"},
        [VERIFY_UNLISTED] = {"不属于本次运行", "not part of the run"},
        [VERIFY_UNSEALED] = {"未封存，运行中断",
                             "not sealed: the run was cut short"},
    };

    return words[w][zh ? 0 : 1];
}

static bool
differs(struct work *w, enum verify_what what, struct bytes file, size_t line)
{
    size_t n =
        file.len < sizeof w->out->file - 1 ? file.len : sizeof w->out->file - 1;

    w->out->what = what;
    if (n > 0)
        memcpy(w->out->file, file.data, n);
    w->out->file[n] = '\0';
    w->out->line = line;
    return false;
}

/* The whole of a file below the run; false and NOT_FOUND latched elsewhere. */
static enum err_code
slurp(const struct work *w, const char *name, struct buf *out, struct err *err)
{
    int fd = openat(w->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum err_code code = ERR_OK;
    ssize_t n = 1;

    if (fd < 0)
        return err_errno(err, name, "open");
    while (n != 0 && code == ERR_OK) {
        if (out->len > FILE_BYTES_MAX || !buf_reserve(out, 65536)) {
            code = err_set(err, ERR_LIMIT, name, "too long");
            break;
        }
        n = read(fd, out->data + out->len, 65536);
        if (n > 0)
            out->len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            code = err_errno(err, name, "read");
    }
    (void)close(fd);
    return code;
}

static struct bytes
member(const struct tape *t, const char *name)
{
    uint32_t i = tape_get(t, 0, bytes_str(name));

    return i != 0 && t->node[i].type == TAPE_STRING ? tape_raw(t, &t->node[i])
                                                    : BYTES("");
}

/* What the line says; the texts stay in the log, none of them has escapes. */
static void
read_entry(struct json_reader *reader, struct tape *t, struct entry *e)
{
    struct bytes line = bytes_trim(e->text);

    e->readable = e->text.len > 0 && e->text.data[e->text.len - 1] == '\n' &&
                  json_read(reader, line, t, NULL) == ERR_OK;
    if (!e->readable)
        return;
    e->prev = member(t, "prev");
    if (!bytes_is(member(t, "type"), "file"))
        return;
    e->path = member(t, "path");
    e->sha = member(t, "sha256");
    e->lines = member(t, "lines");
}

static bool
read_log(struct work *w)
{
    const struct json_limits limits = {.depth = 16,
                                       .keys = 4096,
                                       .string_bytes = 64 << 20,
                                       .nodes = TAPE_MAX_NODES,
                                       .bytes = TAPE_MAX_INPUT};
    struct bytes rest = buf_view(&w->log);
    struct json_reader reader;
    struct tape t = {0};
    size_t cap = 0;

    for (size_t i = 0; i < rest.len; i++)
        cap += rest.data[i] == '\n';
    w->entry = calloc(cap + 1, sizeof *w->entry);
    if (w->entry == NULL) {
        w->code = err_set(w->err, ERR_NOMEM, w->dir, "out of memory");
        return false;
    }
    json_reader_init(&reader, JSON_STRICT, &limits);
    for (; rest.len > 0 && w->code == ERR_OK; w->count++) {
        struct entry *e = &w->entry[w->count];
        size_t n = bytes_find(rest, '\n');

        e->text = bytes_upto(rest, n + 1);
        rest = bytes_from(rest, n + 1);
        read_entry(&reader, &t, e);
        w->code = digest_hex(DIGEST_SHA256, e->text, e->digest, w->err);
    }
    tape_free(&t);
    json_reader_free(&reader);
    return w->code == ERR_OK;
}

/* Line i fits the line before it. */
static bool
chained(const struct work *w, size_t i)
{
    return i == 0 ? w->entry[0].prev.len == EVIDENCE_HEX - 1
                  : bytes_is(w->entry[i].prev, w->entry[i - 1].digest);
}

/* A line that does not fit the one before: either of them is altered. It is the
 * later one when what follows does not fit that either. */
static bool
check_chain(struct work *w, const char *head)
{
    static const struct bytes log = {EVIDENCE_EVENTS,
                                     sizeof EVIDENCE_EVENTS - 1};

    for (size_t i = 0; i < w->count; i++) {
        bool last = i + 1 == w->count, next;

        if (!w->entry[i].readable)
            return differs(w, VERIFY_ALTERED, log, i + 1);
        if (chained(w, i))
            continue;
        next = last ? head != NULL && strcmp(head, w->entry[i].digest) == 0
                    : chained(w, i + 1);
        return differs(w, VERIFY_ALTERED, log, next && i > 0 ? i : i + 1);
    }
    return true;
}

static bool
close_to(struct bytes a, struct bytes b)
{
    size_t other = 0;

    for (size_t i = 0; i < a.len && i < b.len; i++)
        other += a.data[i] != b.data[i];
    return a.len != b.len || other <= 8;
}

/* What the seal says, when it has the form of one of ours. */
static bool
read_seal(struct bytes text, uint64_t *events, struct bytes *head)
{
    static const char before[] = "{\"seal\":\"hutong-conform/1\",\"events\":";
    static const char between[] = ",\"head\":\"";
    struct bytes rest = bytes_from(text, sizeof before - 1);
    size_t comma = bytes_find(rest, ',');

    if (!bytes_starts(text, bytes_str(before)) ||
        !bytes_to_u64(bytes_upto(rest, comma), UINT64_MAX, events))
        return false;
    rest = bytes_from(rest, comma);
    if (!bytes_starts(rest, bytes_str(between)))
        return false;
    rest = bytes_from(rest, sizeof between - 1);
    *head = bytes_upto(rest, EVIDENCE_HEX - 1);
    return bytes_is(bytes_from(rest, EVIDENCE_HEX - 1), "\"}\n");
}

/* The seal does not fit a log whose chain holds: which of them was altered, and
 * where. Another last line would have another digest altogether, so a seal that
 * is nearly right is itself what was altered. */
static bool
blame(struct work *w, struct bytes seal, struct bytes want)
{
    struct bytes log = bytes_str(EVIDENCE_EVENTS), head;
    uint64_t events;

    if (!read_seal(seal, &events, &head) ||
        (w->count > 0 && bytes_is(head, w->entry[w->count - 1].digest)) ||
        (events == w->count && close_to(seal, want)))
        return differs(w, VERIFY_ALTERED, bytes_str(EVIDENCE_SEAL), 1);
    if (events > w->count) /* its end is gone */
        return differs(w, VERIFY_ALTERED, log, w->count + 1);
    if (events > 0 && bytes_is(head, w->entry[events - 1].digest))
        return differs(w, VERIFY_ALTERED, log, (size_t)events + 1);
    return differs(w, VERIFY_ALTERED, log, w->count);
}

/* The seal is what this log would get, byte for byte. */
static bool
check_seal(struct work *w)
{
    struct bytes name = bytes_str(EVIDENCE_SEAL);
    const char *head = w->count ? w->entry[w->count - 1].digest : "";
    struct buf seal = {0}, want = {0};
    struct err err = {0};
    bool ok = true, same;

    if (slurp(w, EVIDENCE_SEAL, &seal, &err) != ERR_OK)
        ok = check_chain(w, NULL) && differs(w, VERIFY_UNSEALED, name, 0);
    evidence_seal_text(w->count, head, &want);
    same = ok && bytes_eq(buf_view(&seal), buf_view(&want));
    if (ok)
        ok = check_chain(w, same ? head : NULL);
    if (ok && !same)
        ok = blame(w, buf_view(&seal), buf_view(&want));
    buf_free(&seal);
    buf_free(&want);
    return ok;
}

static bool
check_file(struct work *w, const struct entry *e)
{
    struct buf text = {0}, lines = {0};
    struct err err = {0};
    char name[256], hex[EVIDENCE_HEX];
    size_t i = 0;
    bool ok = true;

    if (e->path.len >= sizeof name)
        return differs(w, VERIFY_MISSING, e->path, 0);
    memcpy(name, e->path.data, e->path.len);
    name[e->path.len] = '\0';
    if (slurp(w, name, &text, &err) != ERR_OK) {
        ok = differs(w, VERIFY_MISSING, e->path, 0);
    } else if ((w->code = digest_hex(DIGEST_SHA256, buf_view(&text), hex,
                                     w->err)) != ERR_OK ||
               (w->code = evidence_lines(buf_view(&text), &lines, w->err)) !=
                   ERR_OK) {
        ok = false;
    } else if (!bytes_is(e->sha, hex)) {
        while (i + 8 <= lines.len && i + 8 <= e->lines.len &&
               memcmp(lines.data + i, e->lines.data + i, 8) == 0)
            i += 8;
        ok = differs(w, VERIFY_ALTERED, e->path, i / 8 + 1);
    }
    buf_free(&text);
    buf_free(&lines);
    return ok;
}

static bool
listed(const struct work *w, struct bytes path)
{
    if (bytes_is(path, EVIDENCE_EVENTS) || bytes_is(path, EVIDENCE_SEAL) ||
        bytes_is(path, sign_file(SIGN_TESTER)) ||
        bytes_is(path, sign_file(SIGN_REVIEWER)))
        return true;
    for (size_t i = 0; i < w->count; i++) {
        if (w->entry[i].path.len > 0 && bytes_eq(w->entry[i].path, path))
            return true;
    }
    return false;
}

/* A folder is of the run when a file below it is. */
static bool
listed_below(const struct work *w, struct bytes folder)
{
    for (size_t i = 0; i < w->count; i++) {
        struct bytes path = w->entry[i].path;

        if (path.len > folder.len && bytes_starts(path, folder) &&
            path.data[folder.len] == '/')
            return true;
    }
    return false;
}

/* Every file in the run and in its folders (one level) is in the log. */
static bool
check_unlisted(struct work *w, const char *below)
{
    int fd = openat(w->folder, below[0] ? below : ".",
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    bool ok = true;

    if (d == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return differs(w, VERIFY_MISSING, bytes_str(below), 0);
    }
    while (ok && (e = readdir(d)) != NULL) {
        char path[600];
        struct stat st;

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s%s%s", below, below[0] ? "/" : "",
                       e->d_name);
        if (fstatat(w->folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode) && below[0] == '\0' &&
            listed_below(w, bytes_str(path)))
            ok = check_unlisted(w, path);
        else if (!listed(w, bytes_str(path)))
            ok = differs(w, VERIFY_UNLISTED, bytes_str(path), 0);
    }
    (void)closedir(d);
    return ok;
}

static void
check_all(struct work *w)
{
    if (!read_log(w) || !check_seal(w))
        return;
    for (size_t i = 0; i < w->count; i++) {
        if (w->entry[i].path.len == 0)
            continue;
        if (!check_file(w, &w->entry[i]))
            return;
        w->out->files++;
    }
    (void)check_unlisted(w, "");
}

enum err_code
verify_run(const char *dir, struct verify_result *out, struct err *err)
{
    struct work w = {.dir = dir, .out = out, .err = err};

    *out = (struct verify_result){.what = VERIFY_INTACT};
    w.folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w.folder < 0)
        return err_errno(err, dir, "open");
    w.code = slurp(&w, EVIDENCE_EVENTS, &w.log, err);
    if (w.code == ERR_OK)
        check_all(&w);
    out->events = w.count;
    free(w.entry);
    buf_free(&w.log);
    (void)close(w.folder);
    return w.code;
}
