/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary: operations by name, parameters by name. */
#include "conformance/steps/step.h"

const struct yaml_node *
step_member(const struct yaml_node *map, const char *name)
{
    if (map == NULL || map->type != YAML_MAP)
        return NULL;
    for (const struct yaml_node *n = map->first; n != NULL; n = n->next) {
        if (bytes_is(n->key, name))
            return n;
    }
    return NULL;
}

const struct yaml_node *
step_arg(const struct ledger_step *st, const char *name)
{
    return step_member(st->args, name);
}

const char *
step_text(const struct yaml_node *n)
{
    return n != NULL && n->type == YAML_SCALAR ? n->text.data : NULL;
}

const struct step_op *
step_op_find(const char *name, const struct step_family **family)
{
    for (const struct step_family *const *f = step_family_table; *f != NULL;
         f++) {
        for (const struct step_op *op = (*f)->op; op->name != NULL; op++) {
            if (strcmp(op->name, name) != 0)
                continue;
            if (family != NULL)
                *family = *f;
            return op;
        }
    }
    return NULL;
}
