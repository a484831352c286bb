/* SPDX-License-Identifier: Apache-2.0 */
/* Time per line of the JSON reader and writer, with json-c in the same run as
 * the yardstick: bench_json FILE [SECONDS]. Lines are read over and over; the
 * best of several rounds counts. Prints ns a line and the ratio to json-c. */
/* json-c's type names are function names of ours. */
#define json_object jsonc_object
#define json_bool   jsonc_bool
#include <json-c/json.h>
#undef json_object
#undef json_bool

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define LINES_MAX 100000
#define ROUNDS    15

struct corpus {
    struct bytes all;
    struct bytes line[LINES_MAX];
    size_t count, bytes;
};

struct job {
    const char *name;
    enum json_mode mode;
    void (*run)(const struct job *job, const struct corpus *c);
};

static unsigned long sink; /* keeps the work from being thrown away */

static double
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
run_read(const struct job *job, const struct corpus *c)
{
    static struct json_reader r;
    static struct tape t;

    r.mode = job->mode;
    for (size_t i = 0; i < c->count; i++) {
        if (json_read(&r, c->line[i], &t, NULL) == ERR_OK)
            sink += t.count;
    }
}

static void
run_write(const struct job *job, const struct corpus *c)
{
    static struct json_reader r;
    static struct tape t;
    static struct buf out;

    r.mode = job->mode;
    for (size_t i = 0; i < c->count; i++) {
        buf_reset(&out);
        if (json_read(&r, c->line[i], &t, NULL) == ERR_OK)
            json_put_value(&out, &t, 0);
        sink += out.len;
    }
}

static void
run_utf8(const struct job *job, const struct corpus *c)
{
    (void)job;
    for (size_t i = 0; i < c->count; i++)
        sink += text_utf8_valid(c->line[i]);
}

static void
run_peer(const struct job *job, const struct corpus *c)
{
    static struct json_tokener *tok;

    (void)job;
    if (tok == NULL) {
        tok = json_tokener_new();
        json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
                                        JSON_TOKENER_VALIDATE_UTF8);
    }
    for (size_t i = 0; i < c->count; i++) {
        struct jsonc_object *o;

        json_tokener_reset(tok);
        o = json_tokener_parse_ex(tok, c->line[i].data, (int)c->line[i].len);
        sink += o != NULL;
        json_object_put(o);
    }
}

static const struct job jobs[] = {
    {"json-c, strict, UTF-8 checked", JSON_STRICT, run_peer},
    {"strict read", JSON_STRICT, run_read},
    {"tolerant read", JSON_TOLERANT, run_read},
    {"strict read and write", JSON_STRICT, run_write},
    {"UTF-8 check alone", JSON_STRICT, run_utf8},
};

#define JOBS (sizeof jobs / sizeof jobs[0])

static bool
load(const char *path, struct corpus *c)
{
    FILE *f = fopen(path, "rb");
    char *data = malloc((size_t)64 << 20);
    size_t n;

    if (f == NULL || data == NULL)
        return false;
    n = fread(data, 1, (size_t)64 << 20, f);
    (void)fclose(f);
    c->all = bytes_of(data, n);
    for (struct bytes rest = c->all; rest.len > 0 && c->count < LINES_MAX;) {
        size_t end = bytes_find(rest, '\n');

        if (end > 0) {
            c->line[c->count++] = bytes_upto(rest, end);
            c->bytes += end;
        }
        rest = bytes_from(rest, end + 1);
    }
    return c->count > 0;
}

int
main(int argc, char **argv)
{
    static struct corpus c;
    double best[JOBS];

    if (argc != 2 || !load(argv[1], &c)) {
        (void)fprintf(stderr, "usage: bench_json FILE (JSON lines)\n");
        return 2;
    }
    for (size_t j = 0; j < JOBS; j++)
        best[j] = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t j = 0; j < JOBS; j++) {
            size_t times = 1 + 20000 / c.count;
            double start = now(), each;

            for (size_t k = 0; k < times; k++)
                jobs[j].run(&jobs[j], &c);
            each = (now() - start) / (double)(times * c.count);
            if (each < best[j])
                best[j] = each;
        }
    }
    printf("%zu lines, %zu bytes a line\n", c.count, c.bytes / c.count);
    for (size_t j = 0; j < JOBS; j++)
        printf("%-32s %8.1f ns a line  %5.2f GB/s  %5.1f x\n", jobs[j].name,
               best[j] * 1e9, (double)c.bytes / (double)c.count / best[j] / 1e9,
               best[0] / best[j]);
    return sink == 0;
}
