/* SPDX-License-Identifier: Apache-2.0 */
/* The repeated parts of hutong.yaml: inputs and outputs. Private to the
 * configuration module. */
#ifndef AGENT_CONFIG_CONFIG_ENTRY_H
#define AGENT_CONFIG_CONFIG_ENTRY_H

#include "agent/config/config.h"
#include "formats/base/yaml.h"

/* Words of enum finding_policy, NULL-ended. */
extern const char *const config_policies[];

/* config_number(f, map, key, type, def): a duration in ms, a size in bytes or
 * an integer written as text ("5s", "16MiB"); an unreadable one is an error in
 * f->diag and gives the default ${def}, which must be readable. */
int64_t config_number(const struct yaml_file *f, struct yaml_node *map,
                      const char *key, enum option_type type, const char *def);

/* Fill c->input and c->output from their maps (NULL: none given). */
void config_inputs(struct config *c, const struct yaml_file *f,
                   struct yaml_node *map, enum finding_policy policy);
void config_outputs(struct config *c, const struct yaml_file *f,
                    struct yaml_node *map);

#endif
