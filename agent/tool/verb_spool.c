/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong spool`: look at, check, export and repair the durable log of an agent.
 * Everything but `repair --apply` only reads. */
#include <getopt.h>
#include <inttypes.h>

#include "agent/spool/inspect.h"
#include "agent/tool/table.h"
#include "agent/tool/tool.h"
#include "formats/base/text.h"
#include "formats/base/time.h"
#include "formats/json/writer.h"

struct view { /* what spool_inspect says, for people or as JSON lines */
    const struct tool *t;
    struct buf json;
    struct buf notes;
    struct table segments, cursors;
    struct spool_item sum;
    bool only_notes;
    unsigned to_do; /* notes that a repair would act on */
};

static void
cell(char out[24], uint64_t v)
{
    (void)snprintf(out, 24, "%" PRIu64, v);
}

static void
add_segment(struct view *v, const struct spool_item *i)
{
    char first[24], last[24], bytes[24], records[24], lost[24], damaged[24];
    const char *cells[] = {i->name, first, last, bytes, records, lost, damaged};

    cell(first, i->first);
    cell(last, i->last);
    cell(bytes, i->bytes);
    cell(records, i->records);
    cell(lost, i->lost);
    cell(damaged, i->damaged_bytes);
    table_row(&v->segments, cells);
}

static void
add_cursor(struct view *v, const struct spool_item *i)
{
    char settled[24], queued[24];
    const char *cells[] = {i->name, settled, queued};

    cell(settled, i->settled);
    cell(queued, i->queued);
    table_row(&v->cursors, cells);
}

static void
add_note(struct view *v, const struct spool_item *i)
{
    text_visible(&v->notes, bytes_str(i->name));
    buf_printf(&v->notes, ": %s", spool_note_text(i->note, v->t->zh));
    if (i->a != 0 || i->b != 0)
        buf_printf(&v->notes, " (%" PRIu64 ", %" PRIu64 ")", i->a, i->b);
    buf_char(&v->notes, '\n');
}

static void
on_item(void *ctx, const struct spool_item *i)
{
    struct view *v = ctx;

    if (i->kind == SPOOL_ITEM_SUMMARY)
        v->sum = *i;
    if (i->kind == SPOOL_ITEM_NOTE && i->note == SPOOL_NOTE_DAMAGE_KEPT &&
        v->only_notes)
        return; /* nothing is left to do */
    v->to_do += i->kind == SPOOL_ITEM_NOTE;
    if (v->t->json) {
        if (!v->only_notes || i->kind == SPOOL_ITEM_NOTE) {
            spool_item_json(i, &v->json);
            buf_char(&v->json, '\n');
        }
    } else if (i->kind == SPOOL_ITEM_SEGMENT) {
        add_segment(v, i);
    } else if (i->kind == SPOOL_ITEM_CURSOR) {
        add_cursor(v, i);
    } else if (i->kind == SPOOL_ITEM_NOTE) {
        add_note(v, i);
    }
}

static void
view_init(struct view *v, const struct tool *t, bool full)
{
    const char *segment[] = {
        tool_say(t, "段", "segment"),       tool_say(t, "首序号", "first"),
        tool_say(t, "末序号", "last"),      tool_say(t, "字节", "bytes"),
        tool_say(t, "可读记录", "records"), tool_say(t, "丢失记录", "lost"),
        tool_say(t, "损坏字节", "damaged")};
    const char *cursor[] = {tool_say(t, "输出", "output"),
                            tool_say(t, "已完成至", "settled"),
                            tool_say(t, "排队", "queued")};

    *v = (struct view){.t = t};
    table_init(&v->segments, full ? 7 : 4);
    table_init(&v->cursors, 3);
    table_row(&v->segments, segment);
    table_row(&v->cursors, cursor);
}

static void
view_free(struct view *v)
{
    table_free(&v->segments);
    table_free(&v->cursors);
    buf_free(&v->json);
    buf_free(&v->notes);
}

static void
put_count(const struct view *v, struct buf *out, const char *zh, const char *en,
          uint64_t n)
{
    buf_printf(out, "%s%s %" PRIu64, out->len != 0 ? ", " : "",
               tool_say(v->t, zh, en), n);
}

static void
view_print(struct view *v, bool full)
{
    const struct spool_item *s = &v->sum;
    struct buf out = {0};

    if (v->t->json) {
        (void)tool_write(v->t, &v->json);
        return;
    }
    put_count(v, &out, "段", "segments", s->segments);
    put_count(v, &out, "字节", "bytes", s->bytes);
    put_count(v, &out, "首序号", "first", s->first);
    put_count(v, &out, "末序号", "last", s->last);
    if (full) {
        put_count(v, &out, "可读记录", "readable", s->records);
        put_count(v, &out, "丢失记录", "lost", s->lost);
        put_count(v, &out, "损坏字节", "damaged bytes", s->damaged_bytes);
    }
    buf_str(&out, "\n\n");
    table_print(&v->segments, true, &out);
    buf_char(&out, '\n');
    table_print(&v->cursors, true, &out);
    if (v->notes.len != 0) {
        buf_char(&out, '\n');
        buf_bytes(&out, buf_view(&v->notes));
    }
    (void)tool_write(v->t, &out);
    buf_free(&out);
}

/* ---------------------------------------------------------------- verbs */

static int
inspect(struct tool *t, const char *dir, enum spool_depth depth)
{
    struct view v;
    struct err err = {0};
    bool full = depth == SPOOL_FULL;
    int status;

    view_init(&v, t, full);
    if (spool_inspect(dir, depth, on_item, &v, &err) != ERR_OK) {
        status = tool_fail(t, &err);
    } else {
        view_print(&v, full);
        status = full && (v.sum.notes != 0 || v.sum.lost != 0) ? TOOL_FINDINGS
                                                               : TOOL_OK;
    }
    view_free(&v);
    return status;
}

static int
run_status(struct tool *t, const char *dir, bool apply)
{
    (void)apply;
    return inspect(t, dir, SPOOL_HEADS);
}

static int
run_check(struct tool *t, const char *dir, bool apply)
{
    (void)apply;
    return inspect(t, dir, SPOOL_FULL);
}

static int
run_repair(struct tool *t, const char *dir, bool apply)
{
    struct view v;
    struct err err = {0};
    struct buf done = {0};
    int status = TOOL_OK;
    enum err_code e;

    view_init(&v, t, true);
    v.only_notes = true;
    e = spool_inspect(dir, SPOOL_FULL, on_item, &v, &err);
    if (e == ERR_OK && apply)
        e = spool_repair(dir, true, &done, &err);
    if (e != ERR_OK) {
        status = tool_fail(t, &err);
    } else {
        if (t->json)
            (void)tool_write(t, &v.json);
        else if (v.notes.len != 0)
            (void)tool_write(t, &v.notes);
        if (!t->quiet && !t->json)
            (void)puts(v.to_do == 0
                           ? tool_say(t, "无需修复", "nothing to repair")
                       : apply ? tool_say(t, "已修复", "repaired")
                               : tool_say(t, "以上仅为计划，加 --apply 才执行",
                                          "a plan only; --apply carries it "
                                          "out"));
        if (!apply && v.to_do != 0)
            status = TOOL_FINDINGS;
    }
    buf_free(&done);
    view_free(&v);
    return status;
}

static void
put_text(struct json_writer *w, const char *key, struct bytes value)
{
    if (value.len == 0)
        return;
    json_key(w, key);
    json_string(w, value);
}

static void
put_time(struct json_writer *w, const char *key, int64_t ns)
{
    struct stamp at = time_of_ns(ns);
    char text[64];
    struct buf out = {.data = text, .cap = sizeof text, .max = sizeof text};

    if (ns == 0)
        return;
    time_write_rfc3339(&out, &at);
    json_key(w, key);
    json_string(w, buf_view(&out));
}

/* An event's item is JSON; a dead letter holds the bytes as they came. */
static void
put_item(struct json_writer *w, const struct spool_record *r)
{
    struct buf base64 = {0};

    if (r->meta.kind == SPOOL_EVENT && r->item.len != 0 &&
        r->item.data[0] == '{') {
        json_key(w, "item");
        json_raw(w, r->item);
    } else if (text_utf8_valid(r->item) == r->item.len) {
        json_key(w, "raw");
        json_string(w, r->item);
    } else {
        text_base64(&base64, r->item);
        json_key(w, "raw_base64");
        json_string(w, buf_view(&base64));
        buf_free(&base64);
    }
}

struct exporting {
    const struct tool *t;
    struct buf out;
};

static bool
export_record(void *ctx, const struct spool_record *r)
{
    struct exporting *x = ctx;
    struct buf *out = &x->out;
    struct json_writer w;
    struct buf id = {0};

    text_hex(&id, r->meta.event_id, SPOOL_ID_BYTES);
    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "sequence");
    json_u64(&w, r->sequence);
    json_key(&w, "kind");
    json_cstr(&w, r->meta.kind == SPOOL_EVENT  ? "event"
                  : r->meta.kind == SPOOL_DEAD ? "dead"
                                               : "other");
    put_text(&w, "event_id", buf_view(&id));
    put_time(&w, "received", r->meta.received_ns);
    put_text(&w, "input", r->meta.input);
    put_text(&w, "info_type", r->meta.info_type);
    put_text(&w, "product", r->meta.product);
    put_text(&w, "source", r->meta.source);
    put_text(&w, "mapping", r->meta.mapping);
    put_text(&w, "key", r->meta.key);
    put_text(&w, "reason", r->meta.reason);
    json_key(&w, "level");
    json_u64(&w, r->meta.level);
    put_item(&w, r);
    json_end_object(&w);
    buf_char(out, '\n');
    buf_free(&id);
    return out->len < 65536 || tool_write(x->t, out);
}

static int
run_export(struct tool *t, const char *dir, bool apply)
{
    struct exporting x = {.t = t};
    struct err err = {0};
    int status = TOOL_OK;

    (void)apply;
    if (spool_export(dir, export_record, &x, &err) != ERR_OK)
        status = tool_fail(t, &err);
    (void)tool_write(t, &x.out);
    buf_free(&x.out);
    return status;
}

struct action {
    const char *name;
    int (*run)(struct tool *t, const char *dir, bool apply);
};

static const struct action actions[] = {
    {"status", run_status},
    {"check", run_check},
    {"export", run_export},
    {"repair", run_repair},
};

static int
run(struct tool *t, int argc, char **argv)
{
    static const struct option words[] = {
        {"apply", no_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    bool apply = false;
    int c;

    while ((c = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (c != 'a')
            return tool_usage(t, "%s",
                              tool_say(t, "未知选项", "unknown option"));
        apply = true;
    }
    if (argc - optind != 2)
        return tool_usage(t, "%s",
                          tool_say(t, "需要一个动作和一个目录",
                                   "one action and one directory are wanted"));
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(argv[optind], actions[i].name) == 0)
            return actions[i].run(t, argv[optind + 1], apply);
    return tool_usage(t, "%s: %s", tool_say(t, "未知动作", "unknown action"),
                      argv[optind]);
}

const struct verb verb_spool = {
    .name = "spool",
    .synopsis = "status|check|export|repair [--apply] DIR",
    .zh = "查看、检查、导出或修复落盘队列",
    .en = "look at, check, export or repair an agent's durable log",
    .help_zh =
        "  status DIR          段、序号和各输出的位置；可在代理运行时使用\n"
        "  check DIR           读取每条记录并核对校验和；有问题时退出码为 1\n"
        "  export DIR          按顺序输出每条可读记录，每行一个 JSON 对象\n"
        "                      （也可用于目录中的 deadletter）\n"
        "  repair DIR          列出启动时会做的修复，不做任何改动\n"
        "  repair --apply DIR  执行修复；损坏的字节保存在 quarantine 中\n",
    .help_en =
        "  status DIR          segments, sequences and where each output is;\n"
        "                      also while the agent runs\n"
        "  check DIR           read every record and verify its checksums;\n"
        "                      exit 1 when something is wrong\n"
        "  export DIR          every readable record in order, a JSON object\n"
        "                      a line (also for the deadletter folder)\n"
        "  repair DIR          what a start would mend; changes nothing\n"
        "  repair --apply DIR  mend it; damaged bytes are kept in quarantine\n",
    .run = run,
};
