/* SPDX-License-Identifier: Apache-2.0 */
/* Text of codecs that are not JSON onto the tape: repaired, cut, flagged. */
#ifndef FORMATS_CODEC_TEXT_PUT_H
#define FORMATS_CODEC_TEXT_PUT_H

#include "formats/codec/codec.h"

/* text_put_key(t, name): the key ${name} (a literal); false as tape_key. */
bool text_put_key(struct tape *t, struct bytes name);

/* text_put_value(ctx, t, text): one string node. ${text} lies in t->input or in
 * ctx->scratch. Undecodable bytes become U+FFFD (TAPE_REPAIRED); what exceeds
 * the reader's string limit is cut at a character (TAPE_CUT). */
void text_put_value(struct codec_context *ctx, struct tape *t,
                    struct bytes text);

/* text_put_member(ctx, t, name, text): key and value; nothing when ${text} is
 * empty. */
void text_put_member(struct codec_context *ctx, struct tape *t,
                     struct bytes name, struct bytes text);

/* text_put_number(t, name, value): key and an integer. */
void text_put_number(struct tape *t, struct bytes name, unsigned value);

/* text_put_max_keys(ctx): members that one object may have. */
uint32_t text_put_max_keys(const struct codec_context *ctx);

#endif
