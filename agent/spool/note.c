/* SPDX-License-Identifier: Apache-2.0 */
/* What a look at a spool says, for people and for programs. */
#include "agent/spool/internal.h"

struct note_row {
    const char *id; /* in JSON */
    const char *en, *zh;
    const char *a, *b; /* names of the numbers; NULL: not shown */
};

static const struct note_row rows[SPOOL_NOTE_COUNT] = {
    [SPOOL_NOTE_TAIL_CUT] =
        {"tail_cut",
         "unfinished end: a copy goes to quarantine, then it is cut",
         "末尾有未写完的数据：副本存入 quarantine 后截断", "offset", "bytes"},
    [SPOOL_NOTE_TAIL_KEPT] = {"tail_kept",
                              "unfinished end: no copy could be made, ignored",
                              "末尾有未写完的数据：未能备份，保留并忽略",
                              "offset", "bytes"},
    [SPOOL_NOTE_UNREADABLE] = {"unreadable", "the device refuses to read it",
                               "设备拒绝读取该文件", NULL, NULL},
    [SPOOL_NOTE_PART_UNREADABLE] = {"part_unreadable",
                                    "the device refuses to read a part of it",
                                    "设备拒绝读取该文件的一部分", NULL, NULL},
    [SPOOL_NOTE_UNFINISHED] = {"unfinished", "empty file: removed",
                               "空文件：删除", NULL, NULL},
    [SPOOL_NOTE_HEADER_DAMAGED] = {"header_damaged",
                                   "header damaged: its records are kept",
                                   "文件头损坏：其中的记录保留", NULL, NULL},
    [SPOOL_NOTE_FOREIGN] = {"foreign",
                            "belongs to another spool: goes to quarantine",
                            "属于另一个落盘队列：移至 quarantine", NULL, NULL},
    [SPOOL_NOTE_NOTHING_READABLE] = {"nothing_readable",
                                     "no readable record: goes to quarantine",
                                     "没有可读的记录：移至 quarantine", NULL,
                                     "bytes"},
    [SPOOL_NOTE_SECOND_COPY] = {"second_copy",
                                "second copy of a segment: goes to quarantine",
                                "同一段的另一份拷贝：移至 quarantine", NULL,
                                "bytes"},
    [SPOOL_NOTE_NOT_MOVED] = {"not_moved",
                              "could not be moved to quarantine: ignored",
                              "未能移至 quarantine：忽略", NULL, NULL},
    [SPOOL_NOTE_CURSOR_ONE_BAD] = {"cursor_slot_damaged",
                                   "one slot is damaged: the other is used",
                                   "游标文件的一个槽位损坏：使用另一个", NULL,
                                   NULL},
    [SPOOL_NOTE_CURSOR_BAD] =
        {"cursor_damaged",
         "both slots are damaged: every output starts at the oldest record",
         "游标文件的两个槽位均损坏：各输出从最早的记录重新开始", NULL, NULL},
    [SPOOL_NOTE_RECORDS_MISSING] = {"records_missing",
                                    "records of this cursor are gone",
                                    "该游标尚未处理的记录已丢失", "first",
                                    "count"},
    [SPOOL_NOTE_DAMAGE] = {"damage", "damaged bytes: a copy goes to quarantine",
                           "数据损坏：副本存入 quarantine", "offset", "bytes"},
    [SPOOL_NOTE_DAMAGE_KEPT] = {"damage_kept",
                                "damaged bytes, their copy is in quarantine",
                                "数据损坏，副本已在 quarantine 中", "offset",
                                "bytes"},
};

void
spool_note(struct spool *s, enum spool_note note, const char *name, uint64_t a,
           uint64_t b)
{
    struct spool_item item = {
        .kind = SPOOL_ITEM_NOTE, .name = name, .note = note, .a = a, .b = b};

    if (s->on_item != NULL)
        s->on_item(s->on_item_ctx, &item);
}

const char *
spool_note_text(enum spool_note n, bool zh)
{
    return zh ? rows[n].zh : rows[n].en;
}

static void
number_text(struct buf *out, const char *name, uint64_t v)
{
    buf_printf(out, ", %s %llu", name, (unsigned long long)v);
}

void
spool_item_text(const struct spool_item *i, struct buf *out)
{
    buf_str(out, i->name);
    buf_str(out, ": ");
    switch (i->kind) {
    case SPOOL_ITEM_NOTE:
        buf_str(out, rows[i->note].en);
        if (rows[i->note].a != NULL)
            number_text(out, rows[i->note].a, i->a);
        if (rows[i->note].b != NULL)
            number_text(out, rows[i->note].b, i->b);
        break;
    case SPOOL_ITEM_CURSOR:
        buf_str(out, "cursor");
        number_text(out, "settled", i->settled);
        number_text(out, "queued", i->queued);
        break;
    case SPOOL_ITEM_SEGMENT:
    case SPOOL_ITEM_SUMMARY:
        buf_str(out, i->kind == SPOOL_ITEM_SEGMENT ? "segment" : "spool");
        number_text(out, "first", i->first);
        number_text(out, "last", i->last);
        number_text(out, "bytes", i->bytes);
        number_text(out, "records", i->records);
        number_text(out, "lost", i->lost);
        break;
    }
}

/* Names come from the file system and from configuration. */
static void
json_string(struct buf *out, const char *s)
{
    buf_char(out, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c < 0x20 || c == '"' || c == '\\')
            buf_printf(out, "\\u%04x", (unsigned)c);
        else
            buf_char(out, *s);
    }
    buf_char(out, '"');
}

static void
json_number(struct buf *out, const char *name, uint64_t v)
{
    buf_printf(out, ",\"%s\":%llu", name, (unsigned long long)v);
}

static void
json_note(const struct spool_item *i, struct buf *out)
{
    const struct note_row *row = &rows[i->note];

    buf_str(out, ",\"note\":");
    json_string(out, row->id);
    if (row->a != NULL)
        json_number(out, row->a, i->a);
    if (row->b != NULL)
        json_number(out, row->b, i->b);
    buf_str(out, ",\"text\":");
    json_string(out, row->en);
}

void
spool_item_json(const struct spool_item *i, struct buf *out)
{
    static const char *const kinds[] = {
        [SPOOL_ITEM_NOTE] = "note",
        [SPOOL_ITEM_SEGMENT] = "segment",
        [SPOOL_ITEM_CURSOR] = "cursor",
        [SPOOL_ITEM_SUMMARY] = "summary",
    };

    buf_printf(out, "{\"type\":\"%s\",\"name\":", kinds[i->kind]);
    json_string(out, i->name);
    if (i->kind == SPOOL_ITEM_NOTE) {
        json_note(i, out);
    } else if (i->kind == SPOOL_ITEM_CURSOR) {
        json_number(out, "settled", i->settled);
        json_number(out, "queued", i->queued);
    } else {
        json_number(out, "first", i->first);
        json_number(out, "last", i->last);
        json_number(out, "bytes", i->bytes);
        json_number(out, "records", i->records);
        json_number(out, "lost", i->lost);
        json_number(out, "damaged_bytes", i->damaged_bytes);
    }
    if (i->kind == SPOOL_ITEM_SUMMARY) {
        json_number(out, "segments", i->segments);
        json_number(out, "notes", i->notes);
        buf_str(out, ",\"uuid\":\"");
        for (unsigned k = 0; k < 16; k++)
            buf_printf(out, "%02x", i->uuid[k]);
        buf_char(out, '"');
    }
    buf_char(out, '}');
}
