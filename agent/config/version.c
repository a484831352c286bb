/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/config/version.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <yaml.h>
#include <zmq.h>

#include "formats/base/text.h"
#include "formats/json/writer.h"

#define MAX_MAPPINGS 128

struct library {
    const char *name;
    char version[64];
};

static size_t
libraries(struct library *out)
{
    int major, minor, patch;
    size_t n = 0;

    out[n] = (struct library){.name = "openssl"};
    (void)snprintf(out[n++].version, sizeof out->version, "%s",
                   OpenSSL_version(OPENSSL_VERSION_STRING));
    out[n] = (struct library){.name = "libcurl"};
    (void)snprintf(out[n++].version, sizeof out->version, "%s",
                   curl_version_info(CURLVERSION_NOW)->version);
    zmq_version(&major, &minor, &patch);
    out[n] = (struct library){.name = "libzmq"};
    (void)snprintf(out[n++].version, sizeof out->version, "%d.%d.%d", major,
                   minor, patch);
    out[n] = (struct library){.name = "libevent"};
    (void)snprintf(out[n++].version, sizeof out->version, "%s",
                   event_get_version());
    yaml_get_version(&major, &minor, &patch);
    out[n] = (struct library){.name = "libyaml"};
    (void)snprintf(out[n++].version, sizeof out->version, "%d.%d.%d", major,
                   minor, patch);
    return n;
}

/* The digest names the exact definitions, overlays included: two outputs with
 * the same digest follow the same rows. */
static void
definition_digest(const struct standard *s, struct buf *out)
{
    struct bytes text = std_canonical(s);
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(text.data, text.len, md, &len, EVP_sha256(), NULL) == 1)
        text_hex(out, md, len);
}

static void
write_data(struct json_writer *w, const struct standard *s,
           const struct data_options *o)
{
    struct arena arena = {0};
    const char *ids[MAX_MAPPINGS];
    struct buf digest = {0};
    size_t n;

    definition_digest(s, &digest);
    json_key(w, "edition");
    json_cstr(w, std_edition(s));
    json_key(w, "definition_sha256");
    json_string(w, buf_view(&digest));
    json_key(w, "overlays");
    json_u64(w, std_overlay_count(s));
    json_key(w, "definitions");
    json_object(w);
    for (size_t i = 0; i < std_kind_count(s); i++) {
        json_key(w, std_kind(s, i));
        json_cstr(w, std_kind_version(s, std_kind(s, i)));
    }
    json_end_object(w);
    json_key(w, "mappings");
    json_array(w);
    n = data_mapping_ids(o, &arena, ids, MAX_MAPPINGS);
    for (size_t i = 0; i < n; i++)
        json_cstr(w, ids[i]);
    json_end_array(w);
    arena_free(&arena);
    buf_free(&digest);
}

static void
version_json(const struct standard *s, const struct data_options *o,
             struct buf *out)
{
    struct library libs[8];
    size_t n = libraries(libs);
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "hutong");
    json_cstr(&w, HUTONG_VERSION);
    write_data(&w, s, o);
    json_key(&w, "libraries");
    json_object(&w);
    for (size_t i = 0; i < n; i++) {
        json_key(&w, libs[i].name);
        json_cstr(&w, libs[i].version);
    }
    json_end_object(&w);
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
version_plain(const struct standard *s, struct buf *out)
{
    struct library libs[8];
    size_t n = libraries(libs);

    buf_printf(out, "hutong %s\ndefinitions %s, sha256 ", HUTONG_VERSION,
               std_edition(s));
    definition_digest(s, out);
    buf_printf(out, ", overlays %zu\n ", std_overlay_count(s));
    for (size_t i = 0; i < std_kind_count(s); i++)
        buf_printf(out, " %s %s", std_kind(s, i),
                   std_kind_version(s, std_kind(s, i)));
    buf_str(out, "\nlibraries");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, " %s %s", libs[i].name, libs[i].version);
    buf_char(out, '\n');
}

bool
version_text(const struct data_options *o, bool json, struct buf *out)
{
    struct diag diag;
    struct standard *s;

    diag_init(&diag);
    s = data_standard(o, &diag);
    if (s == NULL)
        diag_print(&diag, out);
    else if (json)
        version_json(s, o, out);
    else
        version_plain(s, out);
    std_free(s);
    diag_free(&diag);
    return s != NULL;
}

bool
version_print(const struct data_options *o, bool json)
{
    struct buf out = {0};
    bool ok = version_text(o, json, &out);

    (void)fwrite(out.data, 1, out.len, ok ? stdout : stderr);
    buf_free(&out);
    return ok;
}
