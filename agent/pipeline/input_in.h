/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of an input: what its two files share. input.c is its life and what the
 * source calls, input_frame.c what becomes of one frame. */
#ifndef AGENT_PIPELINE_INPUT_IN_H
#define AGENT_PIPELINE_INPUT_IN_H

#include "agent/pipeline/input.h"
#include "agent/pipeline/native.h"

struct input {
    const struct config_input *c;
    struct input_deps *d;
    const struct source *source;
    void *handle;
    struct source_host host;
    struct bridge *bridge; /* or */
    struct native *native; /* mapping: standard */
    struct balance_input balance;
    struct spool_meta meta; /* what is the same in every record */
    char mapping_text[128]; /* id@version of the last record's mapping */
    const struct mapping *mapping_of_text;
    struct buf saved; /* scratch for the position */
    bool waiting;     /* refused a frame for want of room */
    bool finished;
    struct err trouble;
    uint64_t troubles;
    struct log_limit limit;
};

/* input_frame(in, f): normalise, check, spool or bury, and count; the answer goes
 * to f->out. False: the spool has no room and the source can wait: the same frame
 * is to come again. The loop's thread. */
bool input_frame(struct input *in, const struct source_frame *f);

/* input_is_repeat(in, kind, id): the senders of this input repeat, and this id of
 * this kind ('m' message, 'e' event, 'x' refused) came before; else it is noted. */
bool input_is_repeat(struct input *in, char kind, struct bytes id);

/* input_note(in, e): one more trouble of this input, logged within its limit.
 * ${in} is a struct input (the form that sources call). */
void input_note(void *in, const struct err *e);

#endif
