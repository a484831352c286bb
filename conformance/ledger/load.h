/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the loader: the catalogue while it is being collected. */
#ifndef CONFORMANCE_LEDGER_LOAD_H
#define CONFORMANCE_LEDGER_LOAD_H

#include "conformance/ledger/ledger.h"
#include "formats/base/yaml.h"

/* A growing array; what it holds moves into the arena at the end. */
struct load_list {
    void *item; /* owned */
    size_t count, cap;
};

struct load {
    struct ledger *l;
    struct yaml_file f; /* the file being read */
    struct load_list requirement, test, list, base, item, template;
    bool nomem;
};

/* load_add(ld, list, size): a zeroed place, or NULL (nomem is latched). */
void *load_add(struct load *ld, struct load_list *list, size_t size);

/* load_strings(ld, map, key): a list of texts, NULL-ended; empty if absent. */
const char *const *load_strings(struct load *ld, struct yaml_node *map,
                                const char *key);

/* load_id(ld, map, key): an id of letters, digits, '-', '.' and '_': it becomes
 * part of file names and of log lines. "" after an error. */
const char *load_id(struct load *ld, struct yaml_node *map, const char *key);

/* load_text(ld, map, key): {zh: ..., en: ...}; both are wanted when the
 * member is there; {NULL, NULL} when it is absent. */
struct ledger_text load_text(struct load *ld, struct yaml_node *map,
                             const char *key);

/* Readers of the kinds of file. */
void load_requirements(struct load *ld, struct yaml_node *root);
void load_tests(struct load *ld, struct yaml_node *root);
void load_corpus(struct load *ld, struct yaml_node *root);
void load_template(struct load *ld, struct yaml_node *root);

/* load_corpus_link(ld, item): the cases of ld->l find their bases. */
void load_corpus_link(struct load *ld, struct corpus_case *item);

extern const char *const load_authorities[], *const load_levels[],
                                                 *const load_statuses[];

#endif
