/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/normalize_report.h"

#include "formats/base/text.h"
#include "formats/json/writer.h"

static void
write_reject(struct buf *out, const char *file, const struct normalize_frame *f,
             const struct err *err)
{
    struct json_writer w;
    struct buf base64 = {0};

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "file");
    json_string(&w, bytes_str(file));
    json_key(&w, "offset");
    json_u64(&w, f->offset);
    json_key(&w, "line");
    json_u64(&w, f->line);
    json_key(&w, "class");
    json_cstr(&w, err_name(err->code));
    json_key(&w, "reason");
    json_string(&w, bytes_str(err->msg));
    json_key(&w, "where");
    json_string(&w, bytes_str(err->where));
    if (text_utf8_valid(f->data) == f->data.len) {
        json_key(&w, "raw");
        json_string(&w, f->data);
    } else {
        text_base64(&base64, f->data);
        json_key(&w, "encoding");
        json_cstr(&w, "base64");
        json_key(&w, "raw");
        json_string(&w, buf_view(&base64));
    }
    json_end_object(&w);
    buf_char(out, '\n');
    buf_free(&base64);
}

void
report_reject(struct normalize_report *r, struct buf *out, const char *file,
              const struct normalize_frame *f, const struct err *err,
              bool refused)
{
    if (r->rejected + r->refused == 0) {
        r->first = *err;
        r->first_line = f->line;
        r->first_file = file;
    }
    if (refused)
        r->refused++;
    else
        r->rejected++;
    r->reasons[(unsigned)err->code < ERR_CODE_COUNT ? err->code : 0]++;
    if (out != NULL)
        write_reject(out, file, f, err);
}

static void
print_json(const struct normalize_report *r, double seconds)
{
    struct buf b = {0};
    struct json_writer w;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"frames", r->frames},
        {"records", r->records},
        {"skipped", r->skipped},
        {"rejected", r->rejected},
        {"refused", r->refused},
        {"repaired", r->repaired},
        {"findings", r->findings},
        {"cut", r->cut},
        {"unreadable_files", r->unreadable},
        {"bytes_in", r->bytes_in},
        {"bytes_out", r->bytes_out},
        {"microseconds", (uint64_t)(seconds * 1e6)},
    };

    json_writer_init(&w, &b);
    json_object(&w);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_key(&w, counts[i].name);
        json_u64(&w, counts[i].value);
    }
    json_key(&w, "reasons");
    json_object(&w);
    for (size_t i = 0; i < ERR_CODE_COUNT; i++)
        if (r->reasons[i] != 0) {
            json_key(&w, err_name((enum err_code)i));
            json_u64(&w, r->reasons[i]);
        }
    json_end_object(&w);
    json_end_object(&w);
    buf_char(&b, '\n');
    if (buf_ok(&b))
        (void)fwrite(b.data, 1, b.len, stderr);
    buf_free(&b);
}

static void
print_reasons(const struct tool *t, const struct normalize_report *r)
{
    struct buf b = {0}, text = {0};

    for (size_t i = 0; i < ERR_CODE_COUNT; i++)
        if (r->reasons[i] != 0)
            (void)fprintf(stderr, "  %s %llu\n", err_name((enum err_code)i),
                          (unsigned long long)r->reasons[i]);
    buf_printf(&b, "%s:%llu: ", r->first_file,
               (unsigned long long)r->first_line);
    tool_message(t, &r->first, &text);
    if (r->first.where[0] != '\0') {
        buf_str(&text, " (");
        (void)messages_zh(tool_messages(t), bytes_str(r->first.where), &text);
        buf_char(&text, ')');
    }
    text_visible(&b, buf_view(&text));
    buf_free(&text);
    (void)fprintf(stderr, "  %s %s\n", tool_say(t, "首例：", "first:"),
                  buf_cstr(&b) ? b.data : "");
    buf_free(&b);
}

void
report_print(const struct tool *t, const struct normalize_report *r,
             double seconds)
{
    double rate = seconds > 0 ? (double)r->frames / seconds : 0;

    if (t->quiet)
        return;
    if (t->json) {
        print_json(r, seconds);
        return;
    }
    (void)fprintf(
        stderr,
        t->zh ? "帧 %llu，记录 %llu，略过 %llu，拒绝 %llu，"
                "扣留 %llu，修复 %llu，有发现 %llu；%.2f 秒，"
                "每秒 %.0f 帧\n"
              : "frames %llu, records %llu, skipped %llu, rejected "
                "%llu, refused %llu, repaired %llu, with findings "
                "%llu; %.2f s, %.0f frames/s\n",
        (unsigned long long)r->frames, (unsigned long long)r->records,
        (unsigned long long)r->skipped, (unsigned long long)r->rejected,
        (unsigned long long)r->refused, (unsigned long long)r->repaired,
        (unsigned long long)r->findings, seconds, rate);
    if (r->cut != 0)
        (void)fprintf(stderr,
                      t->zh ? "  %llu 帧超过 1 MiB，已截断\n"
                            : "  %llu frames over 1 MiB were cut\n",
                      (unsigned long long)r->cut);
    if (r->rejected + r->refused != 0)
        print_reasons(t, r);
}
