/* SPDX-License-Identifier: Apache-2.0 */
/* Facts to native JSON documents. */
#ifndef AGENT_HOST_DOCUMENT_H
#define AGENT_HOST_DOCUMENT_H

#include "agent/host/identity.h"
#include "formats/json/writer.h"

struct document_context {
    const struct facts *facts;
    const struct identity *identity;
    struct stamp now;
    struct buf json; /* owned by the caller: scratch */
    host_document_fn fn;
    void *ctx;
    char parent[HOST_ID_MAX]; /* of the next: the device, then its system */
    size_t written;
    bool stopped; /* fn said so, or memory ran out */
};

/* document_device(c), then document_system(c), which writes nothing where no
 * operating system was seen. */
void document_device(struct document_context *c);
void document_system(struct document_context *c);
/* document_software(c): one document a recognised product. */
void document_software(struct document_context *c);

/* The frame of a document: begin writes type, asset_id, parent_id (NULL: none),
 * name and Chinese name (NULL: none); end closes it and calls c->fn. */
struct document_head {
    const char *type, *id, *parent, *name, *name_zh;
};
void document_begin(struct document_context *c, struct json_writer *w,
                    const struct document_head *head);
void document_end(struct document_context *c, struct json_writer *w,
                  const struct document_head *head);

/* document_text(w, key, s): the member, unless ${s} is NULL. */
void document_text(struct json_writer *w, const char *key, const char *s);
/* document_number(w, key, v): the member, unless ${v} is 0. */
void document_number(struct json_writer *w, const char *key, uint64_t v);
/* document_port(w, s): one element of a ports array. */
void document_port(struct json_writer *w, const struct facts_socket *s);

#endif
