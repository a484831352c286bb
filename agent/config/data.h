/* SPDX-License-Identifier: Apache-2.0 */
/* Data files with an override folder: what is embedded in the program, replaced
 * file by file by what a folder holds, plus overlays (DESIGN sections 4 and 7).
 * Files and folders must be owned by root or the running user and not writable
 * by others. */
#ifndef AGENT_CONFIG_DATA_H
#define AGENT_CONFIG_DATA_H

#include "formats/mapping/mapping.h"
#include "formats/standard/standard.h"

#define DATA_MAX_OVERLAYS    16
#define DATA_SYSTEM_OVERLAYS "/etc/hutong/standard.d"

struct data_options {
    const char *dir; /* folder with standard/data and mapping/data, or NULL */
    const char *overlay[DATA_MAX_OVERLAYS];
    size_t overlay_count;
    bool system_overlays; /* also read DATA_SYSTEM_OVERLAYS */
};

/* data_standard(o, diag): NULL with errors in ${diag}. Caller: std_free. */
struct standard *data_standard(const struct data_options *o, struct diag *diag);

/* data_mapping(o, name, diag): by id ("suricata-eve") or by file path (has a
 * '/' or ends in .yaml). Caller: mapping_free. */
struct mapping *data_mapping(const struct data_options *o, const char *name,
                             struct diag *diag);

/* data_mapping_ids(o, out, max): ids of all input mappings, sorted; returns how
 * many; strings are static or in ${arena}. */
size_t data_mapping_ids(const struct data_options *o, struct arena *arena,
                        const char **out, size_t max);

/* data_read_safe(path, max, out, err): a regular file whose owner is root or
 * the running user, not group- or world-writable, no symlink at the end. */
enum err_code data_read_safe(const char *path, size_t max, struct buf *out,
                             struct err *err) MUST_USE;

#endif
