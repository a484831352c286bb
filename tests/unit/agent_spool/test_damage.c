/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R10: a closed spool is damaged in one place and started. It
 * always starts, delivers every record whose bytes are whole and nothing else,
 * counts the rest, keeps what it cut, and works on. HUTONG_DAMAGE multiplies the
 * number of random cases (default 1: 1,000 flips, 300 truncations, 100 pages;
 * 10 makes the goal's numbers). */
#include "tests/unit/agent_spool/disk.h"
#include "tests/unit/agent_spool/fixture.h"

#include "formats/base/hash.h"

#define RECORDS 120U

struct place { /* where a record lies, padding included */
    int file;
    size_t from, to;
};

static struct disk *golden;
static struct place places[RECORDS + 1];
static int segment_files[64];
static char segment_paths[64][96];
static unsigned segment_count;

/* ---------------------------------------------------------------- the spool */

static enum err_code
start(struct disk *d, struct spool **out)
{
    struct spool_options o = {
        .dir = "/s", .segment_bytes = 16 << 10, .vfs = &d->vfs};

    return spool_open_manual(&o, out, NULL, NULL);
}

static void
fill(struct spool *s, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to; n++) {
        uint64_t sequence;
        char text[24];
        int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);

        assert_int_equal(fixture_append(s, n, &sequence, NULL), ERR_OK);
        if (n % 5 != 0)
            continue;
        assert_int_equal(
            spool_state(s, BYTES("pos"), bytes_of(text, (size_t)len), NULL),
            ERR_OK);
        spool_mark(s);
        spool_commit_step(s, true);
    }
}

static void
find_places(struct disk *d)
{
    for (int i = 0; i < d->name_count; i++) {
        struct spool_scan scan = {.fd = -1};
        struct spool_entry e;
        uint64_t first;
        char uuid[SPOOL_HEADER_BYTES];
        struct spool_header h;
        int fd;

        if (!spool_format_read_name(d->names[i].path + 3, &first))
            continue;
        segment_files[segment_count] = d->names[i].file;
        memcpy(segment_paths[segment_count++], d->names[i].path, 96);
        fd = d->vfs.open(d, d->names[i].path, O_RDONLY, 0);
        assert_int_equal(d->vfs.pread(d, fd, uuid, sizeof uuid, 0),
                         sizeof uuid);
        assert_int_equal(spool_format_read_header(uuid, sizeof uuid, &h),
                         SPOOL_HEADER_OK);
        spool_scan_start(&scan, &d->vfs, fd, spool_format_seed(h.uuid),
                         SPOOL_HEADER_BYTES);
        scan.end = (uint64_t)d->vfs.size(d, fd);
        while (spool_scan_next(&scan, &e) == SPOOL_SCAN_ENTRY)
            if (e.type == SPOOL_EVENT)
                places[e.sequence] =
                    (struct place){d->names[i].file, scan.from, scan.at};
        spool_scan_free(&scan);
        d->vfs.close(d, fd);
    }
}

static int
make_golden(void **state)
{
    struct spool *s;
    struct spool_cursor *c;

    (void)state;
    golden = disk_new(1);
    assert_int_equal(start(golden, &s), ERR_OK);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL), ERR_OK);
    fill(s, 1, RECORDS);
    spool_close(s);
    find_places(golden);
    assert_true(segment_count > 4);
    return 0;
}

static int
free_golden(void **state)
{
    (void)state;
    disk_free(golden);
    return 0;
}

static struct disk *
copy(void)
{
    struct disk *d = disk_new(7);

    d->file_count = golden->file_count;
    for (int i = 0; i < d->file_count; i++) {
        const struct disk_file *f = golden->files[i];

        d->files[i] = calloc(1, sizeof *f);
        d->files[i]->directory = f->directory;
        disk_put(&d->files[i]->now, 0, f->now.data, f->now.len);
        disk_put(&d->files[i]->platter, 0, f->now.data, f->now.len);
    }
    d->name_count = golden->name_count;
    memcpy(d->names, golden->names, sizeof d->names);
    return d;
}

/* ---------------------------------------------------------------- the oracle */

struct outcome {
    bool got[RECORDS + 1];
    unsigned count;
    struct spool_stats st;
};

/* Start, read everything, append, restart, read that. */
static struct outcome
recover(struct disk *d)
{
    struct outcome o = {0};
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    struct spool_record r;
    uint64_t last = 0;

    assert_int_equal(start(d, &s), ERR_OK);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL), ERR_OK);
    while (spool_read(c, &r, 0, NULL) == ERR_OK) {
        assert_true(r.sequence >= 1 && r.sequence <= RECORDS);
        assert_int_equal(fixture_number(&r), r.sequence);
        assert_false(o.got[r.sequence]);
        o.got[r.sequence] = true;
        o.count++;
    }
    spool_stats(s, &o.st);
    spool_settle(c, 1, RECORDS);
    assert_int_equal(fixture_append(s, 7, &last, NULL), ERR_OK);
    spool_mark(s);
    spool_close(s);
    assert_int_equal(start(d, &s), ERR_OK);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL), ERR_OK);
    for (;;) {
        assert_int_equal(spool_read(c, &r, 0, NULL), ERR_OK);
        if (r.sequence == last)
            break;
    }
    assert_int_equal(fixture_number(&r), 7);
    assert_int_equal(spool_read(c, &r, 0, NULL), ERR_AGAIN);
    spool_close(s);
    return o;
}

/* Bytes [from, to) of ${file} were changed: every record elsewhere must come,
 * and those that did not are counted. */
static void
expect(const struct outcome *o, int file, size_t from, size_t to,
       const char *what)
{
    for (unsigned n = 1; n <= RECORDS; n++) {
        const struct place *p = &places[n];
        bool touched = p->file == file && p->from < to && from < p->to;

        if (!touched && !o->got[n])
            fail_msg("%s of file %d at %zu: record %u is missing", what, file,
                     from, n);
    }
    if (o->st.damaged != RECORDS - o->count)
        fail_msg("%s of file %d at %zu: %llu counted, %u missing", what, file,
                 from, (unsigned long long)o->st.damaged, RECORDS - o->count);
}

static uint64_t
cases(uint64_t n)
{
    const char *times = getenv("HUTONG_DAMAGE");
    uint64_t by = 1;

    if (times != NULL)
        assert_true(bytes_to_u64(bytes_str(times), 1000, &by));
#ifdef HUTONG_SANITIZED
    n /= 5; /* slower there */
#endif
    return n * by;
}

/* ---------------------------------------------------------------- damage */

static void
test_flips(void **state)
{
    uint64_t n = cases(1000);

    (void)state;
    for (uint64_t i = 0; i < n; i++) {
        struct disk *d = copy();
        int file;
        size_t at;
        struct outcome o;

        d->seed = i * 77777 + 5;
        (void)disk_random(d);
        file = (int)(disk_random(d) % (uint64_t)d->file_count);
        if (d->files[file]->now.len != 0) {
            at = disk_random(d) % d->files[file]->now.len;
            d->files[file]->now.data[at] ^= (char)(1U << disk_random(d) % 8);
            o = recover(d);
            expect(&o, file, at, at + 1, "flip");
        }
        disk_free(d);
    }
}

static void
test_truncations(void **state)
{
    uint64_t n = cases(300);

    (void)state;
    for (uint64_t i = 0; i < n; i++) {
        struct disk *d = copy();
        int file;
        size_t at;
        struct outcome o;

        d->seed = i * 99991 + 3;
        (void)disk_random(d);
        file = segment_files[disk_random(d) % segment_count];
        at = disk_random(d) % d->files[file]->now.len;
        disk_resize(&d->files[file]->now, at);
        o = recover(d);
        expect(&o, file, at, SIZE_MAX, "truncation");
        disk_free(d);
    }
}

static void
test_zero_pages(void **state)
{
    uint64_t n = cases(100);

    (void)state;
    for (uint64_t i = 0; i < n; i++) {
        struct disk *d = copy();
        int file;
        size_t at, len;
        struct outcome o;

        d->seed = i * 31337 + 9;
        (void)disk_random(d);
        file = (int)(disk_random(d) % (uint64_t)d->file_count);
        len = d->files[file]->now.len;
        if (len != 0) {
            at = disk_random(d) % len / 4096 * 4096;
            memset(d->files[file]->now.data + at, 0,
                   len - at < 4096 ? len - at : 4096);
            o = recover(d);
            expect(&o, file, at, at + 4096, "zero page");
        }
        disk_free(d);
    }
}

static void
test_swapped_segments(void **state)
{
    (void)state;
    for (unsigned i = 0; i < segment_count; i++)
        for (unsigned j = i + 1; j < segment_count; j++) {
            struct disk *d = copy();
            struct outcome o;

            disk_find(d, segment_paths[i])->file = segment_files[j];
            disk_find(d, segment_paths[j])->file = segment_files[i];
            o = recover(d);
            expect(&o, -1, 0, 0, "swap");
            disk_free(d);
        }
}

static void
test_deleted_segments(void **state)
{
    (void)state;
    for (unsigned i = 0; i < segment_count; i++) {
        struct disk *d = copy();
        struct outcome o;

        disk_find(d, segment_paths[i])->file = -1;
        o = recover(d);
        expect(&o, segment_files[i], 0, SIZE_MAX, "deletion");
        disk_free(d);
    }
}

/* Whole files that do not belong here are set aside, not deleted. */
static void
test_strangers(void **state)
{
    static const char *const names[] = {
        "/s/seg-0000000000000000.log", /* before all others */
        "/s/seg-0000000000000002.log", /* between */
        "/s/seg-00000000ffffffff.log", /* behind */
    };

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned kind = 0; kind < 4; kind++) {
            struct disk *d = copy();
            struct outcome o;
            const struct disk_file *model = d->files[segment_files[1]];
            int file = disk_make(d, false);
            struct disk_name *n = disk_name_of(d, names[i]);
            unsigned kept = 0;

            n->file = n->durable = file;
            if (kind < 3) /* a copy, one of another spool, damaged beyond use */
                disk_put(&d->files[file]->now, 0, model->now.data,
                         model->now.len);
            if (kind == 1) {
                struct spool_header h;

                assert_int_equal(
                    spool_format_read_header(model->now.data, 128, &h), 0);
                h.uuid[3] ^= 1;
                spool_format_header(&h, d->files[file]->now.data);
            }
            if (kind == 2)
                for (size_t at = 0; at < model->now.len; at += 16)
                    d->files[file]->now.data[at] ^= 1;
            o = recover(d); /* kind 3: an empty file */
            expect(&o, -1, 0, 0, "stranger");
            for (int k = 0; k < d->name_count; k++)
                kept += d->names[k].file == file &&
                        disk_in("/s/quarantine", d->names[k].path);
            assert_int_equal(kept, kind < 3);
            disk_free(d);
        }
}

static void
test_both_slots_bad(void **state)
{
    struct disk *d = copy();
    struct disk_file *f = d->files[disk_find(d, "/s/cursor")->file];
    struct outcome o;

    (void)state;
    f->now.data[30] ^= 1;
    disk_put(&f->now, SPOOL_SLOT_BYTES + 30, "xxxx", 4);
    o = recover(d);
    expect(&o, -1, 0, 0, "slots");
    disk_free(d);
}

/* A newer program's files: refused, and not one byte is changed. */
static void
test_newer_version(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        struct disk *d = copy();
        struct spool *s = NULL;
        struct disk_file *f =
            d->files[kind == 0 ? segment_files[2]
                               : disk_find(d, "/s/cursor")->file];
        size_t length =
            kind == 0 ? 128 : (size_t)bytes_get_le(f->now.data + 12, 4);
        int names;

        bytes_put_le(f->now.data + 8, 99, 2);
        bytes_put_le(f->now.data + length - 4,
                     hash_crc32c(0, f->now.data, length - 4), 4);
        /* A torn tail and a foreign file must stay as they are, too. */
        disk_put(&d->files[segment_files[segment_count - 1]]->now,
                 d->files[segment_files[segment_count - 1]]->now.len, "tail",
                 4);
        names = d->name_count;
        assert_int_equal(start(d, &s), ERR_VERSION);
        assert_int_equal(d->name_count, names);
        for (int i = 0; i < d->file_count; i++)
            assert_int_equal(d->files[i]->write_count, 0);
        for (int i = 0; i < d->name_count; i++)
            assert_int_equal(d->names[i].file, golden->names[i].file);
        disk_free(d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_zero_pages),
        cmocka_unit_test(test_swapped_segments),
        cmocka_unit_test(test_deleted_segments),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_both_slots_bad),
        cmocka_unit_test(test_newer_version),
    };

    return cmocka_run_group_tests(tests, make_golden, free_golden);
}
