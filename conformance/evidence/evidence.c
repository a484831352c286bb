/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/json/writer.h"
#include "transport/digest.h"

#define PATH_BYTES 1024
#define ZERO_HEAD                                                              \
    "0000000000000000000000000000000000000000000000000000000000000000"

static enum err_code
make_folders(const char *dir, struct err *err)
{
    char path[PATH_BYTES];
    size_t n = strlen(dir);

    if (n == 0 || n >= sizeof path)
        return err_set(err, ERR_ARG, dir, "is no usable folder name");
    memcpy(path, dir, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return err_errno(err, path, "mkdir");
        path[i] = '/';
    }
    if (mkdir(dir, 0755) == 0)
        return ERR_OK;
    if (errno == EEXIST)
        return err_set(err, ERR_EXISTS, dir,
                       "exists; a run is never written over another");
    return err_errno(err, dir, "mkdir");
}

enum err_code
evidence_open(struct evidence *e, const char *dir, struct err *err)
{
    enum err_code code;

    *e = (struct evidence){.dir = dir, .folder = -1, .log = -1};
    memcpy(e->head, ZERO_HEAD, sizeof e->head);
    if (dir == NULL)
        return ERR_OK;
    code = make_folders(dir, err);
    if (code != ERR_OK)
        return code;
    e->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (e->folder < 0)
        return err_errno(err, dir, "open");
    e->log = openat(e->folder, EVIDENCE_EVENTS,
                    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (e->log >= 0)
        return ERR_OK;
    code = err_errno(err, EVIDENCE_EVENTS, "create");
    evidence_close(e);
    return code;
}

static enum err_code
write_all(int fd, struct bytes b, const char *name, struct err *err)
{
    while (b.len > 0) {
        ssize_t n = write(fd, b.data, b.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, name, "write");
        b = bytes_from(b, (size_t)n);
    }
    return ERR_OK;
}

enum err_code
evidence_event(struct evidence *e, const char *type, const char *time,
               struct bytes members, struct err *err)
{
    enum err_code code;

    if (e->log < 0)
        return ERR_OK;
    buf_reset(&e->line);
    buf_printf(&e->line,
               "{\"n\":%llu,\"prev\":\"%s\",\"time\":\"%s\",\"type\":\"%s\"",
               (unsigned long long)e->events + 1, e->head, time, type);
    if (members.len > 0) {
        buf_char(&e->line, ',');
        buf_bytes(&e->line, members);
    }
    buf_str(&e->line, "}\n");
    if (!buf_ok(&e->line))
        return err_set(err, ERR_NOMEM, EVIDENCE_EVENTS, "out of memory");
    code = write_all(e->log, buf_view(&e->line), EVIDENCE_EVENTS, err);
    if (code == ERR_OK)
        code = digest_hex(DIGEST_SHA256, buf_view(&e->line), e->head, err);
    if (code == ERR_OK)
        e->events++;
    return code;
}

enum err_code
evidence_lines(struct bytes content, struct buf *out, struct err *err)
{
    while (content.len > 0) {
        size_t n = bytes_find(content, '\n');
        char hex[EVIDENCE_HEX];
        enum err_code code;

        n += n < content.len;
        code = digest_hex(DIGEST_SHA256, bytes_upto(content, n), hex, err);
        if (code != ERR_OK)
            return code;
        buf_add(out, hex, 8);
        content = bytes_from(content, n);
    }
    return buf_ok(out) ? ERR_OK
                       : err_set(err, ERR_NOMEM, NULL, "out of memory");
}

static enum err_code
create_file(const struct evidence *e, const char *path, int *fd,
            struct err *err)
{
    char folder[PATH_BYTES];
    const char *slash = strchr(path, '/');

    if (slash != NULL && (size_t)(slash - path) < sizeof folder) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        if (mkdirat(e->folder, folder, 0755) != 0 && errno != EEXIST)
            return err_errno(err, folder, "mkdir");
    }
    *fd =
        openat(e->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return *fd < 0 ? err_errno(err, path, "create") : ERR_OK;
}

static enum err_code
write_file(const struct evidence *e, const char *path, struct bytes content,
           struct err *err)
{
    int fd = -1;
    enum err_code code = create_file(e, path, &fd, err);

    if (code != ERR_OK)
        return code;
    code = write_all(fd, content, path, err);
    if (close(fd) != 0 && code == ERR_OK)
        code = err_errno(err, path, "close");
    return code;
}

/* The event of a file that is there. */
static enum err_code
log_file(struct evidence *e, const char *path, const char *time,
         struct bytes content, struct err *err)
{
    char hex[EVIDENCE_HEX];
    struct buf b = {0};
    enum err_code code = digest_hex(DIGEST_SHA256, content, hex, err);

    if (code == ERR_OK) {
        buf_str(&b, "\"path\":");
        json_put_string(&b, bytes_str(path));
        buf_printf(&b, ",\"bytes\":%zu,\"sha256\":\"%s\",\"lines\":\"",
                   content.len, hex);
        code = evidence_lines(content, &b, err);
        buf_char(&b, '"');
    }
    if (code == ERR_OK)
        code = buf_ok(&b) ? evidence_event(e, "file", time, buf_view(&b), err)
                          : err_set(err, ERR_NOMEM, path, "out of memory");
    buf_free(&b);
    return code;
}

enum err_code
evidence_file(struct evidence *e, const char *path, const char *time,
              struct bytes content, struct err *err)
{
    enum err_code code;

    if (e->log < 0)
        return ERR_OK;
    code = write_file(e, path, content, err);
    return code == ERR_OK ? log_file(e, path, time, content, err) : code;
}

enum err_code
evidence_create(struct evidence *e, const char *path, int *fd, struct err *err)
{
    *fd = -1;
    return e->log < 0 ? ERR_OK : create_file(e, path, fd, err);
}

enum err_code
evidence_adopt(struct evidence *e, const char *path, const char *time,
               struct err *err)
{
    enum err_code code;
    struct stat st;
    void *p = NULL;
    int fd;

    if (e->log < 0)
        return ERR_OK;
    fd = openat(e->folder, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, path, "open");
    if (fstat(fd, &st) != 0)
        code = err_errno(err, path, "stat");
    else if (st.st_size > 0 && (p = mmap(NULL, (size_t)st.st_size, PROT_READ,
                                         MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        code = err_errno(err, path, "map");
    else
        code = log_file(e, path, time, bytes_of(p, (size_t)st.st_size), err);
    if (p != NULL && p != MAP_FAILED)
        (void)munmap(p, (size_t)st.st_size);
    (void)close(fd);
    return code;
}

void
evidence_seal_text(uint64_t events, const char *head, struct buf *out)
{
    buf_printf(out,
               "{\"seal\":\"hutong-conform/1\",\"events\":%llu,"
               "\"head\":\"%s\"}\n",
               (unsigned long long)events, head);
}

enum err_code
evidence_seal(struct evidence *e, struct err *err)
{
    struct buf b = {0};
    enum err_code code = ERR_OK;

    if (e->log < 0)
        return ERR_OK;
    evidence_seal_text(e->events, e->head, &b);
    if (!buf_ok(&b))
        code = err_set(err, ERR_NOMEM, EVIDENCE_SEAL, "out of memory");
    if (code == ERR_OK && fsync(e->log) != 0)
        code = err_errno(err, EVIDENCE_EVENTS, "fsync");
    if (code == ERR_OK)
        code = write_file(e, EVIDENCE_SEAL, buf_view(&b), err);
    buf_free(&b);
    return code;
}

void
evidence_close(struct evidence *e)
{
    if (e->log >= 0)
        (void)close(e->log);
    if (e->folder >= 0)
        (void)close(e->folder);
    e->log = e->folder = -1;
    buf_free(&e->line);
}
