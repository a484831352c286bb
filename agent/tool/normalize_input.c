/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/normalize_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/hash.h"

/* One read; 0 bytes end the input. */
static enum err_code
read_block(struct normalize_input *in, struct err *err)
{
    ssize_t n = read(in->fd, in->block, NORMALIZE_BLOCK);

    if (n < 0 && errno == EINTR)
        return err_set(err, ERR_AGAIN, in->name, "interrupted");
    if (n < 0)
        return err_errno(err, in->name, "read");
    in->ended = n == 0;
    in->pending = bytes_of(in->block, (size_t)n);
    return ERR_OK;
}

enum err_code
normalize_open(struct normalize_input *in, const char *path, struct err *err)
{
    enum err_code code;
    struct stat st;

    *in = (struct normalize_input){.name = path, .fd = -1, .line = 1};
    framer_init(&in->framer, FRAMER_LINES, 0, 0);
    in->block = malloc(NORMALIZE_BLOCK);
    if (in->block == NULL)
        return err_set(err, ERR_NOMEM, path, "out of memory");
    in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
                                    : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        code = err_errno(err, path, "open");
    else if (fstat(in->fd, &st) == 0 && S_ISDIR(st.st_mode))
        code = err_set(err, ERR_ARG, path, "is a directory, a file is wanted");
    else
        code = read_block(in, err);
    if (code != ERR_OK)
        normalize_close(in);
    return code;
}

void
normalize_close(struct normalize_input *in)
{
    if (in->fd > STDIN_FILENO)
        (void)close(in->fd);
    in->fd = -1;
    framer_free(&in->framer);
    free(in->block);
    in->block = NULL;
    buf_free(&in->whole);
    tape_free(&in->tape);
}

struct bytes
normalize_sample(const struct normalize_input *in)
{
    return in->document ? buf_view(&in->whole) : in->pending;
}

/* ---- one document */

static bool
first_line_is_json(const struct normalize_input *in)
{
    struct json_reader reader;
    struct tape tape = {0};
    struct bytes rest = in->pending;
    struct bytes line = {0};
    bool good;

    while (rest.len > 0 && line.len == 0) { /* blank lines say nothing */
        size_t n = bytes_find(rest, '\n');

        line = bytes_trim(bytes_upto(rest, n));
        rest = bytes_from(rest, n + 1);
    }
    if (line.len == 0 || (line.data[0] != '{' && line.data[0] != '['))
        return true; /* no document either */
    if (line.data[0] == '[')
        return false;
    json_reader_init(&reader, JSON_TOLERANT, NULL);
    good = json_read(&reader, line, &tape, NULL) == ERR_OK;
    json_reader_free(&reader);
    tape_free(&tape);
    return good;
}

static enum err_code
read_whole(struct normalize_input *in, struct err *err)
{
    buf_init(&in->whole, NORMALIZE_DOCUMENT_MAX);
    while (!in->ended) {
        enum err_code code;

        buf_bytes(&in->whole, in->pending);
        in->pending.len = 0;
        if (!buf_ok(&in->whole))
            return err_set(err, ERR_LIMIT, in->name,
                           "a JSON document of more than %zu bytes",
                           NORMALIZE_DOCUMENT_MAX);
        code = read_block(in, err);
        if (code != ERR_OK && code != ERR_AGAIN)
            return code;
    }
    return ERR_OK;
}

enum err_code
normalize_try_document(struct normalize_input *in, struct err *err)
{
    static const struct json_limits limits = {.depth = TAPE_MAX_DEPTH,
                                              .nodes = TAPE_MAX_NODES,
                                              .keys = 4096,
                                              .string_bytes = 64 * 1024,
                                              .bytes = NORMALIZE_DOCUMENT_MAX};
    struct json_reader reader;
    enum err_code code;
    bool good;

    if (in->ended || first_line_is_json(in))
        return ERR_OK;
    code = read_whole(in, err);
    if (code != ERR_OK)
        return code;
    json_reader_init(&reader, JSON_TOLERANT, &limits);
    good = json_read(&reader, bytes_trim(buf_view(&in->whole)), &in->tape,
                     NULL) == ERR_OK;
    json_reader_free(&reader);
    if (!good) { /* lines after all: the bad one is rejected where it is */
        in->pending = buf_view(&in->whole);
        return ERR_OK;
    }
    in->document = true;
    if (in->tape.node[0].type == TAPE_OBJECT)
        in->next = UINT32_MAX; /* the root itself */
    else if (in->tape.node[0].type == TAPE_ARRAY && in->tape.node[0].hash)
        in->next = 1;
    return ERR_OK;
}

/* Lines before ${offset} of the document; offsets only grow. */
static uint64_t
line_of(struct normalize_input *in, size_t offset)
{
    for (; in->line_at < offset; in->line_at++)
        in->line += in->whole.data[in->line_at] == '\n';
    return in->line;
}

static enum err_code
next_element(struct normalize_input *in, struct normalize_frame *out)
{
    while (in->next != 0) {
        uint32_t i = in->next == UINT32_MAX ? 0 : in->next;
        const struct tape_node *n = &in->tape.node[i];
        const char *start = in->tape.input + n->offset;
        size_t offset = (size_t)(start - in->whole.data);

        in->next = i == 0 ? 0 : n->next;
        if (n->type != TAPE_OBJECT)
            continue;
        *out = (struct normalize_frame){.data = {start, n->length},
                                        .offset = offset,
                                        .index = in->index++,
                                        .line = line_of(in, offset)};
        return ERR_OK;
    }
    return ERR_CLOSED;
}

/* ---- lines */

enum err_code
normalize_next(struct normalize_input *in, struct normalize_frame *out,
               struct err *err)
{
    struct frame frame;
    enum err_code code;

    if (in->document)
        return next_element(in, out);
    while (!framer_next(&in->framer, &in->pending, &frame)) {
        if (in->ended) {
            if (!framer_flush(&in->framer, &frame))
                return ERR_CLOSED;
            break;
        }
        code = read_block(in, err);
        if (code != ERR_OK)
            return code;
    }
    *out =
        (struct normalize_frame){.data = frame.data,
                                 .offset = frame.start,
                                 .line = in->framer.frames + in->framer.empty,
                                 .cut = frame.cut};
    return ERR_OK;
}

void
normalize_seed(const char *name, uint8_t seed[16])
{
    static const uint8_t key[16] = "hutong file name";

    hash_128(key, name, strlen(name), seed);
}
