/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/balance.h"

#include <stdio.h>

/* Counters are stored as consecutive little-endian words behind one version
 * byte; a newer version with more words still reads an older blob. */
#define BALANCE_VERSION 1
#define BALANCE_WORDS   (sizeof(struct balance_input) / sizeof(uint64_t))
#define NAME_BYTES      96

int64_t
balance_input_gap(const struct balance_input *b)
{
    return (int64_t)(b->frames - b->skipped - b->rejected - b->absorbed -
                     b->normalised - b->dropped - b->held);
}

int64_t
balance_bridge_gap(const struct balance_input *b)
{
    return (int64_t)(b->normalised - b->spooled - b->deduplicated -
                     b->filtered - b->dead_lettered - b->bridge_dropped);
}

int64_t
balance_output_gap(const struct balance_output *b)
{
    return (int64_t)(b->routed - b->delivered - b->queued - b->filtered -
                     b->dead_lettered - b->dropped);
}

static enum err_code
put_words(struct spool *s, const char *kind, const char *name,
          const uint64_t *word, size_t n, struct err *err)
{
    char blob[1 + 8 * BALANCE_WORDS];
    char key[NAME_BYTES];
    int len = snprintf(key, sizeof key, "%s/%s", kind, name);

    blob[0] = BALANCE_VERSION;
    for (size_t i = 0; i < n; i++)
        bytes_put_le(blob + 1 + 8 * i, word[i], 8);
    return spool_state(s, bytes_of(key, (size_t)len), bytes_of(blob, 1 + 8 * n),
                       err);
}

static bool
get_words(struct spool *s, const char *kind, const char *name, uint64_t *word,
          size_t n)
{
    struct bytes blob;
    char key[NAME_BYTES];
    int len = snprintf(key, sizeof key, "%s/%s", kind, name);

    memset(word, 0, n * sizeof *word);
    if (!spool_state_get(s, bytes_of(key, (size_t)len), &blob) ||
        blob.len < 1 || blob.data[0] != BALANCE_VERSION)
        return false;
    for (size_t i = 0; i < n && 1 + 8 * (i + 1) <= blob.len; i++)
        word[i] = bytes_get_le(blob.data + 1 + 8 * i, 8);
    return true;
}

enum err_code
balance_put(struct spool *s, const char *name, const struct balance_input *b,
            struct err *err)
{
    uint64_t word[BALANCE_WORDS];

    memcpy(word, b, sizeof word);
    return put_words(s, "balance", name, word, BALANCE_WORDS, err);
}

void
balance_get(struct spool *s, const char *name, struct balance_input *b)
{
    uint64_t word[BALANCE_WORDS];

    (void)get_words(s, "balance", name, word, BALANCE_WORDS);
    memcpy(b, word, sizeof word);
}

enum err_code
balance_put_routed(struct spool *s, const char *output, uint64_t routed,
                   struct err *err)
{
    return put_words(s, "routed", output, &routed, 1, err);
}

bool
balance_get_routed(struct spool *s, const char *output, uint64_t *routed)
{
    return get_words(s, "routed", output, routed, 1);
}
