/* SPDX-License-Identifier: Apache-2.0 */
/* The source unix: a local socket, stream or datagram, mode 0660 by default so
 * that its group decides who may write. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/address.h"
#include "agent/source/dgram.h"
#include "agent/source/stream.h"

#define BACKLOG 128

struct unix_source {
    struct gate gate;
    struct stream_server *stream; /* or ${dgram} */
    struct dgram *dgram;
    char *path;
    dev_t dev; /* of the socket file that is ours */
    ino_t ino;
    bool bound, stopped;
};

static const char *const socket_names[] = {"stream", "dgram", NULL};
static const char *const mode_names[] = {"0600", "0660", "0666", NULL};
static const mode_t modes[] = {0600, 0660, 0666};

static const struct option_row options[] = {
    {.name = "path",
     .type = OPT_PATH,
     .required = true,
     .help_zh = "套接字文件路径",
     .help_en = "path of the socket"},
    {.name = "socket",
     .type = OPT_ENUM,
     .names = socket_names,
     .def = "stream",
     .help_zh = "套接字类型：stream 字节流，dgram 数据报",
     .help_en = "kind of socket"},
    {.name = "mode",
     .type = OPT_ENUM,
     .names = mode_names,
     .def = "0660",
     .help_zh = "套接字文件权限",
     .help_en = "permissions of the socket"},
    {.name = "framing",
     .type = OPT_ENUM,
     .names = stream_framings,
     .def = "lines",
     .help_zh = "字节流分帧方式：lines 按行，octets 按字节计数，auto 逐帧判断",
     .help_en = "frames of a stream: lines, octet counts, or auto for each"},
    {.name = "max_frame",
     .type = OPT_SIZE,
     .min = 64,
     .max = (int64_t)FRAMER_MAX_FRAME,
     .def = "1MiB",
     .help_zh = "单帧最大长度（数据报最多 64KiB），超出部分截断并计数",
     .help_en = "longest frame (of a datagram 64KiB); a longer one is cut, "
                "flagged and counted"},
    {.name = "max_connections",
     .type = OPT_INT,
     .min = 1,
     .max = 65536,
     .def = "64",
     .help_zh = "连接总数上限",
     .help_en = "connections in total"},
    {.name = "idle",
     .type = OPT_DURATION_MS,
     .min = 0,
     .max = INT64_C(30) * 24 * 3600000,
     .def = "0",
     .help_zh = "连接多久没有数据即关闭，0 为不限",
     .help_en = "close a connection after that long without data; 0: never"},
    {0},
};

/* ---- the socket file */

static enum err_code
set_address(const char *path, struct sockaddr_un *sa, struct err *err)
{
    size_t n = strlen(path);

    *sa = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] != '/' || n >= sizeof sa->sun_path)
        return err_set(err, ERR_ARG, path,
                       "path has to begin with / and to be shorter than %zu "
                       "bytes",
                       sizeof sa->sun_path);
    memcpy(sa->sun_path, path, n);
    return ERR_OK;
}

/* A socket that nobody listens on any more is left from a run that was killed;
 * anything else is not ours to remove. */
static enum err_code
remove_stale(const struct sockaddr_un *sa, int type, struct err *err)
{
    struct stat st;
    int probe, refused;

    if (lstat(sa->sun_path, &st) != 0)
        return ERR_OK;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_EXISTS, sa->sun_path,
                       "exists and is no socket");
    probe = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return err_errno(err, sa->sun_path, "cannot make a socket");
    refused = connect(probe, (const struct sockaddr *)sa, sizeof *sa) != 0 &&
              (errno == ECONNREFUSED || errno == ENOENT);
    close(probe);
    if (!refused)
        return err_set(err, ERR_EXISTS, sa->sun_path,
                       "another process listens there");
    if (unlink(sa->sun_path) != 0 && errno != ENOENT)
        return err_errno(err, sa->sun_path, "cannot remove the old socket");
    return ERR_OK;
}

static enum err_code
bind_socket(struct unix_source *s, int type, mode_t mode, int *out,
            struct err *err)
{
    struct sockaddr_un sa;
    struct stat st;
    int fd;
    enum err_code code = set_address(s->path, &sa, err);

    if (code == ERR_OK)
        code = remove_stale(&sa, type, err);
    if (code != ERR_OK)
        return code;
    fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(err, s->path, "cannot make a socket");
    /* The file is born with the mode of the socket: nobody gets in before. */
    (void)fchmod(fd, 0600);
    if (bind(fd, (const struct sockaddr *)&sa, sizeof sa) != 0) {
        code = err_errno(err, s->path, "cannot listen there");
        close(fd);
        return code;
    }
    if (lstat(s->path, &st) == 0) {
        s->bound = true;
        s->dev = st.st_dev;
        s->ino = st.st_ino;
    }
    if (chmod(s->path, mode) != 0 ||
        (type == SOCK_STREAM && listen(fd, BACKLOG) != 0)) {
        code = err_errno(err, s->path, "cannot listen there");
        close(fd);
        return code;
    }
    *out = fd;
    return ERR_OK;
}

/* ---- life */

static void
unix_close(void *arg)
{
    struct unix_source *s = arg;
    struct stat st;

    if (s == NULL)
        return;
    dgram_free(s->dgram);
    stream_free(s->stream);
    if (s->bound && lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
        st.st_ino == s->ino)
        (void)unlink(s->path);
    free(s->path);
    free(s);
}

static enum err_code
add_socket(struct unix_source *s, struct event_base *base, int fd,
           const struct stream_options *so, struct err *err)
{
    struct dgram_options o = {
        .max_frame = so->max_frame < DGRAM_MAX ? so->max_frame : DGRAM_MAX};

    if (s->stream != NULL)
        return stream_add(s->stream, fd, s->path, err);
    s->dgram = dgram_new(base, &s->gate, &o, fd, s->path, err);
    return s->dgram != NULL ? ERR_OK : err->code;
}

static enum err_code
prepare(struct unix_source *s, struct event_base *base,
        const struct option_value *v, size_t n, struct err *err)
{
    unsigned most = (unsigned)option_number(v, n, options, "max_connections");
    struct stream_options so = {
        .kind = (enum framer_kind)option_choice(v, n, options, "framing"),
        .max_frame = (size_t)option_number(v, n, options, "max_frame"),
        .max_connections = most,
        .max_per_peer = most,
        .idle_ms = option_number(v, n, options, "idle"),
    };
    int type =
        option_choice(v, n, options, "socket") == 0 ? SOCK_STREAM : SOCK_DGRAM;
    mode_t mode = modes[option_choice(v, n, options, "mode")];
    enum err_code code;
    int fd = -1;

    s->path = strdup(option_get(v, n, options, "path"));
    if (type == SOCK_STREAM)
        s->stream = stream_new(base, &s->gate, &so);
    if (s->path == NULL || (type == SOCK_STREAM && s->stream == NULL))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    code = bind_socket(s, type, mode, &fd, err);
    if (code != ERR_OK)
        return code;
    code = add_socket(s, base, fd, &so, err);
    if (code != ERR_OK)
        close(fd);
    return code;
}

static enum err_code
unix_open(struct event_base *base, const char *name,
          const struct option_value *values, size_t n,
          const struct source_host *host, struct bytes saved, void **out,
          struct err *err)
{
    enum err_code code = option_verify(values, n, options, err);
    struct unix_source *s;

    (void)saved;
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    s->gate.host = host;
    code = prepare(s, base, values, n, err);
    if (code != ERR_OK) {
        unix_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
unix_start(void *arg, struct err *err)
{
    struct unix_source *s = arg;

    return s->stream != NULL ? stream_start(s->stream, err)
                             : dgram_start(s->dgram, err);
}

static void
unix_resume(void *arg)
{
    struct unix_source *s = arg;

    if (s->stopped)
        return;
    s->gate.full = false;
    if (s->stream != NULL)
        stream_resume(s->stream);
    else
        dgram_resume(s->dgram);
}

static void
unix_stop(void *arg)
{
    struct unix_source *s = arg;

    s->stopped = true;
    if (s->stream != NULL)
        stream_stop(s->stream);
    else
        dgram_stop(s->dgram);
}

static const struct source_counters *
unix_counters(const void *arg)
{
    return &((const struct unix_source *)arg)->gate.counters;
}

const struct source source_unix = {
    .kind = "unix",
    .options = options,
    .can_wait = true,
    .open = unix_open,
    .start = unix_start,
    .resume = unix_resume,
    .stop = unix_stop,
    .close = unix_close,
    .counters = unix_counters,
};
