/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/recognise.h"

#include <stdlib.h>

#include "formats/codec/codec.h"

#define SAMPLE_FRAMES 200
#define SAMPLE_FRAME  ((size_t)256 * 1024)

int
mappings_open(const struct tool *t, struct mappings *m)
{
    *m = (struct mappings){.standard = tool_standard(t)};
    return m->standard ? TOOL_OK : TOOL_CONFIG;
}

void
mappings_close(struct mappings *m)
{
    for (size_t i = 0; i < m->count; i++) {
        plan_free(m->plan[i]);
        mapping_free(m->mapping[i]);
    }
    m->count = 0;
    std_free(m->standard);
    m->standard = NULL;
}

int
mappings_add(const struct tool *t, struct mappings *m, const char *name)
{
    struct mapping *mapping;
    struct plan *plan = NULL;
    struct diag diag;

    if (m->count == MAPPINGS_MAX)
        return tool_usage(t, "at most %d mappings", MAPPINGS_MAX);
    diag_init(&diag);
    mapping = data_mapping(&t->data, name, &diag);
    if (mapping != NULL)
        plan = plan_compile(mapping, m->standard, &diag);
    tool_diag(t, &diag);
    diag_free(&diag);
    if (plan == NULL) {
        mapping_free(mapping);
        return TOOL_CONFIG;
    }
    m->mapping[m->count] = mapping;
    m->plan[m->count++] = plan;
    return TOOL_OK;
}

struct trial {
    struct json_reader reader;
    struct codec_context context;
    struct tape tape;
    struct buf decoded;
};

/* The sum over the frames of how sure codec and mapping are, 0 to 100 each. */
static double
score(struct trial *t, const struct plan *plan, struct bytes sample)
{
    const struct codec *codec = codec_find(mapping_codec(plan_mapping(plan)));
    struct plan_state *st = codec ? plan_state_new(plan) : NULL;
    size_t frames = 0;
    double sum = 0;

    while (st != NULL && sample.len > 0 && frames < SAMPLE_FRAMES) {
        size_t end = bytes_find(sample, '\n');
        struct bytes frame = bytes_trim(bytes_upto(sample, end));
        int sure;

        /* The last line of a sample may be half a line. */
        if (end == sample.len && frames > 0)
            break;
        sample = bytes_from(sample, end + 1);
        if (frame.len == 0)
            continue;
        frames++;
        frame = bytes_upto(frame, SAMPLE_FRAME);
        sure = codec->looks_like(frame);
        if (sure > 0 &&
            codec->decode(&t->context, frame, &t->tape, NULL) == ERR_OK)
            sum += sure * (double)plan_looks_like(plan, st, &t->tape, 0) / 100;
    }
    plan_state_free(st);
    return frames ? sum / (double)frames : 0;
}

/* A document's elements, one a line, would read the same; its first object is
 * sample enough. */
static struct bytes
document_head(struct trial *t, struct bytes sample)
{
    static const struct json_limits limits = {.depth = TAPE_MAX_DEPTH,
                                              .nodes = TAPE_MAX_NODES,
                                              .keys = 4096,
                                              .string_bytes = 64 * 1024,
                                              .bytes = TAPE_MAX_INPUT};
    struct json_reader reader;
    struct bytes head = {0};
    const struct tape_node *n;

    json_reader_init(&reader, JSON_TOLERANT, &limits);
    if (json_read(&reader, bytes_trim(sample), &t->tape, NULL) == ERR_OK) {
        n = &t->tape.node[0];
        if (n->type == TAPE_ARRAY && n->hash != 0)
            n = &t->tape.node[1];
        if (n->type == TAPE_OBJECT)
            head = bytes_of(t->tape.input + n->offset, n->length);
    }
    json_reader_free(&reader);
    return head;
}

/* Line breaks between JSON tokens are no frames here. */
static struct bytes
one_line(struct trial *t, struct bytes head)
{
    buf_reset(&t->decoded);
    buf_bytes(&t->decoded, head);
    for (size_t i = 0; i < t->decoded.len; i++)
        if (t->decoded.data[i] == '\n')
            t->decoded.data[i] = ' ';
    return buf_view(&t->decoded);
}

static void
say_found(const struct tool *t, const char *file, const struct mapping *m,
          double sure)
{
    if (!t->quiet)
        (void)fprintf(stderr,
                      t->zh ? "%s: 识别为 %s（%s，把握 %.0f%%）\n"
                            : "%s: recognised as %s (%s, %.0f%% sure)\n",
                      file, mapping_id(m), mapping_product(m, "name"), sure);
}

static int
choose(const struct tool *t, struct mappings *m, const char *file,
       const double *sure)
{
    size_t best = 0;

    for (size_t i = 1; i < m->count; i++)
        if (sure[i] > sure[best])
            best = i;
    if (m->count == 0 || sure[best] <= 0) {
        (void)fprintf(stderr, "hutong: %s: %s\n", file,
                      tool_say(t,
                               "认不出来源产品，请用 -m 指定映射（见 "
                               "hutong mapping list）",
                               "the source is not recognised; name a mapping "
                               "with -m (see hutong mapping list)"));
        return TOOL_INPUT;
    }
    for (size_t i = 0; i < m->count; i++)
        if (i != best && sure[i] >= sure[best])
            return tool_usage(t, "%s fits %s and %s alike; choose with -m",
                              file, mapping_id(m->mapping[best]),
                              mapping_id(m->mapping[i]));
    say_found(t, file, m->mapping[best], sure[best]);
    for (size_t i = 0; i < m->count; i++)
        if (i != best) {
            plan_free(m->plan[i]);
            mapping_free(m->mapping[i]);
        }
    m->plan[0] = m->plan[best];
    m->mapping[0] = m->mapping[best];
    m->count = 1;
    return TOOL_OK;
}

int
mappings_recognise(const struct tool *t, struct mappings *m, const char *file,
                   struct bytes sample, enum text_charset charset)
{
    const char *ids[MAPPINGS_MAX];
    double sure[MAPPINGS_MAX] = {0};
    struct arena arena = {0};
    struct trial trial = {.context.json = &trial.reader};
    struct buf utf8 = {0};
    struct bytes head;
    size_t n = data_mapping_ids(&t->data, &arena, ids, MAPPINGS_MAX);
    int status = TOOL_OK;

    json_reader_init(&trial.reader, JSON_TOLERANT, NULL);
    if (charset != TEXT_UTF8 &&
        text_decode(&utf8, sample, charset, NULL) == ERR_OK)
        sample = buf_view(&utf8);
    head = document_head(&trial, sample);
    if (head.len > 0)
        sample = one_line(&trial, head);
    for (size_t i = 0; i < n && status == TOOL_OK; i++)
        status = mappings_add(t, m, ids[i]);
    for (size_t i = 0; i < m->count && status == TOOL_OK; i++)
        sure[i] = score(&trial, m->plan[i], sample);
    if (status == TOOL_OK)
        status = choose(t, m, file, sure);
    json_reader_free(&trial.reader);
    tape_free(&trial.tape);
    buf_free(&trial.context.scratch);
    buf_free(&trial.decoded);
    buf_free(&utf8);
    arena_free(&arena);
    return status;
}
