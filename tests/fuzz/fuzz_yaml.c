/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_standard */
/* Any bytes as a YAML file: as a tree, and as definition files. A NUL, which no
 * YAML file holds, stands between files, so that overlays meet definitions. */
#include "formats/base/yaml.h"
#include "formats/standard/standard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {(const char *)data, size};
    struct arena arena = {0};
    const struct yaml_node *root;
    struct std_loader *l;
    struct standard *s;
    struct diag diag;

    diag_init(&diag);
    root = yaml_parse("f", in, &arena, &diag);
    if ((root == NULL) != (diag.errors > 0))
        __builtin_trap();
    arena_free(&arena);
    diag_free(&diag);

    l = std_loader_new(&diag);
    if (l == NULL)
        return 0;
    while (in.len > 0) {
        size_t n = bytes_find(in, '\0');

        std_loader_add(l, "f", bytes_upto(in, n));
        in = bytes_from(in, n + 1);
    }
    s = std_loader_finish(l);
    if ((s == NULL) != (diag.errors > 0))
        __builtin_trap();
    std_free(s);
    diag_free(&diag);
    return 0;
}
