/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML files of a catalogue: embedded, or below a folder. */
#ifndef CONFORMANCE_LEDGER_FOLDER_H
#define CONFORMANCE_LEDGER_FOLDER_H

#include "formats/base/diag.h"

struct folder_file {
    const char *name; /* below the folder, "tests/files/alert.yaml" */
    struct bytes text;
};

struct folder {
    struct arena arena;
    struct folder_file *file; /* owned; sorted by name */
    size_t count, cap;
};

#define FOLDER_FILES_MAX 4096
#define FOLDER_DEPTH_MAX 6

/* folder_read(f, dir, diag): every *.yaml below ${dir} (NULL: the embedded
 * catalogue). Symbolic links are not followed. Errors go to ${diag}. */
void folder_read(struct folder *f, const char *dir, struct diag *diag);
void folder_free(struct folder *f);

/* folder_remove(path): with all that is in it; links are removed, not followed.
 * What cannot be removed stays. */
void folder_remove(const char *path);

/* folder_slurp(path, max, out, err): a regular file of at most ${max} bytes
 * behind what ${out} holds. ERR_IO, ERR_LIMIT, ERR_NOMEM, ERR_NOT_FOUND. */
enum err_code folder_slurp(const char *path, size_t max, struct buf *out,
                           struct err *err) MUST_USE;

#endif
