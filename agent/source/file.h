/* SPDX-License-Identifier: Apache-2.0 */
/* The file source from inside: what its parts share. Not for others. */
#ifndef AGENT_SOURCE_FILE_H
#define AGENT_SOURCE_FILE_H

#include <sys/stat.h>
#include <time.h>

#include "agent/source/feed.h"
#include "agent/source/source.h"

#define FILE_MAX_FILES   4096
#define FILE_CHUNK       ((size_t)256 << 10)
#define FILE_FINGERPRINT 1024 /* bytes that tell one file from another */
#define FILE_BUCKETS     1024 /* of the two indexes */
/* Unfinished lines that all files together may keep in memory; beyond it a file
 * goes back to the beginning of its line and reads it again later. */
#define FILE_HELD_MAX  ((size_t)16 << 20)
#define FILE_HELD_FREE ((size_t)64 << 10)
/* The spool keeps at most 64 KiB of position. */
#define FILE_SAVE_MAX ((size_t)63 << 10)

enum tail_state {
    TAIL_RESTORED, /* from the saved positions, not met yet */
    TAIL_LIVE,     /* a path of the pattern leads to it */
    TAIL_ROTATED,  /* no path leads to it now; its end is still being read */
    TAIL_GONE,     /* read to its end and closed; remembered for a while */
    TAIL_REJECTED  /* not a regular file; said once */
};

struct fingerprint {
    uint16_t len; /* bytes that were hashed, at most FILE_FINGERPRINT */
    uint8_t hash[6];
};

struct tail {
    enum tail_state state;
    char *path; /* owned; NULL while TAIL_RESTORED */
    uint32_t path_hash;
    uint64_t dev, ino; /* as first met: part of the event id */
    uint64_t dev_now;  /* device numbers can change with a reboot */
    struct fingerprint print;
    uint8_t line_id[16]; /* hash of the first line: part of the event id */
    bool has_line_id;
    uint32_t generation; /* truncations, and reuses of the inode */
    uint64_t taken;      /* behind the last frame that the host took */
    uint64_t begin;      /* where reading of this generation began */
    int fd;              /* -1: closed */
    struct feed feed;    /* framer.offset is the next byte to read */
    size_t held;         /* bytes counted in file_source.held */
    uint64_t size;       /* at the last look */
    struct timespec mtime;
    bool at_end;  /* the last read reached the end */
    bool drained; /* saved as read to its end */
    bool seen;    /* by the scan that runs */
    bool queued;
    bool unreadable;  /* said so */
    int64_t since_ms; /* ROTATED: last growth; GONE: when it was closed */
    int64_t used_ms;  /* last visit */
    struct tail *next_ready, *next_ino, *next_path;
};

struct watch { /* one folder with files of ours */
    int wd;    /* -1: events do not work there */
    char *dir; /* owned */
};

struct file_options {
    bool from_end, once, inotify;
    size_t max_frame;
    uint32_t max_files;
    int64_t rescan_ms, rotate_wait_ms, forget_ms;
};

struct file_source {
    char *name;    /* owned */
    char *pattern; /* owned */
    struct file_options opt;
    const struct source_host *host; /* borrowed */
    struct event *work, *rescan, *watch_event;
    int inotify; /* -1: none */
    struct watch *watch;
    size_t watches;
    struct tail **tail; /* owned */
    size_t tails, tails_cap;
    struct tail *by_ino[FILE_BUCKETS], *by_path[FILE_BUCKETS];
    struct tail *ready, **ready_end;
    struct tail *stuck; /* the host refused a frame of this one */
    char *chunk;        /* FILE_CHUNK bytes; holds the rest of stuck */
    size_t open_files, max_open;
    size_t held;       /* bytes of unfinished lines, all files */
    size_t turn_bytes; /* read in this turn of the loop */
    bool taken;        /* positions moved since the last chunk_end */
    int64_t scanned_ms;
    int64_t rest_ms;  /* before the next scan, whatever comes */
    bool scanned;     /* at least once since open */
    bool first_start; /* nothing was saved: option from counts */
    bool soon;        /* a scan is due before its interval */
    bool full, watch_said, save_said; /* troubles said once */
    bool started, stopped, finished;
    struct source_counters counters;
};

/* ---- file.c */
int64_t file_now_ms(void);
void file_trouble(struct file_source *s, enum err_code code, const char *where,
                  const char *what);
void file_trouble_errno(struct file_source *s, const char *where,
                        const char *what);
/* file_ready(s, t, first): queue for a visit; ${first}: before the others. */
void file_ready(struct file_source *s, struct tail *t, bool first);

/* file_scan_soon(s): names have changed; do not wait for the interval. */
void file_scan_soon(struct file_source *s);

/* ---- file_tail.c: one file */
struct tail *tail_new(struct file_source *s);
void tail_free(struct file_source *s, struct tail *t);
bool tail_set_path(struct file_source *s, struct tail *t, const char *path);
void tail_close(struct file_source *s, struct tail *t);
/* tail_seek(s, t, offset): forget what was read behind ${offset}. */
void tail_seek(struct file_source *s, struct tail *t, uint64_t offset);
/* tail_visit(s, t): read one chunk and hand its frames over. True: call again
 * (there may be more); false: at its end, or the host is full (s->stuck). */
bool tail_visit(struct file_source *s, struct tail *t);
/* tail_resume(s, t): offer the rest of the chunk; false: still full. */
bool tail_resume(struct file_source *s, struct tail *t);
/* tail_finish(s, t): hand over the unfinished last line; false: full. */
bool tail_finish(struct file_source *s, struct tail *t);
/* tail_open(s, t): open, if it is not, and check that it is the same inode. */
bool tail_open(struct file_source *s, struct tail *t);
struct fingerprint tail_fingerprint(int fd, uint16_t len);

/* ---- file_scan.c: which files there are */
void scan_run(struct file_source *s);
bool scan_is_compressed(const char *path);
/* scan_check_path(pattern, err): a pattern without wildcards that names
 * something that can never be read. */
enum err_code scan_check_path(const char *pattern, struct err *err);
struct tail *scan_find_path(struct file_source *s, const char *dir,
                            const char *name);
void scan_index(struct file_source *s, struct tail *t);

/* ---- file_watch.c: inotify */
void watch_open(struct file_source *s);
void watch_dir_of(struct file_source *s, const char *path);
void watch_read(struct file_source *s);
void watch_close(struct file_source *s);

/* ---- file_save.c: positions as a blob */
void file_save_tails(struct file_source *s, struct buf *out);
/* file_load_tails(s, saved, err): tails in state TAIL_RESTORED. */
enum err_code file_load_tails(struct file_source *s, struct bytes saved,
                              struct err *err);

#endif
