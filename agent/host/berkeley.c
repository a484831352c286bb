/* SPDX-License-Identifier: Apache-2.0 */
/* The rpm database of older systems: a Berkeley DB hash file "Packages" whose
 * values are package headers, in the page or in a chain of overflow pages. Read
 * page by page without the library: every page is visited once, and chains
 * together may not be longer than the file. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/host/package.h"

#define MAGIC_HASH       0x00061561U
#define PAGE_HASH_OLD    2 /* unsorted */
#define PAGE_OVERFLOW    7
#define PAGE_HASH        13
#define ITEM_DATA        1 /* H_KEYDATA: in the page */
#define ITEM_OFF_PAGE    3 /* H_OFFPAGE: pgno at 4, length at 8 */
#define PAGE_HEADER      26
#define MIN_PAGE         512
#define MAX_PAGE         65536
#define HEADER_MIN_BYTES 8 /* shorter values are rpm's own counter */

struct berkeley {
    struct facts *facts;
    int fd;
    bool big; /* byte order of the file */
    uint32_t page_size;
    uint32_t pages;
    uint32_t chain_left;        /* overflow pages that may still be followed */
    unsigned char *page, *over; /* one page each, owned */
    struct buf value;
};

static uint32_t
get(const struct berkeley *b, const unsigned char *p, unsigned bytes)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[b->big ? i : bytes - 1 - i];
    return v;
}

static bool
read_page(const struct berkeley *b, uint32_t number, unsigned char *out)
{
    return number < b->pages &&
           pread(b->fd, out, b->page_size,
                 (off_t)number * (off_t)b->page_size) == (ssize_t)b->page_size;
}

/* Collect a chain of overflow pages of together ${length} bytes. */
static bool
read_chain(struct berkeley *b, uint32_t number, uint32_t length)
{
    buf_reset(&b->value);
    if (length > PACKAGE_RPM_BYTES)
        return false;
    while (b->value.len < length) {
        uint32_t used;

        if (b->chain_left == 0 || !read_page(b, number, b->over) ||
            b->over[25] != PAGE_OVERFLOW)
            return false;
        b->chain_left--;
        used = get(b, b->over + 22, 2);
        if (used == 0 || used > b->page_size - PAGE_HEADER)
            return false;
        buf_add(&b->value, (const char *)b->over + PAGE_HEADER, used);
        number = get(b, b->over + 16, 4);
    }
    return buf_ok(&b->value) && b->value.len == length;
}

/* Item ${i} of the page ends where the one before it begins: items are laid
 * down from the end of the page. */
static bool
take_item(struct berkeley *b, uint32_t i)
{
    const unsigned char *index = b->page + PAGE_HEADER;
    const uint32_t start = get(b, index + (size_t)i * 2, 2);
    const uint32_t end = get(b, index + (size_t)(i - 1) * 2, 2);
    const unsigned char *item = b->page + start;

    if (start >= end || end > b->page_size)
        return false;
    if (item[0] == ITEM_DATA) {
        if (end - start - 1 < HEADER_MIN_BYTES)
            return true;
        return package_rpm_header(
            b->facts, bytes_of((const char *)item + 1, end - start - 1));
    }
    return item[0] == ITEM_OFF_PAGE && end - start >= 12 &&
           read_chain(b, get(b, item + 4, 4), get(b, item + 8, 4)) &&
           package_rpm_header(b->facts, buf_view(&b->value));
}

static void
take_page(struct berkeley *b)
{
    const unsigned char type = b->page[25];
    const uint32_t items = get(b, b->page + 20, 2);

    if (type != PAGE_HASH && type != PAGE_HASH_OLD)
        return;
    if (items > (b->page_size - PAGE_HEADER) / 2) {
        b->facts->partial = true;
        return;
    }
    /* key, value, key, value */
    for (uint32_t i = 1; i < items; i += 2) {
        if (!take_item(b, i))
            b->facts->partial = true;
    }
}

static bool
open_file(struct berkeley *b)
{
    unsigned char head[72];
    struct stat st;

    if (fstat(b->fd, &st) != 0 ||
        pread(b->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
        return false;
    b->big = false;
    if (get(b, head + 12, 4) != MAGIC_HASH)
        b->big = true;
    if (get(b, head + 12, 4) != MAGIC_HASH || head[24] != 0) /* encrypted */
        return false;
    b->page_size = get(b, head + 20, 4);
    if (b->page_size < MIN_PAGE || b->page_size > MAX_PAGE ||
        (b->page_size & (b->page_size - 1)) != 0 ||
        st.st_size / (off_t)b->page_size > UINT32_MAX)
        return false;
    b->pages = (uint32_t)(st.st_size / (off_t)b->page_size);
    b->chain_left = b->pages;
    return true;
}

bool
package_rpm_berkeley(const struct fsroot *r, struct facts *f, int fd)
{
    struct berkeley b = {.facts = f, .fd = fd};

    if (!open_file(&b))
        return false;
    b.page = malloc(b.page_size);
    b.over = malloc(b.page_size);
    for (uint32_t n = 1; b.page && b.over && n < b.pages; n++) {
        if (fsroot_late(r) || !read_page(&b, n, b.page)) {
            f->partial = true;
            break;
        }
        take_page(&b);
    }
    if (!b.page || !b.over)
        f->partial = true;
    free(b.page);
    free(b.over);
    buf_free(&b.value);
    return true;
}
