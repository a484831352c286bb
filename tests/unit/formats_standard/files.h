/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped definition files read from the source tree, for every test here. */
#ifndef TESTS_UNIT_FORMATS_STANDARD_FILES_H
#define TESTS_UNIT_FORMATS_STANDARD_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/standard/standard.h"

static const char *const shipped_files[] = {
    "codes/behavior.yaml",       "codes/event_codes.yaml",
    "codes/interface.yaml",      "codes/levels.yaml",
    "codes/products.yaml",       "codes/threat.yaml",
    "codes/words.yaml",          "provisional/alert.yaml",
    "provisional/asset.yaml",    "provisional/behavior.yaml",
    "provisional/envelope.yaml", "provisional/interface.yaml",
    "provisional/threat.yaml",
};
#define SHIPPED_COUNT (sizeof shipped_files / sizeof *shipped_files)

/* read_file(path, out): append the whole file; fails the test otherwise. */
static inline void
read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    char chunk[8192];
    size_t n;

    if (f == NULL)
        fail_msg("cannot open %s", path);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    (void)fclose(f);
}

static inline void
add_file(struct std_loader *l, const char *path, const char *name)
{
    struct buf b = {0};

    read_file(path, &b);
    std_loader_add(l, name, buf_view(&b));
    buf_free(&b);
}

static inline void
add_shipped(struct std_loader *l)
{
    for (size_t i = 0; i < SHIPPED_COUNT; i++) {
        char path[512];

        (void)snprintf(path, sizeof path, "%s/formats/standard/data/%s",
                       TEST_ROOT, shipped_files[i]);
        add_file(l, path, shipped_files[i]);
    }
}

/* The diagnostics as text in a static buffer. */
static inline const char *
diag_text(const struct diag *d)
{
    static char text[16384];
    struct buf b = {0};

    diag_print(d, &b);
    (void)snprintf(text, sizeof text, "%s", b.len ? buf_cstr(&b) : "");
    buf_free(&b);
    return text;
}

/* load_shipped(overlay): the standard with one overlay file or none. */
static inline struct standard *
load_shipped(const char *overlay)
{
    struct std_loader *l;
    struct standard *s;
    struct diag d;

    diag_init(&d);
    l = std_loader_new(&d);
    assert_non_null(l);
    add_shipped(l);
    if (overlay != NULL)
        add_file(l, overlay, overlay);
    s = std_loader_finish(l);
    if (s == NULL)
        fail_msg("definitions do not load:\n%s", diag_text(&d));
    diag_free(&d);
    return s;
}

#endif
