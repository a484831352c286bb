/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- data: what a configuration means, without touching the outside */

static struct plan *
find_plan(const struct parts *p, const char *name)
{
    for (size_t i = 0; i < p->plans; i++)
        if (strcmp(p->plan_name[i], name) == 0)
            return p->plan[i];
    return NULL;
}

static bool
load_plan(struct parts *p, const char *name, const struct config_input *in,
          struct diag *diag)
{
    struct mapping *m = data_mapping(&p->config->data, name, diag);
    struct plan *plan = m ? plan_compile(m, p->standard, diag) : NULL;

    if (plan == NULL) {
        mapping_free(m);
        diag_add(diag, DIAG_ERROR, p->config->file, in->line, 1,
                 "input %s: mapping %s cannot be used", in->name, name);
        return false;
    }
    p->mapping[p->plans] = m;
    p->plan[p->plans] = plan;
    p->plan_name[p->plans++] = name;
    return true;
}

static void
option_problems(const struct config *c, const char *what, const char *name,
                unsigned line, struct buf *text, struct diag *diag)
{
    struct bytes rest = buf_view(text);

    while (rest.len != 0) {
        size_t n = bytes_find(rest, '\n');

        if (n != 0)
            diag_add(diag, DIAG_ERROR, c->file, line, 1, "%s %s: %.*s", what,
                     name, (int)n, rest.data);
        rest = bytes_from(rest, n + 1);
    }
    buf_reset(text);
}

static void
check_options(const struct config *c, struct diag *diag)
{
    struct buf text = {0};

    for (size_t i = 0; i < c->input_count; i++)
        if (!input_check(&c->input[i], &text))
            option_problems(c, "input", c->input[i].name, c->input[i].line,
                            &text, diag);
    for (size_t i = 0; i < c->output_count; i++)
        if (!output_check(&c->output[i], &text))
            option_problems(c, "output", c->output[i].name, c->output[i].line,
                            &text, diag);
    buf_free(&text);
}

static void
check_kinds(const struct parts *p, struct diag *diag)
{
    const struct config *c = p->config;

    for (size_t i = 0; i < c->output_count; i++) {
        const struct config_output *o = &c->output[i];

        for (size_t k = 0; o->kinds != NULL && o->kinds[k] != NULL; k++)
            if (std_shape(p->standard, o->kinds[k]) == NULL)
                diag_add(diag, DIAG_ERROR, c->file, o->line, 1,
                         "output %s: %s is no information kind", o->name,
                         o->kinds[k]);
    }
}

struct parts *
parts_data(const struct config *c, struct diag *diag)
{
    struct parts *p = calloc(1, sizeof *p);
    unsigned before = diag->errors;
    struct err err;

    if (p == NULL) {
        diag_add(diag, DIAG_ERROR, c->file, 0, 0, "out of memory");
        return NULL;
    }
    p->config = c;
    check_options(c, diag);
    p->standard = data_standard(&c->data, diag);
    if (p->standard != NULL) {
        check_kinds(p, diag);
        for (size_t i = 0; i < c->input_count; i++)
            for (size_t k = 0; k < c->input[i].mapping_count; k++)
                if (find_plan(p, c->input[i].mapping[k]) == NULL)
                    (void)load_plan(p, c->input[i].mapping[k], &c->input[i],
                                    diag);
        p->checker = checker_new(
            p->standard, c->lenient ? CHECK_LENIENT : CHECK_STRICT, &err);
        if (p->checker == NULL)
            diag_add(diag, DIAG_ERROR, c->file, 0, 0, "%s", err.msg);
    }
    if (diag->errors != before) {
        parts_free(p);
        return NULL;
    }
    return p;
}

/* ---- the outside: outputs, then inputs */

static enum err_code
make_products(struct parts *p, struct err *err)
{
    size_t n = p->config->input_count;
    const char **id = arena_array(&p->arena, n + 1, sizeof *id);
    const char **json = arena_array(&p->arena, n + 1, sizeof *json);
    struct buf text = {0};

    for (size_t i = 0; i < n && id != NULL && json != NULL; i++) {
        const struct config_input *in = &p->config->input[i];
        const struct plan *plan =
            in->mapping_count ? find_plan(p, in->mapping[0]) : NULL;
        struct config_product product;

        input_product(in, plan ? plan_mapping(plan) : NULL, &product);
        buf_reset(&text);
        envelope_product(p->standard, &product, &text);
        id[i] = product.id;
        json[i] = arena_str(&p->arena, buf_view(&text));
    }
    buf_free(&text);
    if (id == NULL || json == NULL || (n != 0 && json[n - 1] == NULL))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    p->products = (struct product_table){id, json};
    return ERR_OK;
}

static enum err_code
open_outputs(struct parts *p, const struct parts_host *h, struct err *err)
{
    struct output_deps d = {.spool = h->spool,
                            .dlq = h->dlq,
                            .standard = p->standard,
                            .products = &p->products,
                            .say = h->say,
                            .ctx = h->ctx};

    for (size_t i = 0; i < p->config->output_count; i++) {
        struct output_numbers n;
        enum err_code code =
            output_open(&p->config->output[i], &d, &p->output[i], err);

        if (code != ERR_OK)
            return code;
        p->output_name[p->outputs++] = p->config->output[i].name;
        output_numbers(p->output[i], &n);
        /* First sight of this output: what it will get is what is queued. */
        if (!balance_get_routed(h->spool, p->config->output[i].name,
                                &p->routed[i]))
            p->routed[i] = n.delivered + n.filtered + n.dead_lettered +
                           n.dropped + n.queued;
    }
    return ERR_OK;
}

static enum err_code
open_inputs(struct parts *p, const struct parts_host *h, struct err *err)
{
    struct spool_stats stats;

    spool_stats(h->spool, &stats);
    p->deps = (struct input_deps){.base = h->base,
                                  .spool = h->spool,
                                  .dlq = h->dlq,
                                  .standard = p->standard,
                                  .checker = p->checker,
                                  .routed = p->routed,
                                  .output_names = p->output_name,
                                  .outputs = p->outputs,
                                  .last_sequence = stats.last,
                                  .finished = h->finished,
                                  .ctx = h->ctx};
#ifdef HUTONG_FAULTS
    if (getenv("HUTONG_SEED_LOSS") != NULL)
        p->deps.lose_at = strtoull(getenv("HUTONG_SEED_LOSS"), NULL, 10);
#endif
    for (size_t i = 0; i < p->config->input_count; i++) {
        const struct config_input *in = &p->config->input[i];
        const struct plan *plans[CONFIG_MAX_MAPPINGS];
        enum err_code code;

        for (size_t k = 0; k < in->mapping_count; k++)
            plans[k] = find_plan(p, in->mapping[k]);
        code = input_open(in, plans, in->mapping_count, &p->deps, &p->input[i],
                          err);
        if (code != ERR_OK)
            return code;
        p->inputs++;
    }
    return ERR_OK;
}

enum err_code
parts_open(struct parts *p, const struct parts_host *h, struct err *err)
{
    enum err_code code = make_products(p, err);

    if (code == ERR_OK)
        code = open_outputs(p, h, err);
    if (code == ERR_OK)
        code = open_inputs(p, h, err);
    return code;
}

enum err_code
parts_start(struct parts *p, struct err *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < p->outputs && code == ERR_OK; i++)
        code = output_start(p->output[i], err);
    for (size_t i = 0; i < p->inputs && code == ERR_OK; i++)
        code = input_start(p->input[i], err);
    return code;
}

void
parts_stop_inputs(struct parts *p)
{
    for (size_t i = 0; i < p->inputs; i++)
        input_stop(p->input[i]);
}

void
parts_stop_outputs(struct parts *p)
{
    for (size_t i = 0; i < p->outputs; i++)
        output_stop(p->output[i]);
    for (size_t i = 0; i < p->outputs; i++)
        output_join(p->output[i]);
}

bool
parts_drained(const struct parts *p)
{
    for (size_t i = 0; i < p->outputs; i++)
        if (!output_drained(p->output[i]))
            return false;
    return true;
}

bool
parts_finished(const struct parts *p)
{
    for (size_t i = 0; i < p->inputs; i++)
        if (!input_finished(p->input[i]))
            return false;
    return true;
}

void
parts_free(struct parts *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->inputs; i++)
        input_free(p->input[i]);
    repeats_free(p->deps.repeats);
    for (size_t i = 0; i < p->outputs; i++)
        output_free(p->output[i]);
    checker_free(p->checker);
    for (size_t i = 0; i < p->plans; i++) {
        plan_free(p->plan[i]);
        mapping_free(p->mapping[i]);
    }
    std_free(p->standard);
    arena_free(&p->arena);
    free(p);
}
