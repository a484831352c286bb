/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/path.h"

#include "formats/base/hash.h"

/* One name, quoted or bare; what follows it stays in *in. */
static const char *
take_name(struct bytes *in, struct bytes *name)
{
    size_t n = 0;

    if (in->len > 0 && in->data[0] == '"') {
        struct bytes rest = bytes_from(*in, 1);
        size_t end = bytes_find(rest, '"');

        if (end == rest.len)
            return "a quoted name does not end";
        if (end == 0)
            return "an empty name";
        *name = bytes_upto(rest, end);
        *in = bytes_from(rest, end + 1);
        return NULL;
    }
    while (n < in->len && in->data[n] != '.' && in->data[n] != '[')
        n++;
    *name = bytes_upto(*in, n);
    *in = bytes_from(*in, n);
    if (n == 0)
        return "an empty name";
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name->data[i] <= ' ' || name->data[i] == '"' ||
            name->data[i] == ']')
            return "a name with spaces, quotes or brackets needs quotes";
    return NULL;
}

static const char *
parse_steps(struct bytes in, struct step *step, uint32_t *count)
{
    while (true) {
        const char *why = *count < PATH_MAX_STEPS
                              ? take_name(&in, &step[*count].name)
                              : "too many steps";

        if (why != NULL)
            return why;
        step[*count].hash =
            hash_key(step[*count].name.data, step[*count].name.len);
        (*count)++;
        while (in.len > 0 && in.data[0] == '[') {
            bool first = bytes_starts(in, BYTES("[0]"));

            if (!first && !bytes_starts(in, BYTES("[]")))
                return "only [] and [0] step into an array";
            if (*count == PATH_MAX_STEPS)
                return "too many steps";
            step[(*count)++] = (struct step){.each = true, .first = first};
            in = bytes_from(in, first ? 3 : 2);
        }
        if (in.len == 0)
            return NULL;
        if (in.data[0] != '.')
            return "a dot or [] is wanted after a name";
        in = bytes_from(in, 1);
    }
}

const char *
path_parse(struct arena *arena, struct bytes text, struct path *out)
{
    struct step step[PATH_MAX_STEPS];
    struct bytes copy;
    struct step *kept;
    uint32_t count = 0;
    const char *why;

    if (text.len == 0 || text.len > PATH_MAX_TEXT)
        return "a path has 1 to 512 bytes";
    memset(step, 0, sizeof step);
    copy = arena_copy(arena, text);
    if (copy.data == NULL)
        return "out of memory";
    why = parse_steps(copy, step, &count);
    if (why != NULL)
        return why;
    kept = arena_array(arena, count, sizeof *kept);
    if (kept == NULL)
        return "out of memory";
    memcpy(kept, step, count * sizeof *kept);
    *out = (struct path){.text = copy.data, .step = kept, .count = count};
    while (out->head < count && !kept[out->head].each)
        out->head++;
    return NULL;
}

/* The member of the object at ${at} that a step names, or 0. */
static uint32_t
member(const struct tape *t, uint32_t at, const struct step *s)
{
    const struct tape_node *n = &t->node[at];

    if (n->type != TAPE_OBJECT || n->hash == 0)
        return 0;
    for (uint32_t k = at + 1; k != 0; k = t->node[k].next)
        if (t->node[k].hash == s->hash && tape_is(t, &t->node[k], s->name))
            return k + 1;
    return 0;
}

/* A place of the search: the value at ${at} still has to follow the steps from
 * ${from} on; ${next} is its next sibling when it is an array's element. */
struct place {
    uint32_t at, from, next;
};

/* Follow names from p until a value (true) or an array (pushed) is met. */
static bool
descend(const struct tape *t, const struct step *step, uint32_t count,
        struct place *p, bool *array)
{
    *array = false;
    while (p->from < count) {
        const struct step *s = &step[p->from];

        if (s->each) {
            p->from++;
            if (t->node[p->at].type == TAPE_ARRAY) {
                *array = true;
                return true;
            }
            continue;
        }
        p->at = member(t, p->at, s);
        if (p->at == 0)
            return false;
        p->from++;
    }
    return true;
}

size_t
path_find(const struct tape *t, uint32_t at, const struct step *step,
          uint32_t count, uint32_t *out, size_t max)
{
    struct place stack[PATH_MAX_STEPS + 1];
    uint32_t top = 0;
    size_t found = 0;

    stack[top++] = (struct place){at, 0, 0};
    while (top > 0) {
        struct place p = stack[top - 1];
        bool array;

        if (p.next == 0)
            top--;
        else
            stack[top - 1] =
                (struct place){p.next, p.from, t->node[p.next].next};
        if (!descend(t, step, count, &p, &array))
            continue;
        if (!array) {
            if (found < max)
                out[found] = p.at;
            found++;
        } else if (t->node[p.at].hash != 0) {
            uint32_t next = step[p.from - 1].first ? 0 : t->node[p.at + 1].next;

            stack[top++] = (struct place){p.at + 1, p.from, next};
        }
    }
    return found;
}
