/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a file or of standard input for the verbs that read products'
 * logs: lines, streamed in constant memory, or the elements of one JSON
 * document when the input is no NDJSON. */
#ifndef AGENT_TOOL_NORMALIZE_INPUT_H
#define AGENT_TOOL_NORMALIZE_INPUT_H

#include "formats/codec/framer.h"
#include "formats/json/reader.h"

/* What one core's second cache holds beside the output: a block of 1 MiB was read
 * back from memory and made the whole run a tenth slower. */
#define NORMALIZE_BLOCK        ((size_t)256 << 10)
#define NORMALIZE_DOCUMENT_MAX TAPE_MAX_INPUT

struct normalize_frame {
    struct bytes data; /* borrowed until the next call */
    uint64_t offset;   /* of its first byte in the input */
    uint64_t index;    /* of the element in a document, 0 for lines */
    uint64_t line;     /* where it starts, from 1 */
    bool cut;          /* longer than the frame limit */
};

struct normalize_input {
    const char *name; /* as given; "-" is standard input */
    int fd;
    char *block;          /* owned, NORMALIZE_BLOCK bytes */
    struct bytes pending; /* of the block, not framed yet */
    bool ended;           /* the last read said so */
    struct framer framer;
    bool document;    /* the whole is one JSON document */
    struct buf whole; /* its bytes */
    struct tape tape; /* its tree */
    uint32_t next;    /* element to hand out, 0: none */
    uint64_t index;
    size_t line_at; /* lines are counted up to this byte */
    uint64_t line;
};

/* normalize_open(in, path, err): open and read the first block (what one read
 * gives), which normalize_sample shows. */
enum err_code normalize_open(struct normalize_input *in, const char *path,
                             struct err *err) MUST_USE;
void normalize_close(struct normalize_input *in);
struct bytes normalize_sample(const struct normalize_input *in);

/* normalize_try_document(in, err): when the first line is no JSON of its own but
 * the whole is one document, hand out its elements from now on (an array's
 * objects, or the one object); lines otherwise. ERR_IO, ERR_NOMEM. */
enum err_code normalize_try_document(struct normalize_input *in,
                                     struct err *err) MUST_USE;

/* normalize_seed(name, seed): the identity of an input that was named, for event
 * ids: its name, hashed so that all of a long one counts. The generation is 0: a
 * named file is read once. */
void normalize_seed(const char *name, uint8_t seed[16]);

/* normalize_next(in, out, err): ERR_CLOSED at the end; ERR_AGAIN when a signal
 * interrupted the reading; ERR_IO. */
enum err_code normalize_next(struct normalize_input *in,
                             struct normalize_frame *out,
                             struct err *err) MUST_USE;

#endif
