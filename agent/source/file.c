/* SPDX-License-Identifier: Apache-2.0 */
/* The source file: follows the files of a pattern. One chunk a turn in the
 * loop, in turn over all files that have something, so that no file and no
 * other source waits for long. */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <event2/event.h>

#include "agent/source/file.h"

#include "transport/clock.h"

#define SOON_MS    20 /* events of one rotation are one scan */
#define TURN_FILES 64 /* visited in one turn of the loop at most */
#define SCAN_SHARE 10 /* a scan rests that many times its own duration */

static const char *const from_names[] = {"start", "end", NULL};

static const struct option_row options[] = {
    {.name = "path",
     .type = OPT_PATH,
     .required = true,
     .help_zh = "文件路径，可含通配符 * ? [ ] { , }",
     .help_en = "path of the files; * ? [ ] { , } match"},
    {.name = "from",
     .type = OPT_ENUM,
     .names = from_names,
     .def = "start",
     .help_zh = "首次启动时从文件开头还是末尾读起",
     .help_en = "where to begin in the files of the very first start"},
    {.name = "once",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "读到末尾即结束，不再跟踪",
     .help_en = "read to the end and finish instead of following"},
    {.name = "inotify",
     .type = OPT_BOOL,
     .def = "true",
     .help_zh = "用 inotify 及时得知变化（网络文件系统上仍靠定期扫描）",
     .help_en = "learn of changes by inotify; scans go on anyway"},
    {.name = "rescan",
     .type = OPT_DURATION_MS,
     .min = 10,
     .max = 3600000,
     .def = "1s",
     .help_zh = "定期扫描的间隔",
     .help_en = "time between two scans for new and changed files"},
    {.name = "rotate_wait",
     .type = OPT_DURATION_MS,
     .min = 0,
     .max = 3600000,
     .def = "5s",
     .help_zh = "轮转后的旧文件安静多久才关闭",
     .help_en = "how long a rotated file has to be quiet before it is closed"},
    {.name = "forget",
     .type = OPT_DURATION_MS,
     .min = 0,
     .max = INT64_C(30) * 24 * 3600000,
     .def = "1h",
     .help_zh = "文件消失多久后忘记其读取位置",
     .help_en = "how long the position of a vanished file is remembered"},
    {.name = "max_files",
     .type = OPT_INT,
     .min = 1,
     .max = FILE_MAX_FILES,
     .def = "4096",
     .help_zh = "最多跟踪的文件数",
     .help_en = "files followed at most"},
    {.name = "max_frame",
     .type = OPT_SIZE,
     .min = 64,
     .max = (int64_t)FRAMER_MAX_FRAME,
     .def = "1MiB",
     .help_zh = "单行最大长度，超出部分截断并计数",
     .help_en = "longest line; a longer one is cut, flagged and counted"},
    {0},
};

void
file_trouble(struct file_source *s, enum err_code code, const char *where,
             const char *what)
{
    struct err err;

    (void)err_set(&err, code, where, "%s", what);
    s->host->trouble(s->host->ctx, &err);
}

void
file_trouble_errno(struct file_source *s, const char *where, const char *what)
{
    struct err err;

    (void)err_errno(&err, where, what);
    s->host->trouble(s->host->ctx, &err);
}

/* ---- turns */

static void
arm(struct event *e, int64_t ms)
{
    struct timeval tv = {.tv_sec = (time_t)(ms / 1000),
                         .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

    (void)event_add(e, &tv);
}

/* An event without delay comes in the loop's next turn, behind whatever else
 * is ready; event_active would keep the others out. */
static void
arm_work(struct file_source *s)
{
    if (s->started && !s->stopped && s->stuck == NULL)
        arm(s->work, 0);
}

void
file_ready(struct file_source *s, struct tail *t, bool first)
{
    if (!t->queued) {
        t->queued = true;
        t->next_ready = NULL;
        if (s->ready == NULL)
            s->ready_end = &s->ready;
        if (first) {
            t->next_ready = s->ready;
            if (s->ready == NULL)
                s->ready_end = &t->next_ready;
            s->ready = t;
        } else {
            *s->ready_end = t;
            s->ready_end = &t->next_ready;
        }
    }
    arm_work(s);
}

void
file_scan_soon(struct file_source *s)
{
    if (!s->soon && !s->opt.once && !s->stopped)
        arm(s->rescan, s->rest_ms > SOON_MS ? s->rest_ms : SOON_MS);
    s->soon = true;
}

static struct tail *
next_ready(struct file_source *s)
{
    struct tail *t = s->ready;

    if (t == NULL)
        return NULL;
    s->ready = t->next_ready;
    if (s->ready == NULL)
        s->ready_end = &s->ready;
    t->queued = false;
    return t;
}

static void
end_burst(struct file_source *s)
{
    if (s->taken)
        s->host->chunk_end(s->host->ctx);
    s->taken = false;
}

/* Everything that was there is read: hand over unfinished lines, be done. */
static void
finish_once(struct file_source *s)
{
    if (!s->opt.once || s->finished || s->ready != NULL || s->stuck != NULL)
        return;
    for (size_t i = 0; i < s->tails && s->stuck == NULL; i++)
        if (s->tail[i]->state == TAIL_LIVE)
            (void)tail_finish(s, s->tail[i]);
    end_burst(s);
    if (s->stuck != NULL)
        return;
    if (s->tails == 0)
        file_trouble(s, ERR_NOT_FOUND, s->pattern, "no such file");
    s->finished = true;
    s->host->finished(s->host->ctx);
}

/* A chunk of one file, or of many small ones: a turn is short either way. */
static void
take_turn(struct file_source *s)
{
    s->turn_bytes = 0;
    for (int i = 0; i < TURN_FILES && s->turn_bytes < FILE_CHUNK; i++) {
        struct tail *t = s->stuck == NULL ? next_ready(s) : NULL;

        if (t == NULL)
            return;
        if ((t->state == TAIL_LIVE || t->state == TAIL_ROTATED) &&
            tail_visit(s, t))
            file_ready(s, t, false);
    }
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
    struct file_source *s = arg;

    (void)fd, (void)what;
    if (s->stopped || s->stuck != NULL)
        return;
    take_turn(s);
    end_burst(s);
    if (s->ready != NULL)
        arm_work(s);
    else
        finish_once(s);
}

static void
on_rescan(evutil_socket_t fd, short what, void *arg)
{
    struct file_source *s = arg;
    int64_t begin = clock_ms();

    (void)fd, (void)what;
    if (s->stopped || s->finished)
        return;
    scan_run(s);
    end_burst(s);
    s->rest_ms = (clock_ms() - begin) * SCAN_SHARE;
    if (!s->opt.once)
        arm(s->rescan,
            s->rest_ms > s->opt.rescan_ms ? s->rest_ms : s->opt.rescan_ms);
    arm_work(s);
}

static void
on_watch(evutil_socket_t fd, short what, void *arg)
{
    struct file_source *s = arg;

    (void)fd, (void)what;
    watch_read(s);
}

/* ---- life */

static void
file_close(void *arg)
{
    struct file_source *s = arg;

    if (s == NULL)
        return;
    for (size_t i = 0; i < s->tails; i++)
        tail_free(s, s->tail[i]);
    if (s->work != NULL)
        event_free(s->work);
    if (s->rescan != NULL)
        event_free(s->rescan);
    if (s->watch_event != NULL)
        event_free(s->watch_event);
    watch_close(s);
    free(s->tail);
    free(s->chunk);
    free(s->pattern);
    free(s->name);
    free(s);
}

static void
read_options(struct file_source *s, const struct option_value *v, size_t n)
{
    struct file_options *o = &s->opt;

    o->from_end = option_choice(v, n, options, "from") == 1;
    o->once = option_flag(v, n, options, "once");
    o->inotify = option_flag(v, n, options, "inotify") && !o->once;
    o->rescan_ms = option_number(v, n, options, "rescan");
    o->rotate_wait_ms = option_number(v, n, options, "rotate_wait");
    o->forget_ms = option_number(v, n, options, "forget");
    o->max_files = (uint32_t)option_number(v, n, options, "max_files");
    o->max_frame = (size_t)option_number(v, n, options, "max_frame");
}

/* Half of the descriptors are for the rest of the agent. */
static size_t
open_limit(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < 64)
        return 16;
    return r.rlim_cur / 2 < FILE_MAX_FILES ? (size_t)(r.rlim_cur / 2)
                                           : FILE_MAX_FILES;
}

static enum err_code
prepare(struct file_source *s, struct event_base *base, const char *name,
        const char *pattern, struct err *err)
{
    s->ready_end = &s->ready;
    s->max_open = open_limit();
    s->name = strdup(name);
    s->pattern = strdup(pattern);
    s->chunk = malloc(FILE_CHUNK);
    s->work = evtimer_new(base, on_work, s);
    s->rescan = evtimer_new(base, on_rescan, s);
    if (s->name == NULL || s->pattern == NULL || s->chunk == NULL ||
        s->work == NULL || s->rescan == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    watch_open(s);
    if (s->inotify < 0)
        return ERR_OK;
    s->watch_event =
        event_new(base, s->inotify, EV_READ | EV_PERSIST, on_watch, s);
    if (s->watch_event == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    return ERR_OK;
}

static enum err_code
file_open(struct event_base *base, const char *name,
          const struct option_value *values, size_t n,
          const struct source_host *host, struct bytes saved, void **out,
          struct err *err)
{
    enum err_code code = option_verify(values, n, options, err);
    const char *pattern = option_get(values, n, options, "path");
    struct file_source *s;

    if (code == ERR_OK)
        code = scan_check_path(pattern, err);
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    s->inotify = -1;
    s->host = host;
    s->first_start = saved.len == 0;
    read_options(s, values, n);
    code = prepare(s, base, name, pattern, err);
    if (code == ERR_OK)
        code = file_load_tails(s, saved, err);
    if (code != ERR_OK) {
        file_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
file_start(void *arg, struct err *err)
{
    struct file_source *s = arg;

    if (s->watch_event != NULL && event_add(s->watch_event, NULL) != 0)
        return err_set(err, ERR_NOMEM, s->name, "cannot watch");
    s->started = true;
    watch_dir_of(s, s->pattern);
    on_rescan(-1, 0, s);
    return ERR_OK;
}

static void
file_save(void *arg, struct buf *out)
{
    file_save_tails(arg, out);
}

static void
file_resume(void *arg)
{
    struct file_source *s = arg;
    struct tail *t = s->stuck;

    if (s->stopped)
        return;
    if (t != NULL && tail_resume(s, t))
        file_ready(s, t, true);
    end_burst(s);
    arm_work(s);
}

static void
file_stop(void *arg)
{
    struct file_source *s = arg;

    s->stopped = true;
    (void)event_del(s->work);
    (void)event_del(s->rescan);
    if (s->watch_event != NULL)
        (void)event_del(s->watch_event);
}

static const struct source_counters *
file_counters(const void *arg)
{
    return &((const struct file_source *)arg)->counters;
}

const struct source source_file = {
    .kind = "file",
    .options = options,
    .can_wait = true,
    .open = file_open,
    .start = file_start,
    .save = file_save,
    .resume = file_resume,
    .stop = file_stop,
    .close = file_close,
    .counters = file_counters,
};
