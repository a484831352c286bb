/* SPDX-License-Identifier: Apache-2.0 */
/* hutong.yaml, version 1: read once, checked, immutable. Keys of one source or
 * transport stay text here and are checked against that module's option table
 * (agent/pipeline/assemble.h), so a new module adds no line to this one. */
#ifndef AGENT_CONFIG_CONFIG_H
#define AGENT_CONFIG_CONFIG_H

#include "agent/config/data.h"
#include "formats/base/text.h"
#include "transport/transport.h"

#define CONFIG_VERSION      1
#define CONFIG_MAX_INPUTS   64
#define CONFIG_MAX_OUTPUTS  31 /* one spool cursor is kept for the tools */
#define CONFIG_MAX_MAPPINGS 16 /* per input */
#define CONFIG_STANDARD     "standard" /* mapping of records that need none */
#define CONFIG_MAX_BYTES    ((size_t)1 << 20)
#define CONFIG_DEFAULT_PATH "/etc/hutong/hutong.yaml"

enum finding_policy { /* a record with findings (DESIGN section 3) */
                      FINDING_TAG,        /* deliver, with x_findings */
                      FINDING_PASS,       /* deliver as it is */
                      FINDING_DEAD_LETTER /* keep it from the outputs */
};

struct config_product { /* envelope source_product; NULL: not given. id is
                          always set: <agent id>.<input> by default */
    const char *id, *name, *type, *code, *vendor, *model, *version, *ip, *org;
};

struct config_input {
    const char *name; /* [A-Za-z0-9_.-]{1,63} */
    const char *type; /* word of the source list */
    const char *mapping[CONFIG_MAX_MAPPINGS];
    size_t mapping_count;              /* 0: records of the standard */
    const struct option_value *values; /* the type's own keys */
    size_t value_count;
    int16_t offset_min; /* of local times, minutes east of UTC */
    enum text_charset charset;
    bool keep_raw;
    const char *tenant; /* "" when none */
    struct config_product product;
    enum finding_policy on_finding;
    unsigned line;
};

enum config_on_lag { ON_LAG_BLOCK, ON_LAG_DEAD_LETTER, ON_LAG_SKIP };

struct config_output {
    const char *name;
    const char *type; /* scheme of the transport */
    const struct option_value *values;
    size_t value_count;
    const char *const *kinds; /* NULL-ended information kinds; NULL: all */
    uint8_t min_level;        /* 0: all; else 1 info ... 5 critical */
    uint32_t batch_items;     /* 1..1,000 */
    uint32_t batch_bytes;     /* up to 512 KiB of items */
    unsigned linger_ms;       /* wait for a fuller batch */
    unsigned deadline_ms;     /* one delivery */
    uint64_t max_lag_bytes;   /* 0: no limit */
    enum config_on_lag on_lag;
    bool from_start;       /* a new output also gets what is spooled */
    bool redact;           /* leave out raw and x_source */
    unsigned refuse_after; /* tries of a refused batch before bisecting */
    unsigned line;
};

struct config {
    struct arena arena; /* owns every string */
    const char *file;
    const char *agent_id; /* default: the host name */
    const char *org;
    const char *data_dir; /* default /var/lib/hutong */
    struct data_options data;
    uint64_t spool_bytes;
    int spool_on_full; /* enum spool_quota */
    bool spool_relaxed;
    bool lenient;        /* checker profile */
    const char *metrics; /* "127.0.0.1:9464", "" off */
    const char *control; /* unix socket path */
    unsigned drain_ms;   /* outputs' time after SIGTERM */
    struct config_input input[CONFIG_MAX_INPUTS];
    size_t input_count;
    struct config_output output[CONFIG_MAX_OUTPUTS];
    size_t output_count;
};

/* config_load(file, yaml, diag): NULL when ${diag} got errors; all of them at
 * once, as file:line:col. Caller: config_free. */
struct config *config_load(const char *file, struct bytes yaml,
                           struct diag *diag);

/* config_open(path, diag): as config_load for a file, whose owner and mode are
 * checked (data_read_safe). */
struct config *config_open(const char *path, struct diag *diag);

/* config_read(path, diag): the same, but what could be read comes back whatever
 * is wrong in it, so that more can be said about it; it must not be run. NULL
 * when nothing could be read. Caller: config_free. */
struct config *config_read(const char *path, struct diag *diag);
void config_free(struct config *c);

/* config_level(text, out): "info".."critical" as 1..5. */
bool config_level(const char *text, uint8_t *out);

#endif
