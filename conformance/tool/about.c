/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/about.h"

#include <stdio.h>

#include "conformance/ledger/folder.h"
#include "conformance/report/render.h"
#include "formats/json/writer.h"

static void
put_descriptor(struct json_writer *w, const char *name, struct bytes digest,
               struct bytes version)
{
    json_object(w);
    json_key(w, "name");
    json_cstr(w, name);
    json_key(w, "digest");
    json_object(w);
    json_key(w, "sha256");
    json_string(w, digest);
    json_end_object(w);
    json_key(w, "annotations");
    json_object(w);
    json_key(w, "version");
    json_string(w, version);
    json_end_object(w);
    json_end_object(w);
}

enum err_code
about_read(const char *dir, struct buf *store, struct sign_about *about,
           struct err *err)
{
    struct render r = {0};
    struct buf json = {0};
    struct json_writer w;
    char path[1024];
    enum err_code code;

    (void)snprintf(path, sizeof path, "%s/report.json", dir);
    code = folder_slurp(path, RENDER_BYTES_MAX, &json, err);
    if (code == ERR_OK)
        code = render_open(&r, buf_view(&json), err);
    if (code == ERR_OK) {
        struct buf digest = {0};

        about->result =
            !bytes_is(render_text(&r, 0, "summary.exit"), "0") ? "FAILED"
            : render_u64(&r, 0, "summary.verdicts.warn") > 0   ? "WARNED"
                                                               : "PASSED";
        json_writer_init(&w, store);
        json_array(&w);
        buf_bytes(&digest, render_text(&r, 0, "catalogue.sha256"));
        put_descriptor(&w, "catalogue", buf_view(&digest),
                       render_text(&r, 0, "catalogue.version"));
        buf_reset(&digest);
        buf_bytes(&digest, render_text(&r, 0, "definition.sha256"));
        put_descriptor(&w, "definition", buf_view(&digest),
                       render_text(&r, 0, "definition.edition"));
        json_end_array(&w);
        code = buf_ok(store) && buf_ok(&digest)
                   ? ERR_OK
                   : err_set(err, ERR_NOMEM, NULL, "out of memory");
        about->configuration = buf_view(store);
        buf_free(&digest);
    }
    render_close(&r);
    buf_free(&json);
    return code;
}
